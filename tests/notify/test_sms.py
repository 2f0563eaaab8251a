import pytest

from notify.channels import everything_told, fail, sender_of
from notify.messages import ACKNOWLEDGE, make_alert, make_hostile_message, make_message
from notify.sinks import HANG, Give, Sink

BODY = '{"to": ["{address}"], "message": {"text": "{text}", "ref": "{id}"}, "key": "gateway-key", "n": 1, "{x}": null}'
CODE_0 = {"pointer": "/code", "equals": "0"}


def gateway(sink, path="/send", **more):
    values = {"body": BODY, "success": {"status": [200]}, **more}
    given = {name: value for name, value in values.items() if value is not None}
    return sender_of(type="sms", url=f"{sink.url}{path}", **given)


async def post(message, address="+86 138-0013-8000", **more):
    async with Sink(Give(200, "accepted")) as sink, gateway(sink, **more) as sender:
        answer = await sender.send(message, address)
    assert answer.text == "200 accepted"
    return sink.arrivals[0]


async def test_the_payload_is_the_template_filled_in():
    arrival = await post(make_message(), headers={"X-Key": "k"})
    assert (arrival.method, arrival.headers["x-key"]) == ("POST", "k")
    text = f"CRITICAL: core-sw-1 does not answer\n{ACKNOWLEDGE}"
    assert arrival.json == {
        "to": ["+8613800138000"],
        "message": {"text": text, "ref": "m-1"},
        "key": "gateway-key",
        "n": 1,
        "{x}": None,
    }


async def test_a_form_is_escaped_as_forms_are():
    arrival = await post(make_message(), format="form", body="to={address}&text={text}&sign=%E7%BD%91&empty=")
    assert arrival.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b"\n" not in arrival.body
    assert arrival.body.startswith(b"to=%2B8613800138000&text=CRITICAL%3A+core-sw-1")
    assert arrival.body.endswith(b"&sign=%E7%BD%91&empty=")


async def test_a_gateway_may_be_asked_by_its_url_alone():
    path = "/send/{address}?text={text}&id={id}&key=secret-of-the-url"
    arrival = await post(make_message(), path=path, method="GET", body=None)
    assert (arrival.method, arrival.body) == ("GET", b"")
    assert arrival.path == "/send/%2B8613800138000"
    assert arrival.query["text"].endswith(ACKNOWLEDGE)
    assert (arrival.query["id"], arrival.query["key"]) == ("m-1", "secret-of-the-url")


async def test_no_text_leaves_its_place():
    alert = make_alert(annotations={"summary": '", "to": "evil&to=evil {address} {id} \\'}, labels={})
    body = (await post(make_message(alert))).json
    assert body["to"] == ["+8613800138000"]
    assert '", "to": "evil&to=evil {address} {id} \\' in body["message"]["text"]
    arrival = await post(make_message(alert), format="form", body="to={address}&text={text}")
    assert arrival.body.count(b"&") == 1
    arrival = await post(make_message(alert), path="/s?to={address}&text={text}", method="GET", body=None)
    assert arrival.query.keys() == {"to", "text"}
    await post(make_hostile_message())


async def test_a_long_text_is_cut_and_its_link_is_whole():
    message = make_message(make_alert(annotations={"summary": "雨" * 500}))
    text = (await post(message, most_characters=100)).json["message"]["text"]
    assert len(text) <= 100
    assert text.endswith(ACKNOWLEDGE)
    assert text.startswith("CRITICAL: core-sw-1: 雨")


@pytest.mark.parametrize("address", ["", "li@example.org", "+", "13800138000; DROP", "1", "٠١٢٣٤٥"])
async def test_what_is_no_telephone_number_is_refused_before_anything_is_sent(address):
    async with Sink() as sink, gateway(sink) as sender:
        failed = await fail(sender, make_message(), address)
    assert failed.is_permanent
    assert sink.arrivals == []


@pytest.mark.parametrize(
    ("success", "answer"),
    [
        (CODE_0, '{"code": 0}'),
        (CODE_0, '{"code": "0"}'),
        ({"pointer": "/data/0/ok", "equals": "true"}, '{"data": [{"ok": true}]}'),
        ({"pointer": "/a~1b/m~0n", "equals": "null"}, '{"a/b": {"m~n": null}}'),
        ({"pointer": "", "equals": "done"}, '"done"'),
        ({"pattern": "^OK:[0-9]+$"}, "OK:17"),
        ({"pattern": "成功"}, "发送成功"),
        ({"status": [202], "pattern": "q"}, Give(202, "queued")),
    ],
)
async def test_an_answer_that_meets_the_condition_is_taken(success, answer):
    answer = answer if isinstance(answer, Give) else Give(200, answer)
    async with Sink(answer) as sink, gateway(sink, success=success) as sender:
        await sender.send(make_message(), "13800138000")


@pytest.mark.parametrize(
    ("success", "body", "is_permanent"),
    [
        (CODE_0, '{"code": 40, "message": "no credit left"}', True),
        (CODE_0, '{"code": false}', True),
        (CODE_0, '{"code": [0]}', True),
        (CODE_0, '{"other": 0}', True),
        (CODE_0, "[0]", True),
        ({"pointer": "/0/x", "equals": "0"}, "[0]", True),
        ({"pointer": "/7", "equals": "0"}, "[0]", True),
        ({"pointer": "/-1", "equals": "0"}, "[0]", True),
        ({**CODE_0, "retry_pattern": "busy|busily"}, '{"code": 7, "message": "busy"}', False),
        (CODE_0, "OK", False),
        (CODE_0, "", False),
        (CODE_0, "[" * 30_000, False),
        (CODE_0, '{"code": 0, "pad": "' + "x" * 70_000 + '"}', False),
        ({"pattern": "^OK"}, "ERROR 17", True),
        ({"status": [202]}, "accepted", True),
    ],
)
async def test_an_error_inside_a_200_is_a_failure(success, body, is_permanent):
    async with Sink(Give(200, body)) as sink, gateway(sink, success=success) as sender:
        failed = await fail(sender, make_message(), "13800138000")
    assert failed.is_permanent == is_permanent
    assert failed.answer.startswith("200")


async def test_a_pattern_cannot_be_made_to_run_for_ever():
    async with Sink(Give(200, "a" * 60_000)) as sink, gateway(sink, success={"pattern": "(a+)+$b"}) as sender:
        failed = await fail(sender, make_message(), "13800138000")
    assert failed.is_permanent


async def test_a_gateway_in_trouble_is_tried_again():
    async with Sink(Give(503), Give()) as sink, gateway(sink) as sender:
        assert not (await fail(sender, make_message(), "13800138000")).is_permanent
        await sender.send(make_message(), "13800138000")
    assert sink.arrivals[0].body == sink.arrivals[1].body


async def test_a_gateway_that_hangs_is_tried_again():
    async with Sink(HANG) as sink, gateway(sink, timeout="300ms") as sender:
        assert not (await fail(sender, make_message(), "13800138000")).is_permanent


async def test_no_secret_of_url_headers_or_body_is_told(caplog):
    caplog.set_level("DEBUG")
    secrets = ("gateway-key", "account-of-the-url", "header-of-ours")
    async with Sink(Give(200, " ".join(secrets))) as sink:
        path, headers = "/send?account=account-of-the-url", {"X-Key": "header-of-ours"}
        async with gateway(sink, path, headers=headers, success={"pattern": "^ok$"}) as sender:
            failed = await fail(sender, make_message(), "13800138000")
    assert failed.answer == "200 *** *** ***"
    told = everything_told(failed, caplog.text)
    assert not any(secret in told for secret in secrets)
