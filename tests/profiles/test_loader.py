import textwrap
from pathlib import Path

import pytest

from netops.profiles import loader
from netops.profiles.format import ProfileFile
from netops.profiles.loader import SHIPPED, check_files, load_profiles
from netops.profiles.profile import SensorFact
from netops.profiles.reference import make_reference, make_schema

ALL = load_profiles()
PDU = """
description: Example strips.
extends: [generic]
match:
  - object_id: 1.3.6.1.4.1.99999.4
scalars:
  firmware: 1.3.6.1.4.1.99999.4.1.2.0
identity:
  vendor: "'Example'"
  os_version: firmware
states:
  switch:
    ok: {1: "on"}
    warning: {2: "off"}
tables:
  example_outlet:
    columns:
      label: 1.3.6.1.4.1.99999.4.3.1.2
      state: {oid: 1.3.6.1.4.1.99999.4.3.1.7, invalid: [0]}
    sensors:
      state: {kind: state, name: "Outlet {index}: {label}", value: state, states: switch}
"""


def write(folder, name, text):
    path = folder / f"{name}.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def complain(folder, text, name="mine"):
    problems = []
    path = write(folder, name, text)
    check_files([path], ALL, problems)
    return [str(problem).removeprefix(str(path)) for problem in problems]


@pytest.mark.parametrize("name", ALL.names)
def test_every_shipped_profile_is_sound(name):
    problems = []
    source = ALL.find(name)
    check_files([source.path], ALL, problems)
    assert problems == []
    assert source.path.is_relative_to(SHIPPED)
    ALL.get(name)


def test_no_shipped_profile_tells_one_reading_as_several_kinds():
    """Two sensors of one value need a condition: a humidity told as a temperature is a false alarm."""
    doubled = [
        (name, table, value)
        for name in ALL.names
        for table, rows in ALL.chain(ALL.find(name))[-1].tables.items()
        for value, sensors in _by_value(rows.sensors.values()).items()
        if sum(sensor.where is None for sensor in sensors) > 1
        and len({sensor.kind for sensor in sensors}) > 1
    ]
    assert doubled == []


def _by_value(sensors):
    found = {}
    for sensor in sensors:
        found.setdefault(str(sensor.value), []).append(sensor)
    return found


def test_file_names_of_shipped_profiles_are_unique():
    names = [path.stem for path in SHIPPED.rglob("*.yaml")]
    assert len(names) == len(set(names))


def test_a_users_profile_is_read_and_compiled(tmp_path):
    write(tmp_path, "mine", PDU)
    problems = []
    profiles = load_profiles(tmp_path, problems)
    assert problems == []
    profile = profiles.get("mine")
    assert "entity_sensor" in profile.tables
    (fact,) = profile.tables["example_outlet"].facts["sensors"]
    assert isinstance(fact, SensorFact)
    assert fact.id == "example_outlet.state"
    assert [(raw, state.text, state.level) for raw, state in fact.states.items()] == [
        ("1", "on", "ok"),
        ("2", "off", "warning"),
    ]
    assert [rule.profile for rule in profiles.matcher.candidates("1.3.6.1.4.1.99999.4.7", "")] == ["mine"]


def test_a_users_profile_takes_the_place_of_ours_and_may_extend_it(tmp_path):
    write(tmp_path, "ups-mib", "description: Mine.\nextends: [ups-mib]\nstates: {extra: {ok: {1: fine}}}\n")
    profiles = load_profiles(tmp_path)
    chain = profiles.chain(profiles.find("ups-mib"))
    assert [part.description == "Mine." for part in chain] == [False, True]


def test_profiles_that_extend_each_other_end(tmp_path):
    write(tmp_path, "one", "description: One.\nextends: [two]\n")
    write(tmp_path, "two", "description: Two.\nextends: [one]\n")
    profiles = load_profiles(tmp_path)
    assert profiles.get("one").name == "one"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            ("switch}", "swich}"),
            ':21:83: tables.example_outlet.sensors.state.states: there is no map of states "swich"',
        ),
        (("kind: state", "kind: fans"), "belongs to a state only"),
        (("value: state,", "value: stat,"), 'there is no column or scalar "stat"; did you mean "state"?'),
        (("value: state,", "value: open('x'),"), "there is no function open"),
        (("{label}", "{label"), "a { is not closed"),
        (("[generic]", "[generik]"), 'there is no profile "generik"; did you mean "generic"?'),
        (("scalars:", "scalar:"), 'scalar: unknown key; did you mean "scalars"?'),
        (("1.3.6.1.4.1.99999.4.1.2.0", "IF-MIB::ifName"), "scalars.firmware.oid: is no object identifier"),
        (("description: Example strips.", ""), "description: is missing"),
        (("tables:", "without: [nothing]\ntables:"), 'there is no table "nothing"'),
        (("  - object_id: 1.3.6.1.4.1.99999.4", "  - {}"), "has no condition"),
        (('name: "Outlet', 'limits: {hi: 1}, name: "Outlet'), "limits.hi: unknown key"),
        (("os_version: firmware", "os_version: search('(', firmware)"), ""),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(tmp_path, change, complaint):
    old, new = change
    assert old in PDU
    found = complain(tmp_path, PDU.replace(old, new))
    if complaint:
        assert any(complaint in text for text in found), found
        assert len(found) == (2 if "kind" in new else 1)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    write(tmp_path, "one", PDU.replace("kind: state", "kind: x"))
    write(tmp_path, "two", "- list\n")
    problems = []
    profiles = load_profiles(tmp_path, problems)
    assert len({problem.file for problem in problems}) == 2
    assert profiles.users == {}


def test_a_file_that_broke_leaves_its_last_good_reading_in_force(tmp_path):
    path = write(tmp_path, "mine", PDU)
    before = load_profiles(tmp_path)
    path.write_text("description: [", encoding="utf-8")
    problems = []
    after = load_profiles(tmp_path, problems, before=before)
    assert after is before
    assert len(problems) == 1
    path.unlink()
    assert load_profiles(tmp_path, before=before).users == {}


def test_nothing_new_keeps_the_very_same_profiles(tmp_path):
    """Else every device of the fleet would be matched and surveyed anew at each reload."""
    write(tmp_path, "mine", PDU)
    before = load_profiles(tmp_path)
    assert load_profiles(tmp_path, before=before) is before
    write(tmp_path, "mine", PDU.replace("Example strips", "Other strips"))
    assert load_profiles(tmp_path, before=before) is not before


def test_what_was_read_is_kept_and_read_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fresh = load_profiles()
    (cached,) = (tmp_path / "netops").glob("profiles-*.json")
    monkeypatch.setattr(loader, "read_document", lambda *_: pytest.fail("read although it was kept"))
    assert load_profiles().names == fresh.names
    assert cached.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoil", ["garbage", "list", "writable"])
def test_a_cache_that_cannot_be_trusted_is_not_used(tmp_path, monkeypatch, spoil):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    names = load_profiles().names
    (cached,) = (tmp_path / "netops").glob("profiles-*.json")
    if spoil == "writable":
        cached.write_text("{}", encoding="utf-8")
        cached.chmod(0o666)
    else:
        cached.write_text({"garbage": "{", "list": "[]"}[spoil], encoding="utf-8")
    assert load_profiles().names == names


def test_no_place_for_a_cache_is_no_fault(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_profiles().names == ALL.names


def test_description_of_every_key_is_there():
    for model in (ProfileFile, *(part for part in vars(loader).values() if isinstance(part, type))):
        if hasattr(model, "model_fields"):
            assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize(
    ("path", "make"),
    [("docs/profile-reference.md", make_reference), ("docs/schema/profile.schema.json", make_schema)],
)
def test_what_is_made_from_the_models_is_up_to_date(path, make):
    assert (Path(__file__).parents[2] / path).read_text(encoding="utf-8") == make()


def test_a_component_keeps_the_class_it_is_given():
    told = {
        "columns": {"serial": "1.3.6.1.4.1.99999.4.1"},
        "components": [{"name": "PSU", "class": "powerSupply"}],
    }
    part = ProfileFile.model_validate({"description": "Example.", "tables": {"supply": told}})
    assert part.tables["supply"].components[0].kind == "powerSupply"
