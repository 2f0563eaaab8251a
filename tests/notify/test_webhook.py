import hashlib
import hmac
from datetime import datetime

import pytest

from fakes import START, FakeClock
from notify.channels import SECRET, fail, sender_of
from notify.messages import ACKNOWLEDGE, FIRED, make_alert, make_hostile_message, make_message
from notify.sinks import Give, Sink


async def post(message, address="ops", **more):
    async with Sink() as sink, sender_of(FakeClock(), type="webhook", url=f"{sink.url}/in", **more) as sender:
        await sender.send(message, address)
    return sink.arrivals[0]


async def test_the_payload_holds_all_that_a_program_needs():
    arrival = await post(make_message(make_alert(hides=("a", "b")), left_out=2, escalation="net", step=3))
    assert arrival.method == "POST"
    assert arrival.headers["content-type"] == "application/json; charset=utf-8"
    body = arrival.json
    assert (body["version"], body["id"], body["kind"], body["address"]) == (1, "m-1", "alerts", "ops")
    assert (body["person"], body["escalation"], body["step"], body["left_out"]) == ("Li Lei", "net", 3, 2)
    assert body["first_line"] == body["text"].splitlines()[0]
    assert body["acknowledge_url"] == ACKNOWLEDGE
    alert = body["alerts"][0]
    assert (alert["fingerprint"], alert["rule"], alert["severity"]) == (
        "f00d",
        "DeviceUnreachable",
        "critical",
    )
    assert (alert["because"], alert["hides"], alert["resolved_at"]) == ("fires", ["a", "b"], None)
    assert datetime.fromisoformat(alert["fired_at"]) == FIRED
    assert alert["labels"]["device"] == "core-sw-1"


async def test_the_signature_is_over_the_timestamp_and_the_body_as_sent():
    arrival = await post(make_message(), secret=SECRET)
    stamp = arrival.headers["x-netops-timestamp"]
    assert int(stamp) == round(START.timestamp())
    right = hmac.new(SECRET.encode(), f"{stamp}.".encode() + arrival.body, hashlib.sha256).hexdigest()
    assert arrival.headers["x-netops-signature"] == f"sha256={right}"


async def test_without_a_secret_nothing_is_signed():
    arrival = await post(make_message())
    assert "x-netops-signature" not in arrival.headers


async def test_headers_of_the_operator_are_sent():
    arrival = await post(make_message(), headers={"X-Token": "abc", "Authorization": "Bearer x"})
    assert (arrival.headers["x-token"], arrival.headers["authorization"]) == ("abc", "Bearer x")


async def test_hostile_labels_stay_inside_their_strings():
    arrival = await post(make_hostile_message())
    assert arrival.json["alerts"][0]["labels"]["device"].startswith("evil\r\nBcc")
    assert all(line.isprintable() for line in arrival.json["text"].split("\n"))


async def test_half_a_character_in_a_label_does_not_stop_the_message():
    arrival = await post(make_message(make_alert(labels={"device": "a\ud800b"})))
    assert arrival.json["alerts"][0]["labels"]["device"] == "a?b"


@pytest.mark.parametrize("body", ['{"taken": false}', '{"taken": "true"}', "{}", "[]", '"x"', "5"])
async def test_a_receiver_may_refuse_inside_a_200_where_a_condition_says_how(body):
    hook = {"type": "webhook", "success": {"pointer": "/taken", "equals": "yes"}}
    async with Sink(Give(200, body)) as sink, sender_of(url=sink.url, **hook) as sender:
        failed = await fail(sender, make_message())
    assert failed.is_permanent
