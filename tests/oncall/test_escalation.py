"""Whom a step tells, what is skipped, and when the next one is due. Stories with a clock to wind."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from netops.model.severity import Severity
from netops.oncall.escalation import (
    NobodyBecause,
    Position,
    Recipient,
    decide_recipients,
    escalate,
    next_position,
)
from netops.oncall.from_settings import make_plan
from netops.oncall.plan import OncallPlan, Step
from netops.oncall.schedule import Override
from netops.settings.document import read_document
from netops.settings.oncall import OncallSettings
from netops.settings.policies import parse_target
from slow_shifts import utc

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOON = utc("2026-01-12 11:00")
CHAT = {"channel": "chat"}
PEOPLE: dict[str, Any] = {
    "ana": {
        "name": "Ana",
        "contacts": [
            CHAT | {"address": "ana"},
            {"channel": "sms", "address": "+49", "at_least": "critical"},
            {"channel": "mail", "address": "ana@example.net", "at_least": "major"},
        ],
        "quiet_hours": {"from": "22:00", "to": "07:00", "below": "critical"},
    },
    "li": {
        "name": "李雷",
        "language": "zh_CN",
        "time_zone": "Asia/Shanghai",
        "contacts": [CHAT | {"address": "li"}],
    },
    "max": {"name": "Max"},
}


def plan(steps: list[dict[str, Any]], repeat: int = 0, **more: Any) -> OncallPlan:
    channels = {name: {"type": "webhook", "url": "http://a/"} for name in ("chat", "sms", "mail")}
    given = {
        "time_zone": "Europe/Berlin",
        "channels": channels,
        "people": PEOPLE,
        "teams": {"all": ["ana", "li", "max"]},
        "schedules": {
            "net": {"rotations": [{"people": ["ana", "li"], "starts": "2026-01-05"}]},
            "day": {
                "rotations": [
                    {"people": ["li"], "starts": "2026-01-05", "only": [{"from": "08:00", "to": "17:00"}]}
                ]
            },
        },
        "policies": {"p": {"steps": steps, "repeat": repeat}},
        **more,
    }
    return make_plan(OncallSettings.model_validate(given))


def step(*targets: str) -> Step:
    return Step(tuple(map(parse_target, targets)), 15 * MINUTE)


def addresses(recipients: tuple[Recipient, ...]) -> list[str]:
    return [one.address for one in recipients]


def decide(*targets: str, severity: Severity = Severity.MAJOR, at=NOON):
    return decide_recipients(plan([{"notify": ["person:li"]}]), step(*targets), at=at, severity=severity)


@pytest.mark.parametrize(
    ("severity", "told", "fallbacks"),
    [
        (Severity.CRITICAL, ["ana", "+49", "ana@example.net"], []),
        (Severity.MAJOR, ["ana", "ana@example.net"], ["+49"]),
        (Severity.MINOR, ["ana"], ["+49", "ana@example.net"]),
        (Severity.WARNING, ["ana"], ["+49", "ana@example.net"]),
    ],
)
def test_every_contact_whose_minimum_is_met_is_told_and_the_others_stand_in(severity, told, fallbacks):
    found = decide("person:ana", severity=severity).recipients
    assert addresses(found) == told
    assert all([one.address for one in recipient.fallbacks] == fallbacks for recipient in found)


def test_what_no_contact_is_meant_for_finds_nobody():
    decision = decide("person:ana", severity=Severity.INFO)
    assert decision.is_empty
    assert [one.because for one in decision.nobody] == [NobodyBecause.NOT_GRAVE_ENOUGH]


def test_whoever_is_on_call_is_told():
    assert addresses(decide("schedule:net", at=utc("2026-01-12 07:59:59")).recipients)[0] == "ana"
    assert addresses(decide("schedule:net", at=utc("2026-01-12 08:00")).recipients) == ["li"]


def test_a_gap_a_person_without_contacts_and_a_name_that_is_gone_are_reported():
    decision = decide(
        "schedule:day", "person:max", "team:gone", "person:gone", "schedule:gone", at=utc("2026-01-12 20:00")
    )
    assert decision.is_empty
    assert [(str(one.target), one.because, one.person) for one in decision.nobody] == [
        ("schedule:day", NobodyBecause.GAP, ""),
        ("person:max", NobodyBecause.NO_CONTACTS, "max"),
        ("team:gone", NobodyBecause.UNKNOWN, ""),
        ("person:gone", NobodyBecause.UNKNOWN, "gone"),
        ("schedule:gone", NobodyBecause.UNKNOWN, ""),
    ]


def test_one_of_a_team_who_cannot_be_reached_is_reported_beside_the_others():
    decision = decide("team:all", severity=Severity.MINOR)
    assert addresses(decision.recipients) == ["ana", "li"]
    assert [one.person for one in decision.nobody] == ["max"]


def test_who_is_meant_twice_is_told_once():
    assert addresses(decide("person:li", "team:all", "schedule:net", severity=Severity.MINOR).recipients) == [
        "li",
        "ana",
    ]


def test_a_channel_is_told_without_a_person_and_its_address_may_be_empty():
    found = decide("channel:chat", "channel:mail:noc@example.net").recipients
    assert [(one.person, one.channel, one.address) for one in found] == [
        (None, "chat", ""),
        (None, "mail", "noc@example.net"),
    ]


def test_an_override_of_somebody_who_left_is_reported_as_unknown():
    holder = Override("eve", NOON - HOUR, NOON + HOUR)
    settings = OncallSettings.model_validate(
        {
            "people": PEOPLE | {"ana": {"name": "A"}},
            "channels": {"chat": {"type": "webhook", "url": "http://a/"}},
            "schedules": {"net": {"rotations": [{"people": ["ana"], "starts": "2026-01-05"}]}},
        }
    )
    decision = decide_recipients(
        make_plan(settings, overrides={"net": [holder]}),
        step("schedule:net"),
        at=NOON,
        severity=Severity.MAJOR,
    )
    assert [(one.person, one.because) for one in decision.nobody] == [("eve", NobodyBecause.UNKNOWN)]


# --- quiet hours


@pytest.mark.parametrize(
    ("at", "severity", "until"),
    [
        ("2026-01-12 20:59", Severity.MAJOR, None),
        ("2026-01-12 21:00", Severity.MAJOR, "2026-01-13 06:00"),
        ("2026-01-13 05:59", Severity.MAJOR, "2026-01-13 06:00"),
        ("2026-01-13 06:00", Severity.MAJOR, None),
        ("2026-01-12 23:00", Severity.CRITICAL, None),
        ("2026-03-28 23:00", Severity.MAJOR, "2026-03-29 05:00"),  # the night is an hour shorter
        ("2026-10-24 23:00", Severity.MAJOR, "2026-10-25 06:00"),  # and longer
    ],
)
def test_what_is_not_grave_waits_for_the_end_of_quiet_hours(at, severity, until):
    found = decide("person:ana", at=utc(at), severity=severity).recipients
    assert {one.postponed_until for one in found} == {utc(until) if until else None}


def test_a_step_that_reaches_only_sleepers_is_not_skipped():
    made = plan([{"notify": ["person:ana"]}, {"notify": ["person:li"]}])
    told = escalate(made, made.policies["p"], Position(), at=utc("2026-01-12 23:00"), severity=Severity.MAJOR)
    assert (told.position, told.next) == (Position(0), Position(1))


def test_quiet_hours_are_in_the_persons_own_zone():
    people = PEOPLE | {"li": PEOPLE["li"] | {"quiet_hours": {"from": "22:00", "to": "07:00"}}}
    made = plan([], people=people, policies={})
    decision = decide_recipients(made, step("person:li"), at=utc("2026-01-12 15:00"), severity=Severity.MAJOR)
    assert decision.recipients[0].postponed_until == utc("2026-01-12 23:00")


# --- steps


def test_steps_follow_each_other_and_begin_again_until_the_policy_is_spent():
    made = plan(
        [{"notify": ["person:ana"], "wait": "5m"}, {"notify": ["person:li"], "wait": "10m"}], repeat=1
    )
    at, position, story = NOON, Position(), []
    for _ in range(10):
        told = escalate(made, made.policies["p"], position, at=at, severity=Severity.MINOR)
        story.append((addresses(told.recipients), (at - NOON) // MINUTE))
        if told.is_spent:
            break
        at, position = told.next_at, told.next
    assert story == [(["ana"], 0), (["li"], 5), (["ana"], 15), (["li"], 20)]
    assert told.next_at is None


def test_an_empty_step_is_skipped_at_once_and_reported():
    made = plan(
        [{"notify": ["schedule:day"]}, {"notify": ["person:max"]}, {"notify": ["person:li"], "wait": "1h"}], 1
    )
    at = utc("2026-01-12 20:00")
    told = escalate(made, made.policies["p"], Position(), at=at, severity=Severity.MAJOR)
    assert told.position == Position(2)
    assert addresses(told.recipients) == ["li"]
    assert [(one.step, one.because) for one in told.nobody] == [
        (0, NobodyBecause.GAP),
        (1, NobodyBecause.NO_CONTACTS),
    ]
    assert (told.next, told.next_at) == (Position(0, 1), at + HOUR)


def test_a_policy_that_finds_nobody_at_all_is_spent_after_one_round():
    made = plan([{"notify": ["person:max"]}, {"notify": ["schedule:day"]}], repeat=100)
    told = escalate(made, made.policies["p"], Position(), at=utc("2026-01-12 20:00"), severity=Severity.MAJOR)
    assert told.recipients == ()
    assert told.is_spent
    assert len(told.nobody) == 2


def test_a_position_behind_a_policy_that_was_shortened_since_is_spent():
    made = plan([{"notify": ["person:li"]}])
    told = escalate(made, made.policies["p"], Position(5), at=NOON, severity=Severity.MAJOR)
    assert (told.recipients, told.is_spent) == ((), True)


def test_positions_go_on_in_their_order():
    policy = plan([{"notify": ["person:li"]}, {"notify": ["person:ana"]}], repeat=1).policies["p"]
    seen, position = [], Position()
    while position:
        seen.append((position.round, position.step))
        position = next_position(policy, position)
    assert seen == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("label", "severity"),
    [
        ("critical", Severity.CRITICAL),
        ("info", Severity.INFO),
        ("", Severity.WARNING),
        ("page", Severity.WARNING),
    ],
)
def test_a_severity_that_is_missing_or_unknown_counts_as_a_warning(label, severity):
    assert Severity.read(label) is severity


def test_severities_are_in_order():
    assert Severity.CRITICAL.is_at_least(Severity.MAJOR)
    assert Severity.MAJOR.is_at_least(Severity.MAJOR)
    assert not Severity.INFO.is_at_least(Severity.WARNING)


def test_the_story_in_the_docs_is_true(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "oncall.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example
    (tmp_path / "oncall.yaml").write_text(example[1], encoding="utf-8")
    document = read_document(tmp_path / "oncall.yaml", [])
    assert document
    made = make_plan(OncallSettings.model_validate(document.value))
    at, position, story = utc("2026-01-12 22:00"), Position(), []
    while position:
        told = escalate(made, made.policies["network"], position, at=at, severity=Severity.CRITICAL)
        story.append(addresses(told.recipients))
        at, position = told.next_at, told.next
    assert story == [["li"], ["ana", "+49 30 1234", "li", ""]] * 2
