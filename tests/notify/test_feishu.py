import base64
import hashlib
import hmac

import pytest

from fakes import START, FakeClock
from netops.model.message import ToldBecause
from notify.channels import SECRET, TOKEN, everything_told, fail, sender_of
from notify.messages import ACKNOWLEDGE, make_alert, make_hostile_message, make_message, make_storm
from notify.sinks import Give, Sink

OK = Give(200, {"code": 0, "msg": "success", "data": {}})


def robot(sink, **more):
    return sender_of(FakeClock(), type="feishu", url=f"{sink.url}/open-apis/bot/v2/hook/{TOKEN}", **more)


async def post(message, address="", **more):
    async with Sink(OK) as sink, robot(sink, **more) as sender:
        answer = await sender.send(message, address)
    assert answer.text == "code 0"
    return sink.arrivals[0]


async def test_the_payload_is_a_card():
    body = (await post(make_message())).json
    assert body["msg_type"] == "interactive"
    header = body["card"]["header"]
    assert header["title"] == {"tag": "plain_text", "content": "CRITICAL: core-sw-1 does not answer"}
    assert header["template"] == "red"
    text = body["card"]["elements"][0]["content"]
    assert f"[Acknowledge]({ACKNOWLEDGE})" in text
    assert "CRITICAL" not in text


async def test_a_resolved_alert_is_green():
    alert = make_alert(because=ToldBecause.RESOLVED)
    assert (await post(make_message(alert))).json["card"]["header"]["template"] == "green"


async def test_the_payload_may_be_text():
    body = (await post(make_message(), format="text")).json
    assert body["msg_type"] == "text"
    assert body["content"]["text"].startswith("CRITICAL: core-sw-1 does not answer\n")


async def test_the_body_is_signed_as_feishu_asks():
    """Timestamp in seconds; HMAC-SHA256 of nothing, keyed with timestamp, new line, secret; Base64."""
    body = (await post(make_message(), secret=SECRET)).json
    assert body["timestamp"] == str(round(START.timestamp()))
    signed = hmac.new(f"{body['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256)
    assert body["sign"] == base64.b64encode(signed.digest()).decode()


async def test_without_a_secret_nothing_is_signed():
    assert not {"timestamp", "sign"} & (await post(make_message())).json.keys()


async def test_a_person_is_mentioned():
    card = (await post(make_message(), "ou_1234")).json["card"]
    assert card["elements"][0]["content"].endswith("<at id=ou_1234></at>")
    text = (await post(make_message(), "ou_1234", format="text")).json["content"]["text"]
    assert text.endswith('<at user_id="ou_1234"></at>')


async def test_a_device_cannot_mention_anybody_nor_make_links():
    content = (await post(make_hostile_message())).json["card"]["elements"][0]["content"]
    assert "<" not in content
    assert "](http://evil" not in content
    assert "<at" not in (await post(make_hostile_message(), format="text")).json["content"]["text"]


async def test_a_storm_stays_below_feishus_limit():
    for form in ("text", "markdown"):
        arrival = await post(make_storm(), format=form)
        assert len(arrival.body) < 20_000
        assert ACKNOWLEDGE in arrival.body.decode()


@pytest.mark.parametrize(
    ("code", "is_permanent"),
    [(9499, True), (19001, True), (19021, True), (19022, True), (19024, True), (11232, False)],
)
async def test_a_code_inside_a_200_is_a_failure(code, is_permanent):
    async with Sink(Give(200, {"code": code, "msg": "sign match fail"})) as sink, robot(sink) as sender:
        failed = await fail(sender, make_message())
    assert (str(failed), failed.is_permanent) == (f"error {code}: sign match fail", is_permanent)


async def test_too_many_requests_are_temporary_even_with_a_status_of_400():
    """Older interfaces of Feishu answer so, and name the seconds in a header of their own."""
    body = {"code": 99991400, "msg": "request trigger frequency limit"}
    async with Sink(Give(400, body, {"x-ogw-ratelimit-reset": "52"})) as sink, robot(sink) as sender:
        failed = await fail(sender, make_message())
    assert (failed.is_permanent, failed.retry_after.total_seconds()) == (False, 52)


async def test_the_older_keys_of_success_are_read_too():
    async with Sink(Give(200, {"StatusCode": 0, "StatusMessage": "success"})) as sink, robot(sink) as sender:
        await sender.send(make_message(), "")


async def test_no_secret_is_told(caplog):
    caplog.set_level("DEBUG")
    refusal = {"code": 19021, "msg": f"hook/{TOKEN} {SECRET}"}
    async with Sink(Give(200, refusal)) as sink, robot(sink, secret=SECRET) as sender:
        failed = await fail(sender, make_message())
    told = everything_told(failed, caplog.text)
    assert TOKEN not in told
    assert SECRET not in told
