"""Conditions of silences, and which of several keeps an alert quiet."""

from datetime import timedelta

import pytest

from fakes import START
from netops.alerting.errors import SilenceRefused
from netops.alerting.silences import ActiveSilence, find_silence, parse_matchers, word_matcher

LABELS = {"alertname": "InterfaceDown", "device": "core-1", "interface": "Gi1/0/1"}
HOUR = timedelta(hours=1)


def silence(
    number: int, *matchers: str, start: timedelta = timedelta(0), end: timedelta = HOUR
) -> ActiveSilence:
    return ActiveSilence(number, parse_matchers(matchers), START + start, START + end)


@pytest.mark.parametrize(
    ("text", "mutes"),
    [
        ("device=core-1", True),
        ('device="core-1"', True),
        ("device = core-1", True),
        ("device=core-2", False),
        ("device=core", False),
        ("device=~core-.*", True),
        ("device=~core", False),
        ("device!=core-2", True),
        ("device!~core-.*", False),
        ("site=lab", False),
        ("interface=Gi1/0/1", True),
    ],
)
def test_a_condition_is_met_as_in_prometheus(text, mutes):
    assert silence(1, text, "alertname=~.+").mutes(LABELS) is mutes


def test_every_condition_must_be_met():
    assert not silence(1, "device=core-1", "alertname=DeviceUnreachable").mutes(LABELS)


@pytest.mark.parametrize("text", ["device", "=core-1", "device==~x", "1device=x", "", "device=~("])
def test_what_is_no_condition_is_refused_with_its_text(text):
    if text == "device==~x":  # the value may begin with a sign
        assert str(word_matcher(parse_matchers([text])[0])) == text
        return
    with pytest.raises(SilenceRefused):
        parse_matchers([text])


@pytest.mark.parametrize("texts", [[], ["device=~.*"], ["device!=core-1"], ["site="], ["a!=b", "c=~.*"]])
def test_what_would_silence_everything_is_refused(texts):
    with pytest.raises(SilenceRefused):
        parse_matchers(texts)


@pytest.mark.parametrize("text", ["device=core-1", "a=~b|c", "a!=b", 'a!~x"y'])
def test_a_condition_is_written_as_it_is_read(text):
    assert word_matcher(parse_matchers([text, "device=x"])[0]) == text


@pytest.mark.parametrize(("seconds", "is_found"), [(-1, False), (0, True), (3599, True), (3600, False)])
def test_it_holds_from_its_start_until_before_its_end(seconds, is_found):
    found = find_silence([silence(1, "device=core-1")], LABELS, START + timedelta(seconds=seconds))
    assert (found is not None) is is_found


def test_of_several_the_one_that_lasts_longest_counts():
    several = [
        silence(1, "device=core-1"),
        silence(2, "device=~core.*", end=2 * HOUR),
        silence(3, "device=x"),
    ]
    found = find_silence(several, LABELS, START)
    assert found is not None
    assert found.id == 2
