"""The object of the contract, from what a poll found."""

import json

from fakes import START
from netops.model.address import AddressReading
from netops.model.arp import ArpReading
from netops.model.component import ComponentReading
from netops.model.forwarding import ForwardingReading
from netops.model.interface import COUNTER_NAMES, InterfaceReading, InterfaceStatus
from netops.model.neighbour import NeighbourReading
from netops.model.reading import (
    PollResult,
    ProcessorReading,
    SensorKind,
    SensorReading,
    SpaceReading,
    SubjectError,
    SystemReading,
)
from netops.model.vlan import VlanReading
from netops.services.facts import describe_interface, describe_poll


def test_a_poll_that_found_nothing_still_has_every_subject():
    facts = describe_poll(PollResult("x", START))
    assert list(facts) == [
        "device", "interfaces", "sensors", "processors", "memory", "storage", "supplies", "components",
        "vlans", "neighbours", "addresses", "forwarding", "arp", "errors",
    ]  # fmt: skip
    assert facts["device"]["name"] is None
    assert not any(value for name, value in facts.items() if name != "device")


def test_every_subject_is_worded_in_plain_values():
    facts = describe_poll(
        PollResult(
            "x",
            START,
            system=SystemReading(name="core", uptime_seconds=1.23456),
            sensors=[SensorReading("t", SensorKind.TEMPERATURE, "inlet", 21.5, "°C")],
            processors=[ProcessorReading("cpu", 12.0)],
            memory=[SpaceReading("ram", 100, 25, 25.0)],
            storage=[SpaceReading("/", 200, 50, 25.0)],
            errors=[SubjectError("interfaces", "timeout", "no answer")],
        )
    )
    assert facts["device"]["name"] == "core"
    assert facts["sensors"][0]["kind"] == "temperature"
    assert facts["sensors"][0]["limits"] == {"low": None, "low_warn": None, "high_warn": None, "high": None}
    assert facts["memory"] == [
        {
            "name": "ram",
            "total_bytes": 100,
            "used_bytes": 25,
            "used_percent": 25.0,
            "informative": False,
        }
    ]
    assert facts["errors"] == [{"subject": "interfaces", "kind": "timeout", "error": "no answer"}]
    assert json.loads(json.dumps(facts)) == facts


def test_counters_and_rates_that_are_not_known_are_left_out():
    counters = tuple(None if name == "in_errors" else 7 for name in COUNTER_NAMES)
    rates = tuple(None if name != "in_octets" else 0.5 for name in COUNTER_NAMES)
    facts = describe_interface(
        InterfaceReading("Gi1", 1, oper_status=InterfaceStatus.UP, counters=counters, rates=rates)
    )
    assert "in_errors" not in facts["counters"]
    assert facts["counters"]["out_octets"] == 7
    assert facts["rates"] == {"in_octets": 0.5}
    assert facts["oper_status"] == "up"


def test_an_interface_without_counters_has_none():
    facts = describe_interface(InterfaceReading("Gi1", 1))
    assert facts["counters"] == facts["rates"] == {}
    assert facts["admin_status"] == "unknown"


def test_hardware_and_the_network_around_are_worded_with_the_contracts_names():
    facts = describe_poll(
        PollResult(
            "x",
            START,
            components=[ComponentReading(7, "powerSupply", "PSU 1", serial="A1", parent=1)],
            vlans=[VlanReading(10, "office", ["Gi1"], ["Gi1"])],
            neighbours=[NeighbourReading("lldp", "Gi1", "core", "Gi0/1", "10.0.0.2")],
            addresses=[AddressReading("2001:db8::1", 64, 3)],
            forwarding=[ForwardingReading("00:11:22:33:44:55", 10, "Gi1")],
            arp=[ArpReading("10.0.0.9", "00:11:22:33:44:55", 3)],
        )
    )
    component, (vlan,), (neighbour,) = facts["components"][0], facts["vlans"], facts["neighbours"]
    assert {key: component[key] for key in ("index", "class", "name", "serial", "parent")} == {
        "index": 7, "class": "powerSupply", "name": "PSU 1", "serial": "A1", "parent": 1,
    }  # fmt: skip
    assert {"model", "firmware"} <= component.keys()
    assert vlan == {"id": 10, "name": "office", "interfaces": ["Gi1"], "untagged": ["Gi1"]}
    assert list(neighbour)[:5] == [
        "protocol", "local_interface", "remote_device", "remote_interface", "remote_address",
    ]  # fmt: skip
    assert facts["addresses"] == [{"address": "2001:db8::1", "prefix_length": 64, "if_index": 3}]
    assert facts["forwarding"] == [
        {"mac": "00:11:22:33:44:55", "vlan": 10, "interface": "Gi1", "is_static": False}
    ]
    assert facts["arp"] == [
        {"address": "10.0.0.9", "mac": "00:11:22:33:44:55", "if_index": 3, "kind": "dynamic"}
    ]
    assert json.loads(json.dumps(facts)) == facts
