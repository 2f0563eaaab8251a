import base64
import hashlib
import hmac

import pytest

from fakes import START, FakeClock
from notify.channels import SECRET, TOKEN, everything_told, fail, sender_of
from notify.messages import ACKNOWLEDGE, make_hostile_message, make_message, make_storm
from notify.sinks import Give, Sink

OK = Give(200, {"errcode": 0, "errmsg": "ok"})


def robot(sink, **more):
    return sender_of(FakeClock(), type="dingtalk", url=f"{sink.url}/robot/send?access_token={TOKEN}", **more)


async def post(message, address="", **more):
    async with Sink(OK) as sink, robot(sink, **more) as sender:
        answer = await sender.send(message, address)
    assert answer.text == "errcode 0"
    return sink.arrivals[0]


async def test_the_payload_is_markdown_with_a_title():
    body = (await post(make_message())).json
    assert body["msgtype"] == "markdown"
    assert body["markdown"]["title"] == "CRITICAL: core-sw-1 does not answer"
    assert f"[Acknowledge]({ACKNOWLEDGE})" in body["markdown"]["text"]
    assert body["at"] == {"isAtAll": False}


async def test_the_payload_may_be_text():
    body = (await post(make_message(), format="text")).json
    assert body["msgtype"] == "text"
    assert body["text"]["content"].startswith("CRITICAL: core-sw-1 does not answer\n")
    assert ACKNOWLEDGE in body["text"]["content"]


async def test_the_query_is_signed_as_dingtalk_asks():
    """Timestamp in milliseconds; HMAC-SHA256 with the secret over timestamp, new line, secret; Base64, then quoted."""
    query = (await post(make_message(), secret=SECRET)).query
    assert query["access_token"] == TOKEN
    assert int(query["timestamp"]) == round(START.timestamp() * 1000)
    signed = hmac.new(SECRET.encode(), f"{query['timestamp']}\n{SECRET}".encode(), hashlib.sha256)
    assert query["sign"] == base64.b64encode(signed.digest()).decode()


async def test_without_a_secret_nothing_is_signed():
    assert (await post(make_message())).query == {"access_token": TOKEN}


@pytest.mark.parametrize("form", ["text", "markdown"])
@pytest.mark.parametrize(
    ("address", "at", "mention"),
    [
        ("+86 138-0013-8000", {"atMobiles": ["+8613800138000"]}, "@+8613800138000"),
        ("manager7675", {"atUserIds": ["manager7675"]}, "@manager7675"),
    ],
)
async def test_a_person_is_mentioned_in_the_list_and_in_the_text(form, address, at, mention):
    body = (await post(make_message(), address, format=form)).json
    assert body["at"] == {"isAtAll": False, **at}
    assert str(body[form]).count(mention) == 1


async def test_a_storm_stays_below_dingtalks_limit():
    for form in ("text", "markdown"):
        arrival = await post(make_storm(), "13800138000", format=form)
        assert len(arrival.body) < 20_000
        assert ACKNOWLEDGE in arrival.body.decode()
        assert "@13800138000" in arrival.body.decode()


async def test_a_device_cannot_put_links_or_tags_into_the_text():
    text = (await post(make_hostile_message())).json["markdown"]["text"]
    assert "](http://evil" not in text
    assert "<" not in text


@pytest.mark.parametrize(
    ("code", "is_permanent"),
    [
        (310000, True),
        (300001, True),
        (400102, True),
        (40035, True),
        (999999, True),
        (130101, False),
        (410100, False),
        (-1, False),
    ],
)
async def test_a_code_inside_a_200_is_a_failure(code, is_permanent):
    refusal = Give(200, {"errcode": code, "errmsg": "sign not match, more: [https://x]"})
    async with Sink(refusal, OK) as sink, robot(sink) as sender:
        failed = await fail(sender, make_message())
        await sender.send(make_message(), "")
    assert failed.is_permanent == is_permanent
    assert str(failed) == f"error {code}: sign not match, more: [https://x]"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "ok",
        "<html>log in to the guests' network</html>",
        "[]",
        "{}",
        '{"errcode": "0"}',
        '{"errcode": true}',
        b"\xff",
    ],
)
async def test_a_200_that_dingtalk_would_not_give_is_tried_again(body):
    async with Sink(Give(200, body)) as sink, robot(sink) as sender:
        failed = await fail(sender, make_message())
    assert not failed.is_permanent


async def test_too_many_requests_are_tried_after_the_time_asked_for():
    async with Sink(Give(429, {"error": "slow down"}, {"Retry-After": "3"})) as sink, robot(sink) as sender:
        failed = await fail(sender, make_message())
    assert (failed.is_permanent, failed.retry_after.total_seconds()) == (False, 3)


async def test_no_secret_is_told(caplog):
    caplog.set_level("DEBUG")
    refusal = {"errcode": 310000, "errmsg": f"token {TOKEN} secret {SECRET}"}
    async with Sink(Give(200, refusal)) as sink, robot(sink, secret=SECRET) as sender:
        failed = await fail(sender, make_message())
    assert str(failed) == "error 310000: token *** secret ***"
    told = everything_told(failed, caplog.text)
    assert TOKEN not in told
    assert SECRET not in told


async def test_an_address_that_is_no_user_id_is_refused_before_anything_is_sent():
    async with Sink(OK) as sink, robot(sink) as sender:
        failed = await fail(sender, make_message(), "all> @all")
    assert failed.is_permanent
    assert sink.arrivals == []
