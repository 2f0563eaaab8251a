"""What people read: the words, the order, and what is left when there is too much."""

from dataclasses import replace
from datetime import timedelta

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as st

from netops import i18n
from netops.model.message import MessageKind, ToldBecause
from netops.notify.html import html
from netops.notify.markdown import DINGTALK, FEISHU, SLACK, WECOM, markdown
from netops.notify.texts import first_line, plain_text, short_text
from notify.messages import (
    ACKNOWLEDGE,
    FIRED,
    HOSTILE,
    INVISIBLE,
    RUNBOOK,
    make_alert,
    make_hostile_message,
    make_message,
    make_storm,
)


def test_a_whole_message():
    assert plain_text(make_message()) == (
        "CRITICAL: core-sw-1 does not answer\n"
        "\n"
        "core-sw-1 at hq answers neither SNMP nor ping.\n"
        "Device: core-sw-1 at hq\n"
        "Since: 2026-01-15 17:30:05 UTC+08:00 (Asia/Shanghai)\n"
        "Rule: DeviceUnreachable\n"
        "Runbook: https://wiki.example/DeviceUnreachable\n"
        "Device page: https://netops.example/devices/core-sw-1\n"
        "\n"
        "Acknowledge: https://netops.example/ack/4711?token=abc.def"
    )


# --- the first line


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "CRITICAL: core-sw-1 does not answer"),
        ({"because": ToldBecause.STILL_FIRES}, "STILL CRITICAL: core-sw-1 does not answer"),
        ({"because": ToldBecause.FLAPS}, "FLAPPING, CRITICAL: core-sw-1 does not answer"),
        ({"because": ToldBecause.RESOLVED}, "RESOLVED: core-sw-1 does not answer"),
        (
            {"because": ToldBecause.RESOLVED, "ended_because": "rule_removed"},
            "ENDED WITHOUT A READING: core-sw-1 does not answer",
        ),
        (
            {"because": ToldBecause.HIDES_MORE, "hides": ("a",)},
            "CRITICAL: core-sw-1 does not answer (1 device behind it)",
        ),
        ({"hides": ("a", "b")}, "CRITICAL: core-sw-1 does not answer (2 devices behind it)"),
        ({"severity": "Major"}, "MAJOR: core-sw-1 does not answer"),
        ({"severity": "page"}, "PAGE: core-sw-1 does not answer"),
        ({"severity": "100%s %(x)s"}, "100%S %(X)S: core-sw-1 does not answer"),
        ({"severity": ""}, "ALERT: core-sw-1 does not answer"),
        ({"annotations": {"summary": "uplink is down"}}, "CRITICAL: core-sw-1: uplink is down"),
        ({"annotations": {"summary": "core-sw-12 is down"}}, "CRITICAL: core-sw-1: core-sw-12 is down"),
        ({"annotations": {"summary": "50% full, %(summary)s"}}, "CRITICAL: core-sw-1: 50% full, %(summary)s"),
        ({"labels": {}, "annotations": {"summary": "disk is full"}}, "CRITICAL: disk is full"),
        (
            {"annotations": {}, "labels": {"device": "a", "interface": "Gi0/1", "alertname": "X"}},
            "CRITICAL: a: DeviceUnreachable interface=Gi0/1",
        ),
        ({"annotations": {}, "labels": {}}, "CRITICAL: DeviceUnreachable"),
    ],
)
def test_the_first_line_says_how_grave_what_and_where(changes, expected):
    assert first_line(make_message(make_alert(**changes))) == expected


def test_the_first_line_fits_a_lock_screen_and_keeps_its_counts():
    alert = make_alert(annotations={"summary": "x" * 300}, hides=("a",) * 40)
    line = first_line(make_message(alert, make_alert(), left_out=7))
    assert len(line) <= 70
    assert line.endswith("… (40 devices behind it) (and 8 more)")


def test_a_digest_says_how_many_alerts_there_are():
    message = make_message(make_alert(), make_alert(), left_out=10, kind=MessageKind.DIGEST)
    assert first_line(message) == "12 alerts: CRITICAL: core-sw-1 does not answer"
    assert plain_text(message).splitlines()[-3] == "10 more alerts are not listed."


def test_a_message_without_any_alert_is_still_one():
    assert first_line(replace(make_message(), alerts=(), left_out=1)) == "1 alert"


# --- other kinds


def test_a_verification_shows_its_code_and_no_more_than_a_reason():
    message = make_message(kind=MessageKind.VERIFICATION, text="482 913", alerts=())
    assert plain_text(message).startswith("Your code for netops: 482 913\n\nIt proves")
    assert short_text(message, 300) == "Your code for netops: 482 913"


def test_a_note_is_told_in_its_own_words():
    message = make_message(
        kind=MessageKind.NOTE, text="Nobody is on call on 3 May.\n\nFrom 08:00 to 20:00.", alerts=()
    )
    assert first_line(message) == "Nobody is on call on 3 May."
    assert plain_text(message) == "Nobody is on call on 3 May.\n\n\nFrom 08:00 to 20:00."
    long = replace(message, text="word " * 40)
    assert len(first_line(long)) <= 70
    assert plain_text(long).endswith("word word")
    assert first_line(replace(message, text="\n \n")) == "netops"


# --- what is told of an alert


def test_times_are_those_of_the_readers_zone():
    alert = make_alert(
        because=ToldBecause.RESOLVED, resolved_at=FIRED + timedelta(hours=1, minutes=2, seconds=3.7)
    )
    text = plain_text(make_message(alert, time_zone="America/St_Johns"))
    assert "Since: 2026-01-15 06:00:05 UTC-03:30 (America/St_Johns)" in text
    assert "Over since: 2026-01-15 07:02:08 UTC-03:30 (America/St_Johns), after 1h2m4s" in text
    assert "Since: 2026-01-15 09:30:05 UTC\n" in plain_text(make_message(time_zone="UTC"))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Asia", "\0"])
def test_a_zone_that_is_not_there_is_utc(zone):
    assert "Since: 2026-01-15 09:30:05 UTC\n" in plain_text(make_message(time_zone=zone))


def test_a_clock_that_was_set_back_gives_no_negative_span():
    alert = make_alert(because=ToldBecause.RESOLVED, resolved_at=FIRED - timedelta(minutes=1))
    assert "after 0s" in plain_text(make_message(alert))


def test_of_the_devices_behind_a_root_cause_ten_are_named_and_the_rest_counted():
    names = [f"ap-{number}" for number in range(12)]
    assert (
        "Unreachable behind it: ap-0, ap-1, ap-2, ap-3, ap-4, ap-5, ap-6, ap-7, ap-8, ap-9 and 2 more\n"
        in plain_text(make_message(make_alert(hides=names)))
    )
    assert "ap-8, ap-9\n" in plain_text(make_message(make_alert(hides=names[:10])))


def test_an_escalation_is_told():
    text = plain_text(make_message(escalation="network", step=2))
    assert "Step 2 of the escalation policy network: nobody took it before." in text


def test_each_of_several_alerts_has_its_own_title_and_link():
    own = "https://netops.example/ack/2"
    text = plain_text(make_message(make_alert(), make_alert(severity="minor", acknowledge_url=own)))
    assert text.count("core-sw-1 does not answer\n") == 2
    assert f"\nAcknowledge: {own}\n" in text
    assert text.endswith(f"\nAcknowledge all: {ACKNOWLEDGE}")


def test_what_cannot_be_acknowledged_has_no_link():
    text = plain_text(make_message(make_alert(acknowledge_url=""), acknowledge_url=""))
    assert "Acknowledge" not in text
    assert not text.endswith("\n")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://a b", "https://a\u202eb", "//x", ""]
)
def test_only_what_is_a_plain_url_becomes_a_link(url):
    alert = make_alert(annotations={"runbook_url": url}, device_url=url, acknowledge_url=url)
    message = make_message(alert, acknowledge_url=url)
    assert "<a " not in html(message)
    assert "Device page" not in plain_text(message)
    for dialect in (DINGTALK, WECOM, FEISHU, SLACK):
        text = markdown(message, dialect, 4000)
        assert "](" not in text
        assert "<" not in text


def test_a_runbook_that_is_a_file_is_named_and_one_that_is_a_page_is_linked():
    assert "Runbook: docs/runbooks/X.md\n" in plain_text(
        make_message(make_alert(annotations={"runbook": "docs/runbooks/X.md"}))
    )
    assert f'<a href="{RUNBOOK}">Runbook</a>' in html(make_message())


# --- languages


@pytest.fixture
def chinese(tmp_path, monkeypatch):
    """A catalogue of a few words, so that this test knows what they are."""
    catalogue = Catalog(locale="zh_CN")
    catalogue.add("CRITICAL", "严重")
    catalogue.add("%(severity)s: %(summary)s", "%(severity)s：%(summary)s")
    catalogue.add("Since", "开始于")
    catalogue.add("%(name)s: %(value)s", "%(name)s：%(value)s")
    folder = tmp_path / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "netops.mo").open("wb") as stream:
        write_mo(stream, catalogue)
    monkeypatch.setattr(i18n, "LOCALE_FOLDER", tmp_path)


def test_each_message_speaks_the_language_of_its_reader(chinese):
    english, mandarin = make_message(), make_message(language="zh_CN")
    assert first_line(mandarin) == "严重：core-sw-1 does not answer"
    assert first_line(english) == "CRITICAL: core-sw-1 does not answer"
    assert "开始于：2026-01-15 17:30:05" in plain_text(mandarin)
    assert '<html lang="zh-CN">' in html(mandarin)
    assert "**严重：core-sw-1" in markdown(mandarin, WECOM, 4096)


def test_a_language_that_is_not_there_is_english():
    assert first_line(make_message(language="tlh")).startswith("CRITICAL")


# --- too much, and hostile


@pytest.mark.parametrize("most", [300, 512, 2048, 4096, 20_000])
def test_text_is_cut_within_its_bytes_and_keeps_first_line_and_link(most):
    text = plain_text(make_storm(), most)
    assert len(text.encode()) <= most
    assert text.startswith("CRITICAL: 接入交换机-0 无响应 (and 211 more)\n")
    assert text.endswith(f"…\nAcknowledge all: {ACKNOWLEDGE}")
    assert "\ufffd" not in text


@pytest.mark.parametrize("dialect", [DINGTALK, WECOM, FEISHU, SLACK])
def test_markdown_is_cut_between_its_lines(dialect):
    whole = markdown(make_storm(), dialect, 10_000_000, mention="<@x>").split(dialect.join)
    text = markdown(make_storm(), dialect, 4096, mention="<@x>")
    assert len(text.encode()) <= 4096
    *kept, mark, _link, mention = text.split(dialect.join)
    assert (mark, mention) == ("…", "<@x>")
    assert kept == whole[: len(kept)]


def test_a_link_too_long_for_the_place_is_left_out_rather_than_cut():
    long = "https://netops.example/" + "x" * 300
    message = make_message(make_alert(acknowledge_url=""), acknowledge_url=long)
    assert "netops.example/xx" not in plain_text(message, 400)
    assert short_text(message, 300) == "CRITICAL: core-sw-1 does not answer"
    assert short_text(message, 2000).endswith(long)


@given(st.text(max_size=400), st.integers(40, 3000))
def test_whatever_a_device_is_called_no_text_is_too_long_or_unfit(name, most):
    alert = make_alert(
        labels={"device": name, name: name}, annotations={"summary": name, "description": name * 9}
    )
    message = make_message(alert, alert, escalation=name)
    text = plain_text(message, most)
    assert len(text.encode()) <= most
    assert all(line.isprintable() or not set(line) & set("\r\x1b\u202e\u2028\0") for line in text.split("\n"))
    assert len(short_text(message, most)) <= most
    assert first_line(message).count("\n") == 0


def test_hostile_texts_are_neutral_in_plain_text():
    text = plain_text(make_hostile_message())
    assert not set(text) & set(INVISIBLE)
    assert first_line(make_hostile_message()).isprintable()


def test_hostile_texts_are_escaped_in_html():
    page = html(make_hostile_message())
    assert "<script" not in page
    assert not set(page) & set(INVISIBLE)
    assert page.count("<a ") == 1  # the link to acknowledge
    quotes = make_message(make_alert(device_url='https://x/"onmouseover=alert(1)'))
    assert '"onmouseover' not in html(quotes)


@pytest.mark.parametrize("dialect", [DINGTALK, WECOM, FEISHU])
def test_hostile_texts_make_no_links_or_tags_in_markdown(dialect):
    text = markdown(make_hostile_message(), dialect, 100_000)
    assert "](http://evil" not in text
    assert "<" not in text


def test_names_with_underscores_stay_as_they_are():
    message = make_message(
        make_alert(labels={"device": "sw_core_1"}, annotations={"summary": "sw_core_1 is _down_ *now*"})
    )
    assert r"sw_core_1 is \_down\_ \*now\*" in markdown(message, WECOM, 4096)


@pytest.mark.parametrize("start", ["# x", "> x", "- x", "+ x", "1. x"])
def test_a_line_of_text_begins_no_block(start):
    message = make_message(make_alert(annotations={"description": start}))
    for dialect in (DINGTALK, WECOM, FEISHU):
        assert f"\n{start}" not in markdown(message, dialect, 4096)


def test_signs_in_a_url_do_not_end_its_link():
    message = make_message(make_alert(device_url="https://x/(a)?b=<c>&d=%20|e"))
    assert "[Device page](https://x/%28a%29?b=%3Cc%3E&d=%20%7Ce)" in markdown(message, WECOM, 4096)
    assert "<https://x/%28a%29?b=%3Cc%3E&d=%20%7Ce|Device page>" in markdown(message, SLACK, 4096)


def test_the_hostile_name_is_hostile():
    assert {"\r", "\n", "\0", "\x1b", "\u202e", "\u200b"} <= set(HOSTILE)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("sender_silent", "Ended because: its sender tells nothing of it any more"),
        ("device_removed", "Ended because: its device is no longer watched"),
        ("some_new\nreason", "Ended because: some_new reason"),
    ],
)
def test_what_ended_without_a_reading_says_why(reason, words):
    alert = make_alert(because=ToldBecause.RESOLVED, resolved_at=FIRED, ended_because=reason)
    assert words in plain_text(make_message(alert))
    assert "Ended because" not in plain_text(make_message(make_alert(ended_because=reason)))
