"""The object of the contract, from what a poll found."""

import json

from fakes import START
from netops.model.interface import COUNTER_NAMES, InterfaceReading, InterfaceStatus
from netops.model.reading import (
    PollResult,
    ProcessorReading,
    SensorKind,
    SensorReading,
    SpaceReading,
    SubjectError,
    SystemReading,
)
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
    assert facts["memory"] == [{"name": "ram", "total_bytes": 100, "used_bytes": 25, "used_percent": 25.0}]
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
