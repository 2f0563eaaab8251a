"""The rules by which a poll of a recording is held against another program's reading of it.

docs/corpus.md states them. A fact counts only when its OID, or its text, stands in the recording at all.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.corpus.pairs import (
    Row,
    alike,
    fit_sensor,
    letters,
    near,
    pair,
    sensor_value,
    texts_of,
    used_percent,
    within,
)
from bench.corpus.recorded import Recorded, plain

IF_ENTRY = "1.3.6.1.2.1.2.2.1"
IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1"
ADDRESS_TABLES = ("1.3.6.1.2.1.4.20.1.", "1.3.6.1.2.1.4.34.1.")
LIMITS = ("high", "high_warn", "low_warn", "low")


@dataclass(frozen=True)
class Fact:
    """One thing that the other program read, and whether we read it too."""

    subject: str
    words: str
    """What it is, without our value: the name under which docs/corpus.md may list it."""
    held: bool
    ours: str = ""


@dataclass
class Comparison:
    facts: list[Fact] = field(default_factory=list)

    def add(self, subject: str, words: str, held: object, ours: object = "") -> None:
        self.facts.append(Fact(subject, words, bool(held), "" if held or ours is None else str(ours)))


def compare(expected: dict[str, Any], output: dict[str, Any], recorded: Recorded) -> list[Fact]:
    """Hold one poll, as ``netops poll --json`` prints it, against the reading of its recording."""
    comparison = Comparison()
    _identity(comparison, expected.get("device", {}), output["device"], recorded)
    _interfaces(comparison, expected.get("ports", []), output["interfaces"], recorded)
    _sensors(comparison, expected.get("sensors", []), output["sensors"], recorded)
    _processors(comparison, expected.get("processors", []), output["processors"], recorded)
    _spaces(comparison, "memory", "mempool", "mempool_total", expected.get("mempools", []), output["memory"])
    disks = [*output["storage"], *output["memory"]]  # a RAM disk or a flash may stand in either
    _spaces(comparison, "storage", "storage", "storage_size", expected.get("storage", []), disks)
    _supplies(comparison, expected.get("printer_supplies", []), output["supplies"], recorded)
    _serials(comparison, expected.get("entPhysical", []), output["components"], recorded)
    _network(comparison, expected, output, recorded)
    return comparison.facts


def _identity(comparison: Comparison, theirs: Row, ours: Row, recorded: Recorded) -> None:
    for key, label in (("hardware", "model"), ("version", "os_version"), ("serial", "serial")):
        value = theirs.get(key)
        if not value or (key == "serial" and plain(value) not in recorded.text):
            continue  # what another program looked up or made up cannot be read
        comparison.add("identity", f"{label} {value}", within(ours.get(label), value), ours.get(label))


def _interfaces(comparison: Comparison, theirs: list[Row], ours: list[Row], recorded: Recorded) -> None:
    by_index = {row["if_index"]: row for row in ours}
    for port in theirs:
        index = port["ifIndex"]
        mine = by_index.get(index, {})

        def fact(
            label: str, value: object, held: object, *oids: str, index: int = index, mine: Row = mine
        ) -> None:
            if recorded.has(*(f"{oid}.{index}" for oid in oids)):
                told = (
                    {key: mine.get(key) for key in ("name", "oper_status", "speed_bps")} if mine else "absent"
                )
                comparison.add("interfaces", f"{index} {label} {value}", held, told)

        names = [name for name in (port.get("ifName"), port.get("ifDescr")) if name]
        own = {plain(mine.get("name")), plain(mine.get("description"))}
        is_named = any(plain(name) in own for name in names)
        fact("name", " or ".join(dict.fromkeys(names)), is_named, f"{IF_ENTRY}.2", f"{IF_X_ENTRY}.1")
        for key, label, column in (("ifAdminStatus", "admin_status", 7), ("ifOperStatus", "oper_status", 8)):
            if port.get(key):
                same = letters(mine.get(label)) == letters(port[key])
                fact(label, port[key], same, f"{IF_ENTRY}.{column}")
        if port.get("ifSpeed"):
            same = near(mine.get("speed_bps"), port["ifSpeed"], 0)
            fact("speed", port["ifSpeed"], same, f"{IF_ENTRY}.5", f"{IF_X_ENTRY}.15")


def _sensors(comparison: Comparison, theirs: list[Row], ours: list[Row], recorded: Recorded) -> None:
    readable = [
        sensor
        for sensor in theirs
        if recorded.has(sensor["oid"]) and isinstance(sensor["value"], int | float)
    ]
    matched = pair(readable, ours, fit_sensor)
    for at, sensor in enumerate(readable):
        value = sensor.get("state") or sensor["value"]
        words = f"{sensor['class']} {sensor.get('group', '')} {sensor['descr']} {value}".replace("  ", " ")
        mine = matched.get(at)
        comparison.add("sensors", words, mine is not None)
        if sensor["class"] == "state" and isinstance(sensor.get("level"), str):
            level = (mine or {}).get("level")
            comparison.add("levels", f"{words} is {sensor['level']}", plain(level) == sensor["level"], level)
        _limits(comparison, words, sensor, mine or {})
    _duplicates(comparison, theirs, ours)


def _limits(comparison: Comparison, words: str, sensor: Row, mine: Row) -> None:
    """Limits that the device gave; those that were made up are no oracle, but ours must not be the same ones."""
    limits = mine.get("limits") or {}
    given = {
        key: value for key, value in (sensor.get("limits") or {}).items() if isinstance(value, int | float)
    }
    if sensor.get("limits_probably_guessed"):
        for key in sensor["limits_probably_guessed"]:
            if near(sensor_value(sensor, limits.get(key)), given.get(key), 0):
                comparison.add("invented", f"{words} {key} {given[key]}", held=False, ours=limits[key])
        return
    for key in LIMITS:
        if key in given:
            held = near(sensor_value(sensor, limits.get(key)), given[key])
            comparison.add("limits", f"{words} {key} {given[key]}", held, limits.get(key))


def _duplicates(comparison: Comparison, theirs: list[Row], ours: list[Row]) -> None:
    """A kind and a name that we tell more often than they have sensors of that name."""
    allowed = Counter(plain(sensor["descr"]) for sensor in theirs)
    for (kind, name), count in Counter((row["kind"], plain(row["name"])) for row in ours).items():
        for _extra in range(count - max(1, allowed[name])):
            comparison.add("duplicates", f"{kind} {name}", held=False, ours=f"{count} times")


def _processors(comparison: Comparison, theirs: list[Row], ours: list[Row], recorded: Recorded) -> None:
    readable = [row for row in theirs if recorded.has(row["processor_oid"])]

    def fit(one: Row, mine: Row) -> float | None:
        is_near = near(mine.get("load_percent"), one["processor_usage"], 1)
        return alike(mine.get("name"), one["processor_descr"]) if is_near else None

    matched = pair(readable, ours, fit)
    for at, row in enumerate(readable):
        comparison.add("processors", f"{row['processor_descr']} {row['processor_usage']} %", at in matched)


def _spaces(
    comparison: Comparison, subject: str, prefix: str, total_key: str, theirs: list[Row], ours: list[Row]
) -> None:
    """Two facts for each: that it is there with its size, and how full it is."""

    def is_as_full(one: Row, mine: Row) -> bool:
        return near(used_percent(mine), one[f"{prefix}_perc"], 1)

    def fit(one: Row, mine: Row) -> float | None:
        total = one.get(total_key) or 0
        if total > 100 and not near(mine.get("total_bytes"), total, 0):  # 100 is a bare percentage
            return None
        return 2 * is_as_full(one, mine) + alike(mine.get("name"), one[f"{prefix}_descr"])

    matched = pair(theirs, ours, fit)
    for at, row in enumerate(theirs):
        words = f"{row[f'{prefix}_descr']} {row.get(total_key)} bytes"
        mine = matched.get(at)
        comparison.add(subject, words, mine is not None)
        held = mine is not None and is_as_full(row, mine)
        comparison.add(subject, f"{words} {row[f'{prefix}_perc']} % used", held, mine and used_percent(mine))


def _supplies(comparison: Comparison, theirs: list[Row], ours: list[Row], recorded: Recorded) -> None:
    readable = [row for row in theirs if recorded.has(row["supply_oid"])]

    def fit(one: Row, mine: Row) -> float | None:
        level = one["supply_current"]
        wanted = (
            {level, 100 - level} if "waste" in plain(one["supply_type"]) else {level}
        )  # full or room left
        is_near = any(near(mine.get("level_percent"), share, 1) for share in wanted)
        return alike(mine.get("name"), one["supply_descr"]) if is_near else None

    matched = pair(readable, ours, fit)
    for at, row in enumerate(readable):
        comparison.add("supplies", f"{row['supply_descr']} {row['supply_current']} %", at in matched)


def _serials(comparison: Comparison, theirs: list[Row], ours: list[Row], recorded: Recorded) -> None:
    own = {plain(row.get("serial")) for row in ours}
    for row in theirs:
        serial = plain(row.get("entPhysicalSerialNum"))
        if serial and serial in recorded.text:
            name = row.get("entPhysicalName") or row.get("entPhysicalDescr")
            comparison.add("serials", f"{serial} of {name}", serial in own)


def _network(
    comparison: Comparison, expected: dict[str, Any], output: dict[str, Any], recorded: Recorded
) -> None:
    vlans = {row.get("id") for row in output["vlans"]}
    for row in expected.get("vlans", []):
        comparison.add(
            "vlans", f"{row['vlan_vlan']} {row.get('vlan_name', '')}".strip(), row["vlan_vlan"] in vlans
        )
    left = [texts_of(row) for row in output["neighbours"]]
    for row in expected.get("links", []):
        wanted = plain(row.get("remote_hostname")) or plain(row.get("remote_port"))
        if not wanted or wanted not in recorded.text:
            continue
        here = next((texts for texts in left if any(within(text, wanted) for text in texts)), None)
        comparison.add(
            "neighbours", f"{row.get('protocol')} {wanted} {row.get('remote_port', '')}", here is not None
        )
        if here is not None:
            left.remove(here)
    addresses = {
        text.partition("/")[0] for row in output["addresses"] for text in texts_of(row.get("address"))
    }
    known = [oid for oid in recorded.oids if oid.startswith(ADDRESS_TABLES)]
    for row in expected.get("ipv4_addresses", []):
        address = row["ipv4_address"]
        if any(oid.endswith(f".{address}") for oid in known):
            comparison.add("addresses", address, address in addresses)
