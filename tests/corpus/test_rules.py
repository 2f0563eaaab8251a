"""The rules of docs/corpus.md, on facts that are written here."""

from typing import Any

import pytest

from bench.corpus.allowed import PAGE, find_entry, find_stale, read_entries
from bench.corpus.compare import Fact, compare
from bench.corpus.recorded import Recorded
from bench.corpus.run import LISTS
from bench.corpus.scores import BARS, Outcome, find_failures, score

SENSOR_OID = "1.3.6.1.4.1.32473.1"


def poll(**subjects: Any) -> dict[str, Any]:
    device = {"model": None, "os_version": None, "serial": None, **subjects.pop("device", {})}
    return {"device": device, **{name: [] for name in LISTS}, "errors": [], **subjects}


def recorded(*oids: str, text: str = "") -> Recorded:
    return Recorded(frozenset(oids), text)


def sensor(kind: str, value: float, **more: Any) -> dict[str, Any]:
    return {"class": kind, "descr": "inlet", "value": value, "oid": f".{SENSOR_OID}", **more}


def ours(kind: str, value: float | None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": "inlet", "value": value, "state": None, "level": None, "limits": {}, **more}


def held(
    expected: dict[str, Any], output: dict[str, Any], *oids: str, text: str = ""
) -> dict[str, list[bool]]:
    """Compare, and give for each subject which facts were read."""
    found: dict[str, list[bool]] = {}
    for fact in compare(expected, output, recorded(*oids, text=text)):
        found.setdefault(fact.subject, []).append(fact.held)
    return found


@pytest.mark.parametrize(
    ("theirs", "mine", "is_read"),
    [
        (sensor("temperature", 21), ours("temperature", 21.1), True),
        (sensor("temperature", 21), ours("temperature", 21.3), False),
        (sensor("temperature", 21), ours("humidity", 21), False),
        (sensor("voltage", 400), ours("voltage", 403.9), True),
        (sensor("runtime", 30), ours("runtime", 1800), True),
        (sensor("runtime", 30), ours("runtime", 30), False),
        (sensor("power", 500), ours("apparent_power", 500), True),
        (sensor("temperature", 21), ours("temperature", None), False),
    ],
)
def test_a_sensor_is_read_when_kind_and_value_agree(theirs, mine, is_read):
    assert held({"sensors": [theirs]}, poll(sensors=[mine]), SENSOR_OID)["sensors"] == [is_read]


def test_a_sensor_whose_oid_is_not_recorded_is_no_fact():
    assert held({"sensors": [sensor("temperature", 0)]}, poll()) == {}


def test_one_sensor_stands_for_one_only():
    expected = {"sensors": [sensor("temperature", 21), sensor("temperature", 21)]}
    assert held(expected, poll(sensors=[ours("temperature", 21)]), SENSOR_OID)["sensors"] == [True, False]


@pytest.mark.parametrize(
    ("mine", "sensors", "levels"),
    [
        (ours("state", 2, state="failed", level="critical"), [True], [True]),
        (ours("state", 2, state="Failed", level="warning"), [True], [False]),
        (ours("state", 2, state="broken", level="critical"), [True], [True]),
        (ours("state", 2, state="broken", level="ok"), [False], [False]),
        (ours("count", 2), [False], [False]),
    ],
)
def test_a_state_is_read_by_its_text_and_judged_by_its_level(mine, sensors, levels):
    theirs = sensor("state", 2, state="failed", level="critical")
    found = held({"sensors": [theirs]}, poll(sensors=[mine]), SENSOR_OID)
    assert (found["sensors"], found["levels"]) == (sensors, levels)


def test_limits_of_the_device_count_and_made_up_ones_must_not_be_ours():
    limits = {"high": 40.0, "low": 10.0}
    given = sensor("temperature", 20, limits=limits)
    mine = ours("temperature", 20, limits={"high": 40, "low": None})
    assert held({"sensors": [given]}, poll(sensors=[mine]), SENSOR_OID)["limits"] == [True, False]
    made_up = {**given, "limits_probably_guessed": ["high", "low"]}
    found = held({"sensors": [made_up]}, poll(sensors=[mine]), SENSOR_OID)
    assert "limits" not in found
    assert found["invented"] == [False]


def test_a_sensor_told_twice_is_a_duplicate_unless_there_are_two():
    twice = poll(sensors=[ours("temperature", 21), ours("temperature", 35)])
    one, two = sensor("temperature", 21), sensor("temperature", 35)
    assert held({"sensors": [one]}, twice, SENSOR_OID)["duplicates"] == [False]
    assert "duplicates" not in held({"sensors": [one, two]}, twice, SENSOR_OID)


@pytest.mark.parametrize(
    ("model", "is_read"),
    [("AP4423 R01", True), ("AP4423", True), ("ap4423  r01", True), (None, False), ("A", False)],
)
def test_identity_agrees_where_either_text_holds_the_other(model, is_read):
    expected = {"device": {"hardware": "AP4423 R01", "serial": "looked up elsewhere"}}
    assert held(expected, poll(device={"model": model}))["identity"] == [is_read]


def test_a_serial_counts_where_the_recording_holds_it():
    expected = {"device": {"serial": "ZA1234"}, "entPhysical": [{"entPhysicalSerialNum": "ZA1234"}]}
    output = poll(device={"serial": "ZA1234"}, components=[{"serial": "za1234"}])
    assert held(expected, output, text="… za1234 …") == {"identity": [True], "serials": [True]}


def test_interfaces_agree_by_name_states_and_speed():
    entry = "1.3.6.1.2.1.2.2.1"
    port = {"ifIndex": 3, "ifName": "gi3", "ifDescr": "GigabitEthernet3", "ifAdminStatus": "up"}
    port |= {"ifOperStatus": "lowerLayerDown", "ifSpeed": 1_000_000_000}
    mine = {"if_index": 3, "name": "", "description": "GigabitEthernet3", "admin_status": "up"}
    mine |= {"oper_status": "lower_layer_down", "speed_bps": 1_000_000_000}
    oids = [f"{entry}.{column}.3" for column in (2, 5, 7, 8)]
    assert held({"ports": [port]}, poll(interfaces=[mine]), *oids)["interfaces"] == [True] * 4
    assert held({"ports": [port]}, poll(), *oids)["interfaces"] == [False] * 4


def test_memory_and_storage_agree_by_size_and_use():
    pool = {"mempool_descr": "RAM", "mempool_total": 1000, "mempool_perc": 40}
    mine = {"name": "RAM", "total_bytes": 1004, "used_bytes": 400, "used_percent": None}
    assert held({"mempools": [pool]}, poll(memory=[mine]))["memory"] == [True, True]
    assert held({"mempools": [pool]}, poll(memory=[{**mine, "used_bytes": 600}]))["memory"] == [True, False]
    assert held({"mempools": [pool]}, poll(memory=[{**mine, "total_bytes": 2000}]))["memory"] == [
        False,
        False,
    ]


def test_the_rest_agrees_by_what_identifies_it():
    expected = {
        "processors": [{"processor_descr": "CPU", "processor_usage": 7, "processor_oid": f".{SENSOR_OID}"}],
        "printer_supplies": [
            {
                "supply_descr": "Waste",
                "supply_type": "wasteToner",
                "supply_current": 90,
                "supply_oid": SENSOR_OID,
            }
        ],
        "vlans": [{"vlan_vlan": 10, "vlan_name": "office"}, {"vlan_vlan": 11}],
        "links": [{"protocol": "lldp", "remote_hostname": "core-1", "remote_port": "gi1"}],
        "ipv4_addresses": [{"ipv4_address": "10.0.0.1"}, {"ipv4_address": "10.0.0.9"}],
    }
    output = poll(
        processors=[{"name": "CPU 1", "load_percent": 7.4}],
        supplies=[{"name": "Waste", "level_percent": 10}],
        vlans=[{"id": 10}],
        neighbours=[{"remote_device": "core-1.example.net"}],
        addresses=[{"address": "10.0.0.1", "if_index": 10}],
    )
    oids = (SENSOR_OID, "1.3.6.1.2.1.4.20.1.1.10.0.0.1")
    assert held(expected, output, *oids, text="core-1") == {
        "processors": [True],
        "supplies": [True],
        "vlans": [True, False],
        "neighbours": [True],
        "addresses": [True],
    }


# --- the list of what we are right in


TABLE = """
## Where we are right

| Recording | Subject | Fact | Why |
|---|---|---|---|
| `ups_*` | sensors | `charge \\| *` | because |

## After it
| not | part | of | it |
"""


def outcome(name: str, *facts: Fact) -> Outcome:
    return Outcome(name, (5, 2), 0.1, counts=None, device={}, facts=list(facts), is_compared=True)  # type: ignore[arg-type] # not looked at


def test_a_listed_disagreement_counts_neither_way():
    entries = read_entries(TABLE)
    scored = score(outcome("ups_1", Fact("sensors", "charge | 100", held=False)), entries)
    assert (scored.misses, scored.scores) == ([], {})
    assert [entry.reason for _fact, entry in scored.allowed] == ["because"]


@pytest.mark.parametrize(
    ("name", "subject", "words"),
    [("pdu", "sensors", "charge | 1"), ("ups_1", "levels", "charge | 1"), ("ups_1", "sensors", "charge")],
)
def test_a_list_covers_only_what_it_names(name, subject, words):
    assert find_entry(read_entries(TABLE), name, Fact(subject, words, held=False)) is None


def test_an_entry_that_covers_nothing_is_stale_if_its_recording_was_polled():
    entries = read_entries(TABLE)
    assert find_stale(entries, ["pdu"]) == []
    assert find_stale(entries, ["ups_1"]) == entries


@pytest.mark.parametrize("row", ["| a | b | c |", "| a | b | c |  |"])
def test_an_entry_without_a_reason_is_refused(row):
    with pytest.raises(ValueError, match="needs recording, subject, fact and reason"):
        read_entries(TABLE.replace("\n\n## After", f"\n{row}\n\n## After"))


def test_the_page_itself_can_be_read():
    assert all(entry.reason for entry in read_entries(PAGE.read_text(encoding="utf-8")))


# --- the bars


def test_bars_are_those_of_the_page():
    text = PAGE.read_text(encoding="utf-8").partition("## The bars")[2].partition("\n## ")[0]
    told = {
        subject.strip(): float(cells[2].strip().removesuffix("%")) / 100
        for cells in (line.split("|") for line in text.splitlines() if "%" in line)
        for subject in cells[1].split(",")
    }
    assert told == BARS


def test_what_is_below_a_bar_and_what_must_not_be_are_failures():
    facts = [Fact("sensors", str(number), held=number > 3) for number in range(100)]
    scored = score(outcome("a", *facts, Fact("errors", "interfaces: …", held=False)), [])
    assert find_failures([scored]) == ["sensors: 0.960, the bar is 0.98", "errors: 1, there must be none"]
    assert find_failures([score(outcome("a", *facts[4:]), [])]) == []
