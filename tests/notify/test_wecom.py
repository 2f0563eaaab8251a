import pytest

from notify.channels import TOKEN, everything_told, fail, sender_of
from notify.messages import ACKNOWLEDGE, make_hostile_message, make_message, make_storm
from notify.sinks import Give, Sink

OK = Give(200, {"errcode": 0, "errmsg": "ok"})


def robot(sink, **more):
    return sender_of(type="wecom", url=f"{sink.url}/cgi-bin/webhook/send?key={TOKEN}", **more)


async def post(message, address="", **more):
    async with Sink(OK) as sink, robot(sink, **more) as sender:
        answer = await sender.send(message, address)
    assert answer.text == "errcode 0"
    assert sink.arrivals[0].query == {"key": TOKEN}
    return sink.arrivals[0].json


async def test_the_payload_is_text_that_wechat_shows_too():
    body = await post(make_message())
    assert body["msgtype"] == "text"
    assert body["text"]["content"].startswith("CRITICAL: core-sw-1 does not answer\n")
    assert body["text"]["content"].endswith(ACKNOWLEDGE)
    assert body["text"].keys() == {"content"}


async def test_text_is_cut_at_2048_bytes_and_keeps_its_first_line_and_link():
    content = (await post(make_storm()))["text"]["content"]
    assert 1800 < len(content.encode()) <= 2048
    assert content.startswith("CRITICAL: 接入交换机-0 无响应 (and 211 more)\n")
    assert content.endswith(f"…\nAcknowledge all: {ACKNOWLEDGE}")
    assert "\ufffd" not in content


async def test_markdown_is_cut_at_4096_bytes_between_its_lines():
    content = (await post(make_storm(), format="markdown"))["markdown"]["content"]
    assert 2500 < len(content.encode()) <= 4096
    assert content.startswith("**CRITICAL: 接入交换机-0 无响应 (and 211 more)**\n")
    assert content.endswith(f"\n…\n[Acknowledge all]({ACKNOWLEDGE})")


@pytest.mark.parametrize(
    ("address", "mentions"),
    [
        ("138 0013 8000", {"mentioned_mobile_list": ["13800138000"]}),
        ("LiLei", {"mentioned_list": ["LiLei"]}),
    ],
)
async def test_a_person_is_mentioned(address, mentions):
    text = (await post(make_message(), address))["text"]
    del text["content"]
    assert text == mentions


async def test_markdown_mentions_a_user_id():
    assert (await post(make_message(), "LiLei", format="markdown"))["markdown"]["content"].endswith(
        "<@LiLei>"
    )


async def test_a_device_cannot_mention_anybody():
    content = (await post(make_hostile_message(), format="markdown"))["markdown"]["content"]
    assert "<" not in content
    assert "](http://evil" not in content


@pytest.mark.parametrize(
    ("code", "is_permanent"),
    [(93000, True), (40008, True), (40058, True), (44004, True), (45009, False), (45033, False), (-1, False)],
)
async def test_a_code_inside_a_200_is_a_failure(code, is_permanent):
    async with Sink(Give(200, {"errcode": code, "errmsg": f"hint: {TOKEN}"})) as sink, robot(sink) as sender:
        failed = await fail(sender, make_message())
    assert failed.is_permanent == is_permanent
    assert str(failed) == f"error {code}: hint: ***"


async def test_no_key_is_told(caplog):
    caplog.set_level("DEBUG")
    async with Sink(Give(500, f"/cgi-bin/webhook/send?key={TOKEN}")) as sink, robot(sink) as sender:
        failed = await fail(sender, make_message())
    assert not failed.is_permanent
    assert TOKEN not in everything_told(failed, caplog.text)
