"""What all senders over HTTP do alike, shown with a webhook."""

import asyncio
import logging
from datetime import timedelta

import pytest

from fakes import START, FakeClock
from notify.certificates import make_authority
from notify.channels import SECRET, TOKEN, everything_told, fail, sender_of
from notify.messages import make_message
from notify.sinks import CUT, ENDLESS, GARBAGE, HANG, RESET, TRICKLE, Give, Sink

MESSAGE = make_message()


def webhook(sink: Sink, **more):
    return sender_of(FakeClock(), type="webhook", url=f"{sink.url}/hook/{TOKEN}", **more)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_a_status_of_success_means_taken(status):
    async with Sink(Give(status, "" if status == 204 else "thanks")) as sink, webhook(sink) as sender:
        answer = await sender.send(MESSAGE, "ops")
    assert answer.text == f"{status} thanks".removesuffix(" thanks" if status == 204 else "")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
async def test_a_refusal_is_permanent(status):
    async with Sink(Give(status, "because")) as sink, webhook(sink) as sender:
        failed = await fail(sender, MESSAGE)
    assert failed.is_permanent
    assert str(failed) == f"HTTP {status}: because"
    assert failed.answer == f"{status} because"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_receiver_in_trouble_is_tried_again_and_then_takes_the_very_same(status):
    async with Sink(Give(status), Give()) as sink, webhook(sink, secret=SECRET) as sender:
        failed = await fail(sender, MESSAGE)
        await sender.send(MESSAGE, "")
    assert not failed.is_permanent
    first, second = sink.arrivals
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status):
    async with (
        Sink() as other,
        Sink(Give(status, headers={"Location": other.url})) as sink,
        webhook(sink) as sender,
    ):
        failed = await fail(sender, MESSAGE)
    assert failed.is_permanent
    assert "redirects are not followed" in str(failed)
    assert other.arrivals == []


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("3", timedelta(seconds=3)),
        ("0", timedelta()),
        (START.strftime("%a, %d %b %Y %H:%M:%S GMT"), timedelta()),
        ((START + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT"), timedelta(seconds=90)),
        ((START - timedelta(days=9)).strftime("%a, %d %b %Y %H:%M:%S GMT"), timedelta()),
        ("999999999999999999999", timedelta(hours=1)),
        ((START + timedelta(days=900)).strftime("%a, %d %b %Y %H:%M:%S GMT"), timedelta(hours=1)),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("Thu, 15 Jan 2026 09:30:05", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_read_as_seconds_or_date(status, header, wait):
    answer = Give(status, headers={"Retry-After": header.encode().decode("latin-1")} if header else {})
    async with Sink(answer) as sink, webhook(sink) as sender:
        failed = await fail(sender, MESSAGE)
    assert (failed.is_permanent, failed.retry_after) == (False, wait)


@pytest.mark.parametrize("trouble", [HANG, TRICKLE])
async def test_one_who_hangs_or_trickles_is_left_at_the_deadline(trouble):
    async with Sink(trouble) as sink, webhook(sink, timeout="300ms") as sender:
        failed = await fail(sender, MESSAGE)
    assert not failed.is_permanent
    assert str(failed) == "no complete answer within 0.3 seconds"


async def test_of_an_endless_answer_only_the_beginning_is_read():
    async with Sink(ENDLESS) as sink, webhook(sink) as sender:
        answer = await sender.send(MESSAGE, "")
    assert len(answer.text) == 200


@pytest.mark.parametrize("trouble", [RESET, CUT, GARBAGE])
async def test_a_broken_connection_is_tried_again(trouble):
    async with Sink(trouble) as sink, webhook(sink) as sender:
        failed = await fail(sender, MESSAGE)
    assert not failed.is_permanent
    assert str(failed)


async def test_nobody_listening_is_tried_again():
    async with Sink() as sink:
        url = sink.url
    async with sender_of(type="webhook", url=f"{url}/{TOKEN}") as sender:
        failed = await fail(sender, MESSAGE)
    assert not failed.is_permanent
    assert str(failed).startswith("no connection: ")


@pytest.mark.parametrize("host", ["does-not-exist.invalid", f"{'a' * 70}.invalid", "xn--zzzzzzz.invalid"])
async def test_a_name_that_leads_nowhere_is_a_failure_in_words(host):
    async with sender_of(type="webhook", url=f"http://{host}/{TOKEN}") as sender:
        failed = await fail(sender, MESSAGE)
    assert str(failed)
    assert TOKEN not in everything_told(failed, "")


async def test_a_packed_answer_is_not_unpacked():
    """A few kilobytes could unfold to gigabytes."""
    async with (
        Sink(Give(200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"})) as sink,
        webhook(sink) as sender,
    ):
        await sender.send(MESSAGE, "")
    assert sink.arrivals[0].headers["accept-encoding"] == "identity"


async def test_what_a_receiver_says_is_fit_to_be_shown():
    said = "line\r\nline \x1b[31mred\u202eback \ud83d".encode("utf-8", "surrogatepass") + b"\xff" * 1000
    async with Sink(Give(400, said)) as sink, webhook(sink) as sender:
        failed = await fail(sender, MESSAGE)
    assert failed.answer.isprintable()
    assert len(failed.answer) == 200
    assert failed.answer.startswith("400 line line [31mredback")


async def test_no_secret_is_told_though_the_receiver_repeats_all_of_them(caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    url_token, header, query = TOKEN, "Bearer hunter2-hunter2", "k3y of the query"
    repeated = (
        f"{url_token} {header} {SECRET} k3y+of+the+query k3y%20of%20the%20query /hook/{url_token}?key=x"
    )
    more = {"secret": SECRET, "headers": {"Authorization": header}}
    async with Sink(Give(403, repeated), Give(200, repeated), RESET, HANG) as sink:
        hook = {"type": "webhook", "url": f"{sink.url}/hook/{TOKEN}?key=k3y+of+the+query", **more}
        async with sender_of(**hook) as sender:
            refused = await fail(sender, MESSAGE)
            taken = await sender.send(MESSAGE, "")
            broken = await fail(sender, MESSAGE)
        async with sender_of(**hook, timeout="300ms") as impatient:
            late = await fail(impatient, MESSAGE)
    told = "\n".join(everything_told(failed, caplog.text) for failed in (refused, broken, late)) + taken.text
    for secret in (url_token, header, "hunter2", SECRET, query, "k3y"):
        assert secret not in told
    assert "***" in refused.answer
    assert sink.arrivals[0].headers["authorization"] == header
    assert repr(sender.shape(MESSAGE, "")).count(TOKEN) == 0


async def test_a_certificate_is_verified_against_the_operators_own_authority(tmp_path):
    authority = make_authority(tmp_path)
    async with Sink(tls=authority.serve()) as sink, webhook(sink, ca_file=str(authority.ca_file)) as sender:
        assert (await sender.send(MESSAGE, "")).text == "200"


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # asyncio's server keeps a transport whose handshake failed
@pytest.mark.parametrize("fault", ["unknown", "expired", "wrong name"])
async def test_a_certificate_that_is_not_right_is_permanent_and_nothing_was_sent(tmp_path, fault):
    authority = make_authority(tmp_path / "a", is_expired=fault == "expired")
    trusted = make_authority(tmp_path / "b") if fault == "unknown" else authority
    async with Sink(tls=authority.serve()) as sink:
        url = sink.url.replace("127.0.0.1", "localhost") if fault == "wrong name" else sink.url
        async with sender_of(type="webhook", url=url, ca_file=str(trusted.ca_file)) as sender:
            failed = await fail(sender, MESSAGE)
    assert failed.is_permanent
    assert str(failed).startswith("the certificate is not trusted: ")
    assert sink.arrivals == []


async def test_a_file_of_authorities_that_is_not_there_is_told_and_tried_again(tmp_path):
    async with Sink() as sink, webhook(sink, ca_file=str(tmp_path / "ca.pem")) as sender:
        failed = await fail(sender, MESSAGE)
    assert not failed.is_permanent
    assert "ca.pem cannot be read: No such file" in str(failed)


async def test_a_proxy_is_gone_through_and_its_password_is_not_told():
    async with Sink(Give(), Give(407, "proxy-passw0rd")) as proxy:
        through = f"http://user:proxy-passw0rd@127.0.0.1:{proxy.port}"
        async with sender_of(type="webhook", url=f"http://hook.invalid/{TOKEN}", proxy=through) as sender:
            await sender.send(MESSAGE, "")
            failed = await fail(sender, MESSAGE)
    assert proxy.arrivals[0].target == f"http://hook.invalid/{TOKEN}"
    assert proxy.arrivals[0].headers["proxy-authorization"].startswith("Basic ")
    assert "passw0rd" not in everything_told(failed, "")


async def test_the_environment_names_no_proxy_for_us(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with Sink() as sink, webhook(sink) as sender:
        await sender.send(MESSAGE, "")
    assert len(sink.arrivals) == 1


async def test_two_messages_at_once_share_one_client():
    async with Sink() as sink, webhook(sink) as sender:
        await asyncio.gather(*(sender.send(make_message(id=str(number)), "") for number in range(20)))
    assert {arrival.json["id"] for arrival in sink.arrivals} == {str(number) for number in range(20)}


async def test_being_stopped_in_the_middle_leaves_nothing_open():
    async with Sink(HANG) as sink, webhook(sink) as sender:
        sending = asyncio.create_task(sender.send(MESSAGE, ""))
        while not sink.arrivals:  # noqa: ASYNC110 - what is awaited is a list of the sink
            await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_a_closed_sender_can_be_closed_again():
    async with Sink() as sink, webhook(sink) as sender:
        await sender.send(MESSAGE, "")
        await sender.close()
        await sender.close()
