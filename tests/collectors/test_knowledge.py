"""What a profile knows to ask, on devices made of values."""

import textwrap
from datetime import timedelta

import pytest

from collectors.switch import Switch, interface
from netops.collectors import COLLECTORS, Visit, read_device
from netops.collectors.survey import decide_limits
from netops.collectors.survey_report import SurveyReport
from netops.errors import ErrorStatus, NoAnswer
from netops.model.reading import PollResult, ProcessorReading, SpaceReading
from netops.model.supply import SupplyReading
from netops.profiles.loader import load_profiles
from netops.snmp.types import Oid

PDU = "1.3.6.1.4.1.99999.4"
OUTLET = f"{PDU}.3.1"
PROFILE = f"""
description: Example strips.
match:
  - object_id: {PDU}
scalars:
  firmware: {PDU}.1.2.0
  factor: {PDU}.1.3.0
identity:
  vendor: "'Example'"
  model:
    - search('Model (\\S+)', descr)
    - chassis_model
  os_version: firmware
  serial: chassis_serial
states:
  switch:
    ok: {{1: "on"}}
    critical: {{2: "off"}}
tables:
  outlet:
    columns:
      label: {OUTLET}.2
      amps: {{oid: {OUTLET}.5, invalid: [-1]}}
      limit: {{oid: {OUTLET}.6, steady: true}}
      state: {OUTLET}.7
      group: {OUTLET}.8
      group_name: {{oid: {PDU}.9.1.2, index: group}}
    where: label != 'unused'
    sensors:
      current: {{kind: current, name: "Outlet {{label}}", value: amps / factor, limits: {{high: limit / 100, low: 1}}}}
      state: {{kind: state, name: "{{group_name}} {{label}}", value: state, states: switch}}
  alarms:
    columns:
      word: {PDU}.5.1
    sensors:
      alarms:
        kind: state
        name: Alarms
        value: flags(word)
        states: {{warning: {{1: hot}}, critical: {{3: smoke}}}}
        no_flag: none
  cpu:
    columns: {{load: {PDU}.6.1}}
    processors:
      - {{name: "CPU {{index}}", load: load}}
  ram:
    columns: {{used: {PDU}.6.2, size: {PDU}.6.3, share: {PDU}.6.4}}
    memory:
      - {{name: RAM, total: size * 1024, used: used * 1024}}
    storage:
      - {{name: Flash, percent: share}}
  toner:
    columns: {{level: {PDU}.7.1, name_: {PDU}.7.2}}
    supplies:
      - {{name: "{{name_}}", kind: "'toner'", level: level if level >= 0 else None, state: "'low' if level < 10 else None"}}
  blade:
    columns: {{serial: {PDU}.8.1}}
    components:
      - {{name: "Blade {{index}}", class: module, serial: serial}}
"""


def values(**changes):
    found = {
        "1.3.6.1.2.1.1.2.0": Oid.parse(f"{PDU}.1"),
        "1.3.6.1.2.1.1.1.0": b"Strip Model X7 of 2026",
        "1.3.6.1.2.1.47.1.1.1.1.5.1": 3,
        "1.3.6.1.2.1.47.1.1.1.1.11.1": b"SN-1 ",
        f"{PDU}.1.2.0": b"v1.2",
        f"{PDU}.1.3.0": 100,
        f"{PDU}.5.1.0": b"000",
        f"{PDU}.6.1.0": 12,
        f"{PDU}.6.2.0": 25,
        f"{PDU}.6.3.0": 100,
        f"{PDU}.6.4.0": 40,
        f"{PDU}.7.1.1": 55,
        f"{PDU}.7.2.1": b"Black",
        f"{PDU}.7.1.2": -2,
        f"{PDU}.7.2.2": b"Cyan",
        f"{PDU}.8.1.1": b"B-1",
        f"{PDU}.9.1.2.1": b"Bank",
    }
    for row in range(1, 8):
        found[f"{OUTLET}.2.{row}"] = f"row {row}".encode()
        found[f"{OUTLET}.5.{row}"] = 100 * row
        found[f"{OUTLET}.6.{row}"] = 1600
        found[f"{OUTLET}.7.{row}"] = 1
        found[f"{OUTLET}.8.{row}"] = 1
    found[f"{OUTLET}.2.7"] = b"unused"
    return found | changes


class Strip:
    """A device of the profile above, polled every minute."""

    def __init__(self, folder, profile=PROFILE, **changes):
        (folder / "example-strip.yaml").write_text(textwrap.dedent(profile), encoding="utf-8")
        problems = []
        self.profiles = load_profiles(folder, problems)
        assert problems == []
        self.switch = Switch(values(**changes))
        self.session = self.switch.session

    async def poll(self, seconds=60, **options):
        switch = self.switch
        switch.clock.wind(seconds)
        result = PollResult("strip", switch.clock.now())
        visit = Visit(switch.memory, switch.clock, result, profiles=self.profiles, **options)
        self.session.asked.clear()
        return await read_device(self.session, visit, COLLECTORS)


def sensors(result):
    return {sensor.key: sensor.state or sensor.value for sensor in result.sensors}


@pytest.fixture
def strip(tmp_path):
    return Strip(tmp_path)


async def test_a_device_is_known_and_its_tables_are_read(strip):
    result = await strip.poll()
    assert result.errors == []
    identity = result.identity
    assert (identity.profile, identity.vendor, identity.model) == ("example-strip", "Example", "X7")
    assert (identity.os_version, identity.serial) == ("v1.2", "SN-1")
    assert sensors(result)["outlet.current/3"] == 3.0
    assert sensors(result)["outlet.state/3"] == "on"
    assert "outlet.current/7" not in sensors(result)  # left out by where
    by_key = {sensor.key: sensor for sensor in result.sensors}
    current, state = by_key["outlet.current/1"], by_key["outlet.state/1"]
    assert (current.name, current.unit, current.limits.high, current.limits.low) == (
        "Outlet row 1",
        "A",
        16,
        1,
    )
    assert current.limits_from == "device"
    assert (state.name, state.level, state.value) == ("Bank row 1", "ok", 1)
    assert result.processors == [ProcessorReading("CPU 0", 12.0)]
    assert result.memory == [SpaceReading("RAM", 102_400, 25_600, 25.0)]
    assert result.storage == [SpaceReading("Flash", 0, 0, 40.0)]
    assert result.supplies == [
        SupplyReading("Black", "toner", 55, ""),
        SupplyReading("Cyan", "toner", None, "low"),
    ]
    assert [
        (component.name, component.serial) for component in result.components if component.serial == "B-1"
    ]


async def test_the_second_poll_asks_only_what_moves(strip):
    await strip.poll()
    strip.session.set(
        {f"{OUTLET}.5.2": 4242, f"{OUTLET}.7.2": 2, f"{OUTLET}.6.2": 1, f"{OUTLET}.2.2": b"other"}
    )
    result = await strip.poll()
    assert sensors(result)["outlet.current/2"] == 42.42
    assert {sensor.key: sensor.level for sensor in result.sensors}["outlet.state/2"] == "critical"
    steady = (f"{OUTLET}.6", f"{OUTLET}.2", f"{PDU}.9.1.2", f"{PDU}.1.2")
    assert not [oid for oid in strip.session.asked if oid.startswith(steady)]


async def test_what_comes_later_is_found_by_the_next_survey(strip):
    await strip.poll()
    strip.session.set({f"{OUTLET}.2.9": b"row 9", f"{OUTLET}.5.9": 900})
    assert "outlet.current/9" not in sensors(await strip.poll())
    assert sensors(await strip.poll(15 * 60))["outlet.current/9"] == 9.0


async def test_a_restart_of_the_device_is_surveyed_at_once(strip):
    await strip.poll()
    strip.session.set({f"{OUTLET}.2.9": b"row 9", f"{OUTLET}.5.9": 900, "1.3.6.1.2.1.1.3.0": 100})
    assert sensors(await strip.poll())["outlet.current/9"] == 9.0


async def test_a_row_that_vanishes_takes_its_sensors_along_and_leaves_the_others(strip):
    await strip.poll()
    for column in range(2, 9):
        strip.session.drop(f"{OUTLET}.{column}.4")
    result = await strip.poll()
    assert "outlet.current/4" not in sensors(result)
    assert sensors(result)["outlet.current/5"] == 5.0
    assert result.errors == []


@pytest.mark.parametrize("value", [-1, b"n/a", None, Oid.parse("1.3.6.1")])
async def test_a_value_that_stands_for_nothing_is_no_reading(tmp_path, value):
    strip = Strip(tmp_path, **{f"{OUTLET}.5.2": value})
    found = sensors(await strip.poll())
    assert "outlet.current/2" not in found
    assert found["outlet.current/3"] == 3.0


async def test_a_state_nobody_foresaw_is_shown_as_it_is(tmp_path):
    strip = Strip(tmp_path, **{f"{OUTLET}.7.2": 77})
    by_key = {sensor.key: sensor for sensor in (await strip.poll()).sensors}
    assert (by_key["outlet.state/2"].state, by_key["outlet.state/2"].level) == ("77", "unknown")


@pytest.mark.parametrize(
    ("word", "state", "level"),
    [
        (b"000", "none", "ok"),
        (b"101", "hot, smoke", "critical"),
        (b"100", "hot", "warning"),
        (b"010", "none", "ok"),
    ],
)
async def test_flags_are_all_told_and_the_worst_of_them_counts(tmp_path, word, state, level):
    strip = Strip(tmp_path, **{f"{PDU}.5.1.0": word})
    (alarms,) = [sensor for sensor in (await strip.poll()).sensors if sensor.key == "alarms.alarms/0"]
    assert (alarms.state, alarms.level) == (state, level)


async def test_a_column_that_upsets_the_agent_costs_its_own_facts_only(strip):
    await strip.poll()
    strip.session.faults[f"{OUTLET}.5"] = ErrorStatus("genErr", status=5, index=1)
    result = await strip.poll()
    assert "outlet.current/3" not in sensors(result)
    assert sensors(result)["outlet.state/3"] == "on"
    assert [error.subject for error in result.errors] == ["sensors"]


async def test_silence_in_mid_survey_leaves_what_was_read_before(strip):
    strip.session.faults[OUTLET] = NoAnswer("no answer")
    result = await strip.poll()
    assert result.interfaces is not None
    assert result.sensors is None
    assert [(error.subject, error.kind) for error in result.errors] == [("sensors", "timeout")]
    strip.session.faults.clear()
    assert sensors(await strip.poll())["outlet.current/3"] == 3.0


async def test_another_device_at_the_same_address_gets_its_own_profile(strip):
    await strip.poll()
    strip.session.set({"1.3.6.1.2.1.1.2.0": Oid.parse("1.3.6.1.4.1.4242"), "1.3.6.1.2.1.1.3.0": 10})
    result = await strip.poll()
    assert result.identity.profile == "generic"
    assert "outlet.current/3" not in sensors(result)


async def test_the_operator_may_choose_the_profile(strip):
    result = await strip.poll(wanted_profile="generic")
    assert result.identity.profile == "generic"


async def test_a_profile_that_is_no_more_does_not_make_every_poll_a_survey(strip):
    knowledge = strip.switch.memory.knowledge
    await strip.poll(wanted_profile="gone")
    surveyed_at = knowledge.surveyed_at
    assert surveyed_at is not None
    await strip.poll(wanted_profile="gone")
    assert knowledge.surveyed_at == surveyed_at


async def test_profile_limits_how_much_is_asked_at_once(tmp_path):
    strip = Strip(tmp_path, PROFILE + "quirks: {max_repetitions: 5, survey_every: 1h}\n")
    await strip.poll()
    assert strip.session.most_repetitions == 5
    strip.session.set({f"{OUTLET}.2.9": b"row 9", f"{OUTLET}.5.9": 900})
    assert "outlet.current/9" not in sensors(await strip.poll(16 * 60))
    assert "outlet.current/9" in sensors(await strip.poll(3600))


async def test_interfaces_that_the_profile_ignores_are_not_shown_and_have_no_traffic(tmp_path):
    strip = Strip(tmp_path, PROFILE + r"quirks: {ignore_interfaces: ['^lo', 'Null\d']}" + "\n")
    for if_index, name in enumerate(("eth0", "lo0", "VLAN-Null0", "silo"), 1):
        strip.session.set(interface(if_index, name))
    await strip.poll()
    for if_index in range(1, 5):
        strip.switch.count(if_index, in_octets=600)
    strip.switch.wind(60)
    result = await strip.poll(0)
    assert [reading.key for reading in result.interfaces] == ["eth0", "silo"]
    assert result.traffic.keys == ["eth0", "silo"]
    assert result.errors == []


async def test_a_nameless_interface_is_ignored_by_its_description(tmp_path):
    strip = Strip(tmp_path, PROFILE + "quirks: {ignore_interfaces: ['^Port 1$']}\n")
    for if_index in (1, 11):
        strip.session.set(interface(if_index, "", wide=False))
    assert [reading.key for reading in (await strip.poll()).interfaces] == ["Port 11"]


async def test_an_ignored_interface_is_still_found_by_its_number(tmp_path):
    strip = Strip(tmp_path, PROFILE + "quirks: {ignore_interfaces: ['']}\n")
    strip.session.set(interface(7, "eth0"))
    strip.session.set(
        {"1.3.6.1.2.1.4.20.1.2.192.0.2.1": 7, "1.3.6.1.2.1.4.20.1.1.192.0.2.1": bytes([192, 0, 2, 1])}
    )
    result = await strip.poll()
    assert result.interfaces == []
    assert [(address.address, address.if_index) for address in result.addresses] == [("192.0.2.1", 7)]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"low": 0, "high": 0}, {}),
        ({"low": 5, "high": 4, "high_warn": 3}, {"high_warn": 3}),
        ({"low_warn": 1, "high_warn": 1, "low": 0, "high": 2}, {"low": 0, "high": 2}),
        ({"low": 0, "high": 1}, {"low": 0, "high": 1}),
        ({"high": 0}, {"high": 0}),
    ],
)
def test_limits_that_leave_no_room_are_none(told, kept):
    limits = decide_limits(told)
    found = {bound: getattr(limits, bound) for bound in ("low", "low_warn", "high_warn", "high")}
    assert {bound: limit for bound, limit in found.items() if limit is not None} == kept


DOUBLES = """
description: Two tables that tell the same.
match: [{object_id: 1.3.6.1.4.1.99999.4}]
tables:
  general:
    priority: 20
    columns: {value: 1.3.6.1.4.1.99999.4.20.1}
    sensors:
      temperature: {kind: temperature, name: Inlet, value: value}
      other: {kind: temperature, name: Outlet, value: value}
  better:
    columns: {value: 1.3.6.1.4.1.99999.4.21.1}
    sensors:
      temperature: {kind: temperature, name: inlet, value: value / 10}
  replacing:
    columns: {value: 1.3.6.1.4.1.99999.4.22.1}
    instead_of: [replaced]
    sensors:
      fan: {kind: fan, name: "Fan", value: value}
  replaced:
    columns: {value: 1.3.6.1.4.1.99999.4.23.1}
    sensors:
      fan: {kind: fan, name: "Old fan", value: value}
"""


async def test_nothing_is_told_twice(tmp_path):
    rows = {f"{PDU}.20.1.0": 23, f"{PDU}.21.1.0": 231, f"{PDU}.23.1.0": 900}
    strip = Strip(tmp_path, DOUBLES, **rows)
    assert sensors(await strip.poll()) == {
        "general.other/0": 23,
        "better.temperature/0": 23.1,
        "replaced.fan/0": 900,
    }
    strip.session.set({f"{PDU}.22.1.1": 910, f"{PDU}.22.1.2": 920})
    result = await strip.poll(15 * 60)
    assert [(sensor.name, sensor.value) for sensor in result.sensors if sensor.kind == "fan"] == [
        ("Fan 1", 910),
        ("Fan 2", 920),
    ]


async def test_periods_of_the_settings_count(strip):
    result = await strip.poll(periods={"sensors": timedelta(minutes=10)})
    assert result.sensors
    assert (await strip.poll(periods={"sensors": timedelta(minutes=10)})).sensors is None


async def test_storage_of_a_profile_joins_the_standard_tables_where_it_says_so(tmp_path):
    hr = "1.3.6.1.2.1.25.2.3.1"
    disk = {f"{hr}.2.1": Oid.parse("1.3.6.1.2.1.25.2.1.4"), f"{hr}.3.1": b"/", f"{hr}.4.1": 1}
    disk |= {f"{hr}.5.1": 100, f"{hr}.6.1": 10}
    for text, names in (
        (PROFILE, ["Flash"]),
        (PROFILE.replace("  ram:\n", "  ram:\n    beside_standard: true\n"), ["/", "Flash"]),
    ):
        strip = Strip(tmp_path, text, **disk)
        assert [space.name for space in (await strip.poll()).storage] == names


async def test_a_witness_of_the_survey_is_told_what_was_left_out_and_why(tmp_path):
    rows = {
        f"{PDU}.20.1.0": 23,
        f"{PDU}.21.1.0": 231,
        f"{PDU}.22.1.1": 910,
        f"{PDU}.23.1.0": 900,
    }
    strip = Strip(tmp_path, DOUBLES, **rows)
    strip.switch.memory.knowledge.on_survey = report = SurveyReport()
    result = await strip.poll()
    told = {
        double.fact.key: (double.why, double.table) for table in report.tables for double in table.doubles
    }
    assert told == {
        "general.temperature/0": ("priority", "better"),
        "replaced.fan/0": ("instead_of", "replacing"),
    }
    kept = sum(count for table in report.tables for count in table.facts.values())
    assert kept == len(result.sensors)
    rows_of = {table.name: table.rows for table in report.tables}
    assert rows_of == {"general": 1, "better": 1, "replacing": 1, "replaced": 1}


async def test_another_profile_is_read_at_once_whatever_the_period(strip):
    periods = {"sensors": timedelta(minutes=10)}
    assert (await strip.poll(periods=periods)).sensors
    assert (await strip.poll(periods=periods, wanted_profile="generic")).sensors == []


PICKS = """
description: Scalars that are picked from columns, and a table that begins with row 0.
match:
  - object_id: 1.3.6.1.4.1.99999.4
scalars:
  kind_of: {oid: 1.3.6.1.4.1.99999.4.30.1.0, steady: true}
  type_name: {oid: 1.3.6.1.4.1.99999.4.30.2, index: kind_of}
  member_serial: {oid: 1.3.6.1.4.1.99999.4.30.3, index: "'first'"}
identity:
  model: type_name
  serial: member_serial
tables:
  fan:
    columns: {rpm: 1.3.6.1.4.1.99999.4.31.1}
    sensors:
      rpm: {kind: fan, name: "Fan {index}", value: rpm}
"""


async def test_a_scalar_is_picked_from_a_column_by_another_or_as_the_first_that_holds_something(tmp_path):
    cells = {f"{PDU}.30.1.0": 7, f"{PDU}.30.2.6": b"no", f"{PDU}.30.2.7": b"X7000"}
    strip = Strip(tmp_path, PICKS, **cells, **{f"{PDU}.30.3.1": b"", f"{PDU}.30.3.2": b"SN-2"})
    result = await strip.poll()
    assert (result.identity.model, result.identity.serial) == ("X7000", "SN-2")


async def test_a_pick_that_finds_nothing_is_nothing(tmp_path):
    strip = Strip(tmp_path, PICKS, **{f"{PDU}.30.1.0": 8, f"{PDU}.30.2.7": b"X7000", f"{PDU}.30.3.1": b""})
    result = await strip.poll()
    assert (result.identity.model, result.identity.serial) == ("", "")


async def test_a_table_may_begin_with_row_0(tmp_path):
    strip = Strip(tmp_path, PICKS, **{f"{PDU}.31.1.{row}": 900 + row for row in (0, 1, 2)})
    assert sensors(await strip.poll()) == {"fan.rpm/0": 900, "fan.rpm/1": 901, "fan.rpm/2": 902}
    assert sensors(await strip.poll()) == {"fan.rpm/0": 900, "fan.rpm/1": 901, "fan.rpm/2": 902}


PRODUCTS = """
description: Each product has its tables below a number of its own.
match:
  - object_id: 1.3.6.1.4.1.99999.*
scalars:
  model: "@.50.1.0"
identity: {model: model}
tables:
  fan:
    columns: {rpm: "@.51.1"}
    sensors:
      rpm: {kind: fan, name: "Fan {index}", value: rpm}
"""


async def test_tables_stand_below_the_number_of_each_product(tmp_path):
    cells = {f"{PDU}.50.1.0": b"X4", f"{PDU}.51.1.1": 900, "1.3.6.1.4.1.99999.5.51.1.1": 1}
    strip = Strip(tmp_path, PRODUCTS, **cells)
    result = await strip.poll()
    assert result.identity.model == "X4"
    assert sensors(result) == {"fan.rpm/1": 900}
