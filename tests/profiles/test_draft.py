"""Drafts: what they guess, and that anything a device may show gives YAML that loads."""

import re

import pytest

from netops.profiles.draft import Walk, draft_profile
from netops.profiles.draft_guesses import guess_columns, name_variable
from netops.profiles.draft_tables import Cell, Group
from netops.profiles.loader import check_files, load_profiles
from netops.snmp.types import Tag

BASE = (1, 3, 6, 1, 4, 1, 32473)
DOTTED = "1.3.6.1.4.1.32473"
PROFILES = load_profiles()


def check(folder, draft):
    """Give what is wrong with a draft as it is, and with its guesses taken."""
    problems = []
    for text in (draft, re.sub(r"^(\s*)#(?=\S)", r"\1", draft, flags=re.MULTILINE)):
        path = folder / "drafted.yaml"
        path.write_text(text, encoding="utf-8")
        check_files([path], PROFILES, problems)
    return list(map(str, problems))


def column(tag, *values):
    return {(row,): Cell(tag, value) for row, value in enumerate(values, 1)}


def guess(columns, names=None, labels=None):
    group = Group((*BASE, 3, 1), columns)
    return {each.oid[-1]: each for each in guess_columns(group, names or {}, labels or {})}


def test_the_text_that_tells_most_rows_apart_names_them():
    found = guess({2: column(Tag.OCTET_STRING, "x", "x", "x"), 3: column(Tag.OCTET_STRING, "a", "b", "c")})
    assert [found[arc].role for arc in (2, 3)] == ["text", "name"]


def test_a_column_that_repeats_the_index_is_no_value():
    found = guess({1: column(Tag.INTEGER, 1, 2, 3), 2: column(Tag.GAUGE32, 1, 2, 90)})
    assert [found[arc].role for arc in (1, 2)] == ["other", "value"]


@pytest.mark.parametrize(
    "texts", [("21.5", "-3"), ("21.5 C", "22.0 C"), ("98 %", "7%"), ("230,1 V", "229 V")]
)
def test_numbers_written_as_text_are_values(texts):
    found = guess({2: column(Tag.OCTET_STRING, *texts)})
    assert (found[2].role, found[2].is_written) == ("value", True)


@pytest.mark.parametrize("tag", [Tag.COUNTER32, Tag.COUNTER64, Tag.TIME_TICKS, Tag.IP_ADDRESS])
def test_counters_and_times_are_no_sensors(tag):
    value = "10.0.0.1" if tag == Tag.IP_ADDRESS else 500
    assert guess({2: column(tag, value, value)})[2].role == "other"


def test_names_of_a_mib_tell_what_is_measured():
    found = guess(
        {2: column(Tag.INTEGER, 1, 1), 3: column(Tag.INTEGER, 210, 225), 4: column(Tag.INTEGER, 300, 2)},
        {2: "fanStatus", 3: "sensorTemperature", 4: "upsInputVoltage"},
    )
    assert found[2].role == "state"
    assert [found[arc].kind.value for arc in (3, 4)] == ["temperature", "voltage"]


def test_rows_names_tell_what_a_lone_value_is():
    found = guess({2: column(Tag.OCTET_STRING, "Room temp", "Rack temp"), 3: column(Tag.INTEGER, 210, 225)})
    assert found[3].kind.value == "temperature"


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("upsInputVoltage", "ups_input_voltage"),
        ("index", "index_2"),
        ("if", "if_2"),
        ("max", "max_2"),
        ("9lives", "c9lives"),
        ("雪", "c"),
        ("x" * 80, "x" * 48),
    ],
)
def test_variables_are_what_expressions_take(name, variable):
    assert name_variable(name, set()) == variable


def test_variables_stay_apart():
    taken: set[str] = set()
    assert [name_variable("x" * 60, taken) for _time in range(3)] == [
        "x" * 48,
        "x" * 44 + "_2",
        "x" * 44 + "_3",
    ]


HOSTILE = [
    "",
    " ",
    "# no comment",
    "quote \" and ' and \\ and {brace} and }",
    "line\nbreak: and\ttab",
    "\x00\x1b[31mred",
    "\x85\u2028\u2029\ufeff\ud7ff",
    "温度传感器" * 30,
    "*.[](){}^$+?|",
    "- item: {a: [b",
    "%s %(x)s",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("object_id", [f"{DOTTED}.4", "1.3.6.1.4.1.8072.3.2.10", "0.0", "", DOTTED])
def test_whatever_a_device_says_the_draft_loads(tmp_path, text, object_id):
    variables = {
        (*BASE, 1, 1, 0): Cell(Tag.OCTET_STRING, text),
        (*BASE, 1, 2, 0): Cell(Tag.OCTET_STRING, text + "1.2.3"),
        **{(*BASE, 3, 1, 2, row): Cell(Tag.OCTET_STRING, f"{text}{row}") for row in range(3)},
        **{(*BASE, 3, 1, 3, row): Cell(Tag.OCTET_STRING, b"\xff\x00\n#") for row in range(3)},
        **{(*BASE, 3, 1, 4, row): Cell(Tag.INTEGER, -(2**63)) for row in range(3)},
        **{(*BASE, 3, 1, 5, row): Cell(Tag.OPAQUE, float("nan")) for row in range(3)},
        **{(*BASE, 3, 1, 6, row): Cell(Tag.INTEGER, row + 2) for row in range(3)},
    }
    draft = draft_profile(Walk(object_id, text, variables))
    assert check(tmp_path, draft) == []
    assert "\x1b" not in draft


def test_a_device_without_anything_of_its_own_gives_a_draft_that_loads(tmp_path):
    draft = draft_profile(Walk("", "", {(1, 3, 6, 1, 2, 1, 1, 5, 0): Cell(Tag.OCTET_STRING, "x")}))
    assert check(tmp_path, draft) == []
    assert "match" not in [line.partition(":")[0] for line in draft.splitlines()]


def test_a_common_agent_needs_more_than_its_object_id(tmp_path):
    draft = draft_profile(
        Walk("1.3.6.1.4.1.8072.3.2.10", "Acme Sensor 5", {(*BASE, 1, 1, 0): Cell(Tag.INTEGER, 900)})
    )
    assert "    description: '^Acme Sensor 5'\n" in draft
    assert f"    #probe: {{oid: {DOTTED}.1.1}}\n" in draft
    assert check(tmp_path, draft) == []


def test_the_agents_own_tables_are_left_out_beside_a_makers():
    net_snmp = {(1, 3, 6, 1, 4, 1, 2021, 4, 1, 0): Cell(Tag.INTEGER, 1)}
    draft = draft_profile(Walk(f"{DOTTED}.4", "x", net_snmp))
    assert "2021" not in draft
    assert "# 1 variable of the SNMP agent's own maker is left out." in draft


def test_columns_that_are_read_already_are_left_out(tmp_path):
    variables = {(*BASE, 3, 1, arc, 1): Cell(Tag.INTEGER, 900) for arc in (2, 3)}
    draft = draft_profile(Walk(f"{DOTTED}.4", "x", variables), extends="ups-mib", known={(*BASE, 3, 1, 2)})
    assert "extends: [ups-mib]" in draft
    assert "c3:" in draft
    assert "c2:" not in draft
    assert check(tmp_path, draft) == []
