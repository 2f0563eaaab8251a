import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netops.oncall.from_settings import make_plan
from netops.settings import LoadedSettings, Problem, SettingsErrors, load_settings
from netops.settings.diff import diff_oncall
from netops.settings.maintenance import MaintenanceSettings
from netops.settings.oncall import OncallSettings, find_doubts
from netops.settings.people import PersonSettings, QuietHours
from netops.settings.policies import RouteSettings, StepSettings
from netops.settings.schedules import OverrideSettings, RotationSettings

DEVICES = "groups: {edge: {interval: 1m}}\ndevices: [{name: this-host, local: true}]\n"
BASE = """\
time_zone: Europe/Berlin
channels: {ops: {type: webhook, url: "http://chat.example.net/", secret: hush-hush}}
people: {ana: {name: Ana, contacts: [{channel: ops, address: ana}]}, li: {name: 李雷}}
teams: {all: [ana, li]}
schedules: {net: {rotations: [{people: [ana, li], starts: 2026-01-05}]}}
policies: {p: {steps: [{notify: [schedule:net]}]}}
routes: [{policy: p}]
"""


def load(folder: Path, oncall: str | None = BASE, netops: str = "site_name: lab\n") -> LoadedSettings:
    (folder / "netops.yaml").write_text(netops, encoding="utf-8")
    (folder / "devices.yaml").write_text(DEVICES, encoding="utf-8")
    if oncall is not None:
        (folder / "oncall.yaml").write_text(oncall, encoding="utf-8")
    return load_settings(folder / "netops.yaml", environ={"TOKEN": "hush-hush"})


def find_problems(folder: Path, oncall: str | None, netops: str = "site_name: lab\n") -> list[str]:
    with pytest.raises(SettingsErrors) as caught:
        load(folder, oncall, netops)
    return str(caught.value).replace(f"{folder}/", "").split("\n")


def test_without_a_file_nobody_is_told(tmp_path):
    assert load(tmp_path, None).oncall == OncallSettings()


def test_a_file_that_is_named_and_is_not_there_is_a_mistake(tmp_path):
    assert find_problems(tmp_path, None, "oncall_file: on-call.yaml\n") == ["on-call.yaml:1:1: no such file"]


def test_a_file_is_read_with_its_secrets_in_no_repr(tmp_path):
    loaded = load(tmp_path, BASE.replace("hush-hush", '"${env:TOKEN}"'))
    assert loaded.oncall.channels["ops"].secret.get_secret_value() == "hush-hush"
    assert "hush-hush" not in repr(loaded)
    assert loaded.oncall.schedules["net"].rotations[0].turn.days == 7


def test_sections_with_nothing_below_are_empty(tmp_path):
    sections = ["channels", "people", "teams", "schedules", "policies", "routes", "maintenance"]
    assert load(tmp_path, "".join(f"{name}:\n" for name in sections)).oncall == OncallSettings()


def rotation(text: str) -> str:
    return f"people: {{ana: {{name: A}}}}\nschedules: {{n: {{rotations: [{{people: [ana], {text}}}]}}}}"


def override(text: str) -> str:
    return (
        "people: {ana: {name: A}, li: {name: L}}\n"
        f"schedules: {{n: {{rotations: [{{people: [ana], starts: 2026-01-05}}], overrides: [{text}]}}}}"
    )


def window(text: str) -> str:
    return f"maintenance: [{{name: w, {text}}}]"


MISTAKES = [
    ("peple: {}", '1:1: peple: unknown key; did you mean "people"?'),
    (
        "time_zone: Europe/Berln",
        '1:12: time_zone: is not a time zone; did you mean "Europe/Berlin"?',
    ),
    (
        "people: {ana: {name: A, time_zone: Asia/Shangai}}",
        '1:36: people.ana.time_zone: is not a time zone; did you mean "Asia/Shanghai"?',
    ),
    (
        "people: {ana: {name: A, contacts: [{channel: osp}]}}\nchannels: {ops: {type: webhook, url: 'http://a/'}}",
        '1:46: people.ana.contacts[0].channel: unknown channel "osp"; did you mean "ops"?',
    ),
    (
        (
            "people: {ana: {name: A, contacts: [{channel: ops}, {channel: ops}]}}\n"
            "channels: {ops: {type: webhook, url: 'http://a/'}}"
        ),
        "1:52: people.ana.contacts[1]: is there twice",
    ),
    (
        (
            "people: {ana: {name: A, contacts: [{channel: ops, at_least: urgent}]}}\n"
            "channels: {ops: {type: webhook, url: 'http://a/'}}"
        ),
        "1:61: people.ana.contacts[0].at_least: must be one of critical, major, minor, warning, info",
    ),
    (
        "people: {ana: {name: A, quiet_hours: {from: 25:00, to: 7:00}}}",
        "1:45: people.ana.quiet_hours.from: is no time of day; write it like 01:30",
    ),
    (
        "people: {ana: {name: A, quiet_hours: {from: 08:00, to: 08:00}}}",
        "1:38: people.ana.quiet_hours: never end",
    ),
    (
        "people: {ana: {name: A, quiet_hours: {from: 08:00, to: 09:00, days: monday}}}",
        (
            "1:69: people.ana.quiet_hours.days[0]: must be one of mon, tue, wed, thu, fri, sat, sun; "
            'did you mean "mon"?'
        ),
    ),
    (
        "people: {ana: {name: A}}\nteams: {t: [ana, anna]}",
        '2:18: teams.t[1]: unknown person "anna"; did you mean "ana"?',
    ),
    ("people: {ana: {name: A}}\nteams: {t: [ana, ana]}", "2:18: teams.t[1]: is there twice"),
    ("teams: {t: []}", "1:12: teams.t: is empty"),
    ("schedules: {n: {rotations: []}}", "1:28: schedules.n.rotations: is empty"),
    (rotation("turn: weekly"), "2:29: schedules.n.rotations[0].starts: is missing"),
    (
        rotation("starts: 2026-02-30"),
        "2:53: schedules.n.rotations[0].starts: is no date; write it like 2026-01-31",
    ),
    (
        rotation("starts: 1026-02-20"),
        "2:53: schedules.n.rotations[0].starts: must lie in the years 2000 to 2099",
    ),
    (
        rotation("starts: 2026-01-05, turn: fortnightly"),
        (
            "2:71: schedules.n.rotations[0].turn: is no length of a turn; "
            "write daily, weekly, or a length such as 12h or 14d"
        ),
    ),
    (
        rotation("starts: 2026-01-05, turn: 30m"),
        "2:71: schedules.n.rotations[0].turn: must be whole minutes between 1h and 366d",
    ),
    (
        rotation("starts: 2026-01-05, handover: tue 09:00"),
        "2:53: schedules.n.rotations[0].starts: falls on mon, and the handover is on tue",
    ),
    (
        rotation("starts: 2026-01-05, turn: 36h, handover: mon 09:00"),
        (
            "2:86: schedules.n.rotations[0].handover: names a day, and turns are not whole weeks; "
            "write the time of day only"
        ),
    ),
    (
        override("{person: eve, from: 2026-03-01 08:00, to: 2026-03-02 08:00}"),
        '2:88: schedules.n.overrides[0].person: unknown person "eve"; known: ana, li',
    ),
    (
        override("{person: li, from: 2026-03-03 08:00, to: 2026-03-02 08:00}"),
        "2:120: schedules.n.overrides[0].to: must be later than from",
    ),
    (
        override("{person: li, from: 2026-03-01, to: 2026-03-02 08:00}"),
        (
            "2:98: schedules.n.overrides[0].from: is no date with a time; "
            "write it like 2026-01-31 18:00, or 2026-01-31 18:00+01:00"
        ),
    ),
    (
        override("{person: li, from: 2026-03-01 08:00, to: 2026-03-02 08:00, instead_of: li}"),
        "2:150: schedules.n.overrides[0].instead_of: is the same person",
    ),
    (
        override(
            "{person: li, from: 2026-03-01 08:00, to: 2026-03-02 08:00}, "
            "{person: ana, from: 2026-03-02 07:59, to: 2026-03-02 09:00}"
        ),
        "2:139: schedules.n.overrides[1]: overlaps overrides[0]",
    ),
    (
        (
            "schedules: {net: {rotations: [{people: [ana], starts: 2026-01-05}]}}\npeople: {ana: {name: A}}\n"
            "policies: {p: {steps: [{notify: [schedule:nte]}]}}"
        ),
        '3:34: policies.p.steps[0].notify[0]: unknown schedule "nte"; did you mean "net"?',
    ),
    (
        "policies: {p: {steps: [{notify: [persn:ana]}]}}",
        '1:34: policies.p.steps[0].notify[0]: names nobody; did you mean "person"?',
    ),
    (
        "policies: {p: {steps: [{notify: [ana]}]}}",
        (
            "1:34: policies.p.steps[0].notify[0]: names nobody; "
            "write it like schedule:net, person:ana, team:night or channel:ops"
        ),
    ),
    (
        "people: {ana: {name: A}}\npolicies: {p: {steps: [{notify: [person:ana:x]}]}}",
        "2:34: policies.p.steps[0].notify[0]: holds an address, which only channel: has",
    ),
    ("policies: {p: {steps: []}}", "1:23: policies.p.steps: is empty"),
    ("routes: [{policy: p}]", '1:19: routes[0].policy: unknown policy "p"'),
    (
        (
            "people: {ana: {name: A}}\npolicies: {p: {steps: [{notify: [person:ana]}]}}\n"
            "routes: [{policy: p}, {policy: p, match: [a=b]}]"
        ),
        (
            "3:10: routes[0]: takes every alert, so no route after it is ever asked; "
            "move it to the end, or give it a match"
        ),
    ),
    (
        (
            "people: {ana: {name: A}}\npolicies: {p: {steps: [{notify: [person:ana]}]}}\n"
            "routes: [{policy: p, match: [severity is critical]}]"
        ),
        (
            '3:30: routes[0].match[0]: "severity is critical" is no condition; '
            "write label=value, or with !=, =~ or !~ in the middle"
        ),
    ),
    (
        (
            "people: {ana: {name: A}}\npolicies: {p: {steps: [{notify: [person:ana]}]}}\n"
            "routes: [{policy: p, match: ['site=~(hz']}]"
        ),
        (
            '3:30: routes[0].match[0]: the regular expression "(hz" is wrong: '
            "missing ), unterminated subpattern at position 0"
        ),
    ),
    (
        (
            "people: {ana: {name: A}}\npolicies: {p: {steps: [{notify: [person:ana]}]}}\n"
            "routes: [{policy: p, group_by: [a-b]}]"
        ),
        "3:33: routes[0].group_by[0]: is no name of a label",
    ),
    (
        window("devices: [a], from: 2026-01-01 08:00"),
        "1:15: maintenance[0]: has no end; give to:, or rrule: and duration:",
    ),
    (
        window("from: 2026-01-01 08:00, to: 2026-01-01 09:00"),
        "1:15: maintenance[0]: would keep every alert quiet; name devices, groups or sites, or give a match",
    ),
    (
        window("match: ['device=~.*'], from: 2026-01-01 08:00, to: 2026-01-01 09:00"),
        "1:15: maintenance[0]: would keep every alert quiet; name devices, groups or sites, or give a match",
    ),
    (
        window("groups: [egde], from: 2026-01-01 08:00, to: 2026-01-01 09:00"),
        '1:34: maintenance[0].groups[0]: unknown group "egde"; did you mean "edge"?',
    ),
    (
        window(
            "devices: [a], from: 2026-01-01 08:00, rrule: FREQ=WEEKLY, to: 2026-01-01 09:00, duration: 1h"
        ),
        "1:87: maintenance[0].to: goes not together with rrule; give duration: in its place",
    ),
    (
        window("devices: [a], from: 2026-01-01 08:00, rrule: FREQ=DAILY, duration: 24h"),
        (
            "1:92: maintenance[0].duration: leaves no time between one occurrence and the next; "
            "make it shorter, or use a silence"
        ),
    ),
    (
        window("devices: [a], from: 2026-01-01 08:00, rrule: FREQ=DAILY;INTERVAL=7;BYDAY=MO, duration: 1h"),
        "1:70: maintenance[0].rrule: never comes",
    ),
    (
        window("devices: [a], from: 2026-01-01 08:00, rrule: FREQ=SECONDLY, duration: 1h"),
        "1:70: maintenance[0].rrule: FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY",
    ),
    (
        (
            "maintenance: [{name: w, devices: [a], from: 2026-01-01 08:00, to: 2026-01-01 09:00},\n"
            " {name: w, devices: [a], from: 2026-01-01 08:00, to: 2026-01-01 09:00}]"
        ),
        "2:9: maintenance[1].name: is there twice",
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_a_suggestion(tmp_path, text, expected):
    assert find_problems(tmp_path, text + "\n") == [f"oncall.yaml:{expected}"]


def test_mistakes_of_all_files_are_told_at_once(tmp_path):
    found = find_problems(tmp_path, "teams: {t: [eve]}\nroutes: [{policy: p}]\n", "site_nme: x\n")
    assert [line.split(": ")[1] for line in found] == ["site_nme", "teams.t[0]", "routes[0].policy"]


def test_a_later_route_is_asked_behind_one_that_goes_on(tmp_path):
    text = BASE.replace("routes: [{policy: p}]", "routes: [{policy: p, continue: true}, {policy: p}]")
    assert load(tmp_path, text).oncall.routes[0].go_on is True


def test_overrides_that_take_the_place_of_different_people_may_overlap(tmp_path):
    span = "from: 2026-03-01 08:00, to: 2026-03-02 08:00"
    text = override(f"{{person: li, {span}, instead_of: ana}}, {{person: ana, {span}, instead_of: li}}")
    assert len(load(tmp_path, text).oncall.schedules["n"].overrides) == 2


def test_alerts_and_people_that_nothing_reaches_are_doubts(tmp_path):
    assert find_doubts(OncallSettings()) == []
    assert find_doubts(load(tmp_path).oncall) == [
        "people.li: has no contacts, so messages do not reach this person"
    ]
    text = BASE.replace("routes: [{policy: p}]", "routes: [{policy: p, match: [severity=critical]}]")
    assert find_doubts(load(tmp_path, text).oncall)[0].startswith("routes: alerts that meet no route")


def test_changes_are_told_by_key_without_secrets(tmp_path):
    old = load(tmp_path).oncall
    text = BASE.replace("hush-hush", "other-secret").replace("address: ana", "address: ana2")
    new = load(tmp_path, text.replace("[ana, li], starts", "[li, ana], starts")).oncall
    told: list[Any] = [str(change) for change in diff_oncall(old, new)]
    assert told == [
        "oncall.channels.ops.secret: (changed)",
        "oncall.people.ana.contacts[0].address: ana → ana2",
        "oncall.schedules.net.rotations[0].people: [ana, li] → [li, ana]",
    ]


WORDS = [
    "ana",
    "net",
    "p",
    "schedule:net",
    "2026-01-05",
    "2026-01-05 08:00",
    "09:00",
    "a=b",
    "weekly",
    "FREQ=DAILY",
]
KEYS = sorted(
    {
        key
        for part in (
            OncallSettings,
            PersonSettings,
            QuietHours,
            RotationSettings,
            OverrideSettings,
            StepSettings,
            RouteSettings,
            MaintenanceSettings,
        )
        for key in part._fields_by_key()
    }
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "ana"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(OncallSettings.model_fields)), VALUES))
def test_whatever_stands_in_the_file_it_loads_or_is_refused_in_words(tmp_path_factory, oncall):
    problems: tuple[Problem, ...] = ()
    try:
        make_plan(load(tmp_path_factory.getbasetemp(), json.dumps(oncall)).oncall)
    except SettingsErrors as errors:
        problems = errors.problems
    assert all(problem.message and problem.line > 0 for problem in problems)
    assert "has a value that is not allowed here" not in {problem.message for problem in problems}
