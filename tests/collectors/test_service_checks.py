"""Service checks against servers that are really there, good ones and others."""

import asyncio
import logging
import random
from datetime import UTC, datetime, timedelta

import pytest

from collectors.services import (
    HOME,
    Authority,
    answer,
    answer_for_ever,
    say,
    say_nothing,
    say_once_asked,
    serving,
)
from fakes import FakeClock
from netops.collectors import DeviceMemory, ServiceChecker, Visit, service_checks
from netops.collectors.service_dialogues import LONGEST_TEXT, MOST_REDIRECTS
from netops.model.reading import PollResult
from netops.model.service_check import CheckFailure, ServiceCheckReading
from netops.settings.checks import CheckOptions, CheckSettings, fill_checks
from peers.openssl import make_self_signed, tls_server
from peers.sshd import ssh_server

PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gbk\r\nContent-Length: 5\r\n"
    b"Set-Cookie: a=b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
)
SHORT = "200ms"
"""For what never answers; whatever answers has the five seconds of the default."""


@pytest.fixture
def checker():
    checker = ServiceChecker()
    yield checker
    checker.close()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def check(kind: str, port: int = 0, name: str = "it", **more) -> CheckSettings:
    place = {"url": f"http://{HOME}:{port}/"} if kind == "http" and "url" not in more else {"port": port}
    if "url" in more:
        place = {}
    options = CheckOptions.model_validate({"name": name, "type": kind, **place, **more})
    return fill_checks([options], HOME)[0]


def https(port: int, **more) -> CheckSettings:
    return check("http", url=f"https://{HOME}:{port}/", **more)


async def look(checker: ServiceChecker, wanted: CheckSettings, host: str = HOME) -> ServiceCheckReading:
    return await checker.look(wanted, host, FakeClock())


async def closed_port() -> int:
    async with serving(say_nothing) as service:
        return service.port


# --- ports


async def test_an_open_port_is_up_though_it_says_nothing(checker):
    async with serving(say_nothing) as service:
        reading = await look(checker, check("tcp", service.port))
    assert (reading.is_up, reading.failure, reading.detail) == (True, None, "")
    assert reading.certificate is None


@pytest.mark.parametrize("kind", ["tcp", "tls", "http"])
async def test_a_closed_port_is_refused(checker, kind):
    reading = await look(checker, check(kind, await closed_port()))
    assert (reading.is_up, reading.failure) == (False, CheckFailure.REFUSED)
    assert reading.detail


@pytest.mark.parametrize(("kind", "more"), [("tcp", {"expect_text": "220"}), ("tls", {}), ("http", {})])
async def test_a_port_that_accepts_and_never_answers_is_too_late(checker, kind, more):
    async with serving(say_nothing) as service:
        reading = await look(checker, check(kind, service.port, timeout=SHORT, **more))
    assert (reading.is_up, reading.failure) == (False, CheckFailure.TIMEOUT)
    assert "0.2 seconds" in reading.detail


@pytest.mark.parametrize(
    ("pattern", "failure"), [("^220 .*ESMTP", None), ("(?i)esmtp", None), ("^554", CheckFailure.TIMEOUT)]
)
async def test_what_a_port_says_by_itself_is_searched(checker, pattern, failure):
    async with serving(say(b"220 mail", b".example ESMTP\r\n")) as service:
        reading = await look(checker, check("tcp", service.port, expect_text=pattern, timeout="1s"))
    assert reading.failure is failure


async def test_a_port_that_says_something_else_and_closes_misses_the_text(checker):
    async def refuse(_reader, writer):
        writer.write(b"554 no\r\n")
        await writer.drain()
        writer.write_eof()
        await _reader.read()

    async with serving(refuse) as service:
        reading = await look(checker, check("tcp", service.port, expect_text="220"))
    assert reading.failure is CheckFailure.TEXT


async def test_a_port_that_never_stops_talking_is_left_after_so_much(checker):
    async def chatter(_reader, writer):
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with serving(chatter) as service:
        reading = await look(checker, check("tcp", service.port, expect_text="220", timeout="30s"))
    assert reading.failure is CheckFailure.TEXT


async def test_a_name_without_address_is_named_so(checker):
    reading = await look(checker, check("tcp", 22), "no-such-host.invalid")
    assert reading.failure is CheckFailure.DNS
    reading = await look(checker, check("http", url="http://no-such-host.invalid/"))
    assert reading.failure is CheckFailure.DNS


# --- certificates


@pytest.mark.parametrize("kind", ["tls", "http"])
async def test_a_good_certificate_is_trusted_and_read(checker, authority, kind):
    tls, until = authority.certify(HOME)
    async with serving(answer(), tls) as service:
        wanted = https if kind == "http" else lambda port, **more: check("tls", port, **more)
        reading = await look(checker, wanted(service.port, ca_file=authority.ca_file))
        assert service.connections == 1 or kind == "tls"  # its server may still be shaking hands
    certificate = reading.certificate
    assert reading.is_up
    assert (certificate.is_trusted, certificate.distrust) == (True, "")
    assert certificate.not_after == until
    assert (certificate.subject, certificate.issuer) == ("CN=the server", "CN=test authority")


@pytest.mark.parametrize("kind", ["tls", "http"])
@pytest.mark.parametrize(
    ("names", "more", "why"),
    [
        ((HOME,), {"days": -1}, "expired"),
        (("192.0.2.1",), {}, "mismatch"),
        (("elsewhere.example",), {}, "mismatch"),
        ((HOME,), {"self_signed": True}, "self-signed"),
    ],
    ids=["expired", "another address", "a name only", "self-signed"],
)
async def test_a_service_with_a_bad_certificate_is_up_and_the_certificate_says_why(
    checker, authority, kind, names, more, why
):
    tls, until = authority.certify(*names, **more)
    async with serving(answer(), tls) as service:
        wanted = https if kind == "http" else lambda port, **more: check("tls", port, **more)
        reading = await look(checker, wanted(service.port, ca_file=authority.ca_file))
    assert (reading.is_up, reading.certificate.is_trusted) == (True, False)
    assert why in reading.certificate.distrust
    assert reading.certificate.not_after == until


async def test_an_authority_nobody_knows_is_not_trusted(checker, authority):
    tls, _until = authority.certify(HOME)
    async with serving(answer(), tls) as service:
        reading = await look(checker, https(service.port))
    assert (reading.is_up, reading.certificate.is_trusted) == (True, False)


async def test_without_verification_only_the_expiry_is_watched(checker, authority):
    tls, until = authority.certify("elsewhere.example", days=-3)
    async with serving(answer(), tls) as service:
        for wanted in (check("tls", service.port, verify=False), https(service.port, verify=False)):
            reading = await look(checker, wanted)
            assert reading.is_up
            assert (reading.certificate.is_trusted, reading.certificate.not_after) == (None, until)


async def test_the_name_asked_for_is_the_one_that_counts(checker, authority):
    tls, _until = authority.certify("portal.example")
    asked_for, heads = [], []
    tls.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    more = {"ca_file": authority.ca_file, "server_name": "portal.example"}
    async with serving(answer(asked=heads), tls) as service:
        for wanted in (check("tls", service.port, **more), https(service.port, **more)):
            assert (await look(checker, wanted)).certificate.is_trusted
        assert f"Host: portal.example:{service.port}" in heads[-1]
    assert asked_for == ["portal.example"] * 2


async def test_a_file_of_authorities_that_cannot_be_read_is_the_certificates_remark(
    checker, authority, tmp_path
):
    tls, _until = authority.certify(HOME)
    (tmp_path / "empty.pem").write_text("no certificate", encoding="utf-8")
    async with serving(answer(), tls) as service:
        for name in ("missing.pem", "empty.pem"):
            reading = await look(checker, https(service.port, ca_file=tmp_path / name))
            assert (reading.is_up, reading.certificate.is_trusted) == (True, False)
            assert name in reading.certificate.distrust


async def test_a_new_file_of_authorities_counts_at_once(checker, authority, tmp_path):
    tls, _until = authority.certify(HOME)
    file = tmp_path / "trusted.pem"
    async with serving(answer(), tls) as service:
        wanted = https(service.port, ca_file=file)
        assert not (await look(checker, wanted)).certificate.is_trusted
        file.write_bytes(authority.ca_file.read_bytes())
        assert (await look(checker, wanted)).certificate.is_trusted


@pytest.mark.parametrize("kind", ["tls", "http"])
async def test_garbage_in_place_of_tls_is_no_tls(checker, kind):
    async with serving(say(b"SSH-2.0-OpenSSH_9.2\r\n")) as service:
        wanted = https(service.port) if kind == "http" else check("tls", service.port)
        reading = await look(checker, wanted)
    assert (reading.is_up, reading.failure, reading.certificate) == (False, CheckFailure.TLS, None)


async def test_a_wrong_status_leaves_the_certificate_known(checker, authority):
    tls, until = authority.certify(HOME)
    async with serving(answer(b"503 Busy"), tls) as service:
        reading = await look(checker, https(service.port, ca_file=authority.ca_file))
    assert (reading.failure, reading.certificate.is_trusted) == (CheckFailure.STATUS, True)
    assert reading.certificate.not_after == until


# --- pages


@pytest.mark.parametrize(
    ("status", "expected", "is_up"),
    [
        (b"200 OK", None, True),
        (b"399 Odd", None, True),
        (b"400 Bad", None, False),
        (b"401 Who", "200, 401-403", True),
        (b"404 No", "200, 401-403", False),
    ],
)
async def test_the_status_decides(checker, status, expected, is_up):
    more = {"expect_status": expected} if expected else {}
    async with serving(answer(status)) as service:
        reading = await look(checker, check("http", service.port, **more))
    assert reading.is_up is is_up
    assert reading.status_code == int(status[:3])
    assert reading.failure is (None if is_up else CheckFailure.STATUS)


async def test_the_text_of_a_page_is_searched_in_its_charset(checker):
    head = b"200 OK\r\nContent-Type: text/html; charset=GBK"
    async with serving(answer(head, "交换机 正常".encode("gbk"))) as service:
        assert (await look(checker, check("http", service.port, expect_text="正常"))).is_up
        reading = await look(checker, check("http", service.port, expect_text="故障"))
    assert reading.failure is CheckFailure.TEXT


async def test_a_charset_nobody_knows_is_read_as_utf_8(checker):
    head = b"200 OK\r\nContent-Type: text/html; charset=idna"
    async with serving(answer(head, "正常".encode())) as service:
        assert (await look(checker, check("http", service.port, expect_text="正常"))).is_up


async def test_of_an_endless_page_only_so_much_is_searched(checker):
    async with serving(answer_for_ever) as service:
        reading = await look(checker, check("http", service.port, expect_text="y", timeout="30s"))
        assert reading.failure is CheckFailure.TEXT
        assert (await look(checker, check("http", service.port))).is_up


async def test_text_beyond_what_is_searched_is_not_found(checker):
    for size, is_up in ((LONGEST_TEXT - 3, True), (LONGEST_TEXT, False)):
        async with serving(answer(body=b"x" * size + b"end")) as service:
            reading = await look(checker, check("http", service.port, expect_text="end", timeout="30s"))
        assert reading.is_up is is_up


async def test_what_is_no_http_is_named_so(checker):
    async with serving(say(b"SSH-2.0-OpenSSH_9.2\x1b[2J\r\n\r\n")) as service:
        reading = await look(checker, check("http", service.port))
    assert reading.failure is CheckFailure.PROTOCOL
    assert reading.detail.isprintable()


async def test_redirects_are_followed_only_when_told(checker):
    async with serving(answer(b"200 OK", b"the goal")) as goal:
        onward = b"302 Found\r\nLocation: http://127.0.0.1:%d/" % goal.port
        async with serving(answer(onward)) as service:
            reading = await look(checker, check("http", service.port))
            assert (reading.is_up, reading.status_code, goal.connections) == (True, 302, 0)
            wanted = check("http", service.port, follow_redirects=True, expect_text="goal")
            reading = await look(checker, wanted)
            assert (reading.is_up, reading.status_code, goal.connections) == (True, 200, 1)


async def test_redirects_in_a_circle_end(checker):
    async with serving(answer(b"302 Found\r\nLocation: /again")) as service:
        reading = await look(checker, check("http", service.port, follow_redirects=True))
        assert service.connections == MOST_REDIRECTS + 1
    assert reading.failure is CheckFailure.STATUS


@pytest.mark.parametrize("location", [b"file:///etc/passwd", b"gopher://x/", b"http://127.0.0.1:-1/"])
async def test_a_redirect_to_nowhere_is_a_failure_of_its_own_check(checker, location):
    async with serving(answer(b"302 Found\r\nLocation: " + location)) as service:
        reading = await look(checker, check("http", service.port, follow_redirects=True))
    assert reading.failure is CheckFailure.PROTOCOL


async def test_a_check_that_breaks_inside_netops_fails_by_itself(checker, monkeypatch, caplog):
    async def stumble(*_args):
        raise KeyError("surprise")

    monkeypatch.setattr(service_checks, "try_port", stumble)
    async with serving(answer()) as service:
        broken, other = check("tcp", service.port, "a"), check("http", service.port, "b")
        readings = await visit_with(checker, DeviceMemory(), FakeClock(), broken, other)
    assert [(reading.is_up, reading.failure) for reading in readings] == [
        (False, CheckFailure.OTHER),
        (True, None),
    ]
    assert "check a failed inside netops" in caplog.text


@pytest.mark.parametrize("number", range(60))
async def test_whatever_comes_back_is_an_answer_or_a_failure_in_a_word(checker, caplog, number):
    """Answers that were damaged on the way: bytes changed, left out and put in."""
    dice, page = random.Random(number), bytearray(PAGE)
    for _damage in range(dice.randint(1, 8)):
        place = dice.randrange(len(page))
        page[place : place + dice.randint(0, 20)] = dice.randbytes(dice.randint(0, 3))
    async with serving(say_once_asked(bytes(page))) as service:
        reading = await look(checker, check("http", service.port, expect_text="hello"))
    assert reading.is_up is (reading.failure is None)
    assert reading.detail.isprintable()
    assert "inside netops" not in caplog.text


async def test_proxies_of_the_environment_are_not_asked(checker, monkeypatch):
    async with serving(say_nothing) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{HOME}:{proxy.port}")
        async with serving(answer()) as service:
            assert (await look(checker, check("http", service.port))).is_up
        assert proxy.connections == 0


async def test_pages_got_leave_no_line_each_in_the_log(checker, caplog):
    caplog.set_level(logging.INFO)
    async with serving(answer()) as service:
        await look(checker, check("http", service.port))
    assert caplog.records == []


# --- beside real software


@pytest.mark.peer("openssl")
async def test_an_old_device_with_a_short_key_is_up_and_its_expiry_watched(checker, tmp_path):
    """A key of 1024 bits is too short for today's trust, even where the certificate itself is trusted."""
    key, certificate = make_self_signed(tmp_path, bits=1024, days=12)
    with tls_server(key, certificate, "-tls1_2", "-cipher", "DEFAULT:@SECLEVEL=0") as port:
        more = {"expect_text": "TLSv1.2", "expect_status": "200"}
        reading = await look(checker, https(port, ca_file=certificate, **more))
    assert (reading.is_up, reading.certificate.is_trusted) == (True, False)
    assert "too weak" in reading.certificate.distrust
    assert reading.certificate.subject == reading.certificate.issuer == "CN=old ups,O=Acme"
    assert (reading.certificate.not_after - datetime.now(UTC)).days in {11, 12}


@pytest.mark.peer("sshd", "ssh-keygen")
async def test_openssh_is_known_by_its_greeting(checker, tmp_path):
    with ssh_server(tmp_path) as server:
        wanted = check("tcp", server.port, expect_text=r"^SSH-2\.0-OpenSSH")
        assert (await look(checker, wanted)).is_up
        assert (await look(checker, check("tls", server.port))).failure is CheckFailure.TLS


# --- all checks of a device


async def visit_with(checker, memory, clock, *checks):
    visit = Visit(memory, clock, PollResult("sw-1", clock.now()))
    await checker.read(visit, checks, HOME)
    return visit.result.checks


async def test_checks_of_a_device_run_at_the_same_time(checker):
    """Each server answers only once both were asked."""
    both = asyncio.Barrier(2)

    async def meet(_reader, writer):
        await both.wait()
        writer.write(b"here")
        await _reader.read()

    async with serving(meet) as one, serving(meet) as two:
        checks = [
            check("tcp", service.port, name, expect_text="here") for name, service in (("a", one), ("b", two))
        ]
        readings = await visit_with(checker, DeviceMemory(), FakeClock(), *checks)
    assert [(reading.name, reading.is_up) for reading in readings] == [("a", True), ("b", True)]


async def test_checks_run_at_their_own_period(checker):
    memory, clock = DeviceMemory(), FakeClock()
    async with serving(say_nothing) as service:
        wanted = check("tcp", service.port)
        assert await visit_with(checker, memory, clock, wanted)
        clock.wind(30)
        assert await visit_with(checker, memory, clock, wanted) is None
        clock.wind(30)
        assert await visit_with(checker, memory, clock, wanted)


async def test_when_the_last_check_is_taken_away_that_is_told_once(checker):
    memory, clock = DeviceMemory(), FakeClock()
    await visit_with(checker, memory, clock, check("tcp", await closed_port()))
    assert await visit_with(checker, memory, clock) == []
    assert await visit_with(checker, memory, clock) is None


async def test_the_certificate_last_seen_is_known_while_the_service_does_not_answer(checker, authority):
    memory, clock = DeviceMemory(), FakeClock(datetime.now(UTC))
    tls, until = authority.certify(HOME, days=5)
    async with serving(answer(), tls) as service:
        wanted = check("tls", service.port)
        await visit_with(checker, memory, clock, wanted)
    clock.wind(60)
    (reading,) = await visit_with(checker, memory, clock, wanted)
    assert (reading.failure, reading.certificate.not_after) == (CheckFailure.REFUSED, until)
    clock.wind(60)
    elsewhere = wanted.model_copy(update={"server_name": "other.example"})
    (reading,) = await visit_with(checker, memory, clock, elsewhere)
    assert reading.certificate is None
    assert clock.now() + timedelta(days=5) > until
