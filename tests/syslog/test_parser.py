"""One message, in the forms that devices send; the lines are those of makers' manuals and of devices seen."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes import START
from netops.syslog.decoding import decode
from netops.syslog.parser import LONGEST, parse


def read(data):
    data = data.encode() if isinstance(data, str) else data
    return parse(data, received_at=START, source_address="192.0.2.1", transport="udp")


def test_rfc_5424_is_read_whole():
    message = read(
        "<165>1 2026-10-11T22:14:15.003Z sw-1.example.net evntslog 8710 ID47 "
        '[exampleSDID@32473 iut="3" eventSource="App \\"x\\]" eventID="1011"][priority@32473 class="high"] '
        "\ufeffAn application event"
    )
    assert (message.form, message.facility, message.severity) == ("rfc5424", 20, 5)
    assert message.sent_at == datetime(2026, 10, 11, 22, 14, 15, 3000, tzinfo=UTC)
    assert (message.host, message.application) == ("sw-1.example.net", "evntslog")
    assert (message.process_id, message.message_id) == ("8710", "ID47")
    assert message.data["exampleSDID@32473"] == {"iut": "3", "eventSource": 'App "x]', "eventID": "1011"}
    assert message.data["priority@32473"] == {"class": "high"}
    assert message.text == "An application event"


def test_rfc_5424_with_nothing_but_its_header():
    message = read("<34>1 - - - - - -")
    assert (message.form, message.host, message.text, message.sent_at) == ("rfc5424", "", "", None)


@pytest.mark.parametrize(
    ("line", "host", "application", "text"),
    [
        ("<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "mymachine", "su", "'su root' failed"),
        ("<30>Oct  1 02:14:15 sw-1 mgd[4410]: UI_COMMIT: x", "sw-1", "mgd", "UI_COMMIT: x"),
        (
            "<189>45: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured",
            "",
            "",
            "%SYS-5-CONFIG_I: Configured",
        ),
        ("<189>45: core-1: Mar  1 18:46:11.123: %SYS-5-CONFIG_I: x", "core-1", "", "%SYS-5-CONFIG_I: x"),
        (
            "<189>: 2026 Jun 29 19:20:57 UTC: %VSHD-5-VSHD_SYSLOG_CONFIG_I: x",
            "",
            "",
            "%VSHD-5-VSHD_SYSLOG_CONFIG_I: x",
        ),
        ("<165>Nov 14 2013 11:23:36: %ASA-5-111008: User", "", "", "%ASA-5-111008: User"),
        ("<165>Nov 14 2013 11:23:36 fw-1 : %ASA-5-111008: User", "fw-1", "", ": %ASA-5-111008: User"),
        (
            "<189>Sep 15 2026 21:12:23 HSW1 %%01SHELL/5/CMDRECORD(l)[125]:Record",
            "HSW1",
            "",
            "%%01SHELL/5/CMDRECORD(l)[125]:Record",
        ),
        (
            "<190>Sep 14 16:23:30 2026 SW2 %%10SHELL/6/SHELL_CMD: -Line=vty0",
            "SW2",
            "",
            "%%10SHELL/6/SHELL_CMD: -Line=vty0",
        ),
        ("<13>2026-11-24T10:00:00+08:00 h1 app: text", "h1", "app", "text"),
        (
            '<189>date=2026-04-10 time=05:23:12 devname="fw" logid="0100044546"',
            "",
            "",
            'date=2026-04-10 time=05:23:12 devname="fw" logid="0100044546"',
        ),
        ("nothing of the kind", "", "", "nothing of the kind"),
    ],
)
def test_the_dialects_of_rfc_3164_are_read(line, host, application, text):
    message = read(line)
    assert (message.host, message.application, message.text) == (host, application, text)


def test_a_time_with_its_zone_is_an_instant_and_one_without_is_none():
    assert read("<13>2026-11-24T10:00:00+08:00 h1 app: text").sent_at == datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert read("<34>Oct 11 22:14:15 h su: x").sent_at is None


@pytest.mark.parametrize("start", ["<192>", "<999>", "<>", "<1234>", "<-1>", "<01>", "<a>", ""])
def test_a_priority_that_is_none_stays_in_the_text(start):
    message = read(f"{start}hello")
    assert (message.facility, message.line) == (None, f"{start}hello")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("接口 down".encode(), "接口 down"),
        ("接口 已关闭，请检查".encode("gbk"), "接口 已关闭，请检查"),
        ("Gerät wäscht".encode("latin-1"), "Gerät wäscht"),
        ("\ufeffwith a mark".encode(), "with a mark"),
        ("接口".encode()[:-1], "接"),
        (b"a\x1b[2Jb\nc\0d\r\n", "a [2Jb c d"),
        ("right \u202eto left".encode(), "right  to left"),
        (b"", ""),
    ],
)
def test_any_encoding_becomes_one_harmless_line(data, text):
    assert decode(data) == text


def test_a_message_that_is_too_long_is_cut_and_says_so():
    message = read(b"<13>" + b"x" * 100_000)
    assert message.is_cut
    assert len(message.line) < LONGEST
    assert not read(b"<13>" + b"x" * 1000).is_cut


def test_structured_data_without_an_end_is_text():
    message = read('<13>1 - h a - - [x y="1" and so on')
    assert (message.data, message.text) == ({}, '[x y="1" and so on')


def test_a_flood_of_elements_and_parameters_is_bounded():
    elements = "".join(f'[e{n} k="v"]' for n in range(500))
    assert len(read(f"<13>1 - h a - - {elements}").data) <= 16


FORMS = st.sampled_from(
    ["", "<13>", "<13>1 ", "<13>1 2026-01-01T00:00:00Z h a p i ", "<13>Oct 11 22:14:15 ", "<1>1: *"]
)


@given(
    FORMS, st.binary(max_size=3000) | st.text(max_size=500).map(lambda text: text.encode("utf-8", "replace"))
)
@example("<13>1 - h a - - ", b"[" * 2000)
@example("<13>1 - h a - - ", b'[a b="' + b"\\" * 2000)
@example("", b"<13>" * 500)
def test_any_bytes_give_a_message_of_one_printable_line(head, body):
    message = read(head.encode() + body)
    for text in (message.line, message.text, message.host, message.application):
        assert text.isprintable()
    assert len(message.line) <= LONGEST
