import pytest

from notify.channels import TOKEN, everything_told, fail, sender_of
from notify.messages import ACKNOWLEDGE, make_hostile_message, make_message, make_storm
from notify.sinks import ENDLESS, Give, Sink


def hook(sink):
    return sender_of(type="slack", url=f"{sink.url}/services/T0/B0/{TOKEN}")


async def post(message, address="", answer="ok"):
    async with Sink(Give(200, answer)) as sink, hook(sink) as sender:
        assert (await sender.send(message, address)).text == "ok"
    return sink.arrivals[0].json


async def test_the_payload_is_slacks_markup_and_asks_for_no_previews():
    body = await post(make_message())
    assert body["text"].startswith("*CRITICAL: core-sw-1 does not answer*\n")
    assert body["text"].endswith(f"<{ACKNOWLEDGE}|Acknowledge>")
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)


async def test_a_person_is_mentioned():
    assert (await post(make_message(), "U024BE7LH"))["text"].endswith("\n<@U024BE7LH>")


async def test_a_device_cannot_mention_a_channel_nor_make_links():
    text = (await post(make_hostile_message()))["text"]
    assert "<!channel>" not in text
    assert "&lt;!channel&gt;" in text
    assert text.count("<") == 1  # the link to acknowledge


async def test_a_storm_is_cut():
    text = (await post(make_storm()))["text"]
    assert len(text.encode()) <= 8000
    assert text.endswith(f"<{ACKNOWLEDGE}|Acknowledge all>")


async def test_json_that_says_ok_is_taken_too():
    await post(make_message(), answer='{"ok": true}')


@pytest.mark.parametrize(
    ("answer", "is_permanent"),
    [
        (Give(400, "invalid_payload"), True),
        (Give(403, "action_prohibited"), True),
        (Give(404, "no_service"), True),
        (Give(410, "channel_is_archived"), True),
        (Give(500, "rollup_error"), False),
        (Give(429, ""), False),
        (Give(200, {"ok": False, "error": "channel_not_found"}), True),
        (Give(200, {"ok": False, "error": "ratelimited"}), False),
        (Give(200, "no_team"), False),
        (Give(200, ""), False),
        (ENDLESS, False),
    ],
)
async def test_everything_but_ok_is_a_failure(answer, is_permanent):
    async with Sink(answer) as sink, hook(sink) as sender:
        failed = await fail(sender, make_message())
    assert failed.is_permanent == is_permanent


async def test_no_token_is_told(caplog):
    caplog.set_level("DEBUG")
    async with Sink(Give(404, f"no hook {TOKEN}")) as sink, hook(sink) as sender:
        failed = await fail(sender, make_message())
    assert TOKEN not in everything_told(failed, caplog.text)
