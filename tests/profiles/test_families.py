"""Profiles of vendors' families on small synthetic recordings: what a poll tells of each.

A case is ``tests/data/snmp/profiles/<profile>_<case>.snmprec`` with ``….expected.yaml`` beside it, whose facts must
stand in the poll: ``device`` and ``sensors`` (by key) field by field, ``processors``, ``memory``, ``storage`` and ``supplies`` (by
name), ``absent`` (keys of sensors that must not be there).
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes import FakeClock, FakeSnmpSession
from netops.collectors import COLLECTORS, DeviceMemory, Visit, read_device
from netops.model.reading import PollResult
from netops.profiles.loader import Profiles, load_profiles
from netops.services.facts import describe_poll

FOLDER = Path(__file__).parents[1] / "data" / "snmp" / "profiles"
CASES = sorted(FOLDER.glob("*.snmprec"))


@pytest.fixture(scope="module")
def profiles() -> Profiles:
    return load_profiles()


def poll(recording: Path, profiles: Profiles) -> dict[str, Any]:
    clock = FakeClock()
    visit = Visit(DeviceMemory(), clock, PollResult("device", clock.now()), profiles=profiles)
    result = asyncio.run(read_device(FakeSnmpSession.from_recording(recording), visit, COLLECTORS))
    return describe_poll(result)


@pytest.mark.parametrize("recording", CASES, ids=lambda path: path.stem)
def test_family_tells_what_its_recording_holds(recording: Path, profiles: Profiles) -> None:
    expected = yaml.safe_load(recording.with_suffix(".expected.yaml").read_text(encoding="utf-8"))
    facts = poll(recording, profiles)
    assert facts["errors"] == []
    assert {key: facts["device"][key] for key in expected["device"]} == expected["device"]
    sensors = {sensor["key"]: sensor for sensor in facts["sensors"]}
    for key, wanted in expected.get("sensors", {}).items():
        assert key in sensors, f"{key} is not among {sorted(sensors)}"
        assert flatten(sensors[key], wanted) == wanted
    assert not set(expected.get("absent", ())) & sensors.keys()
    for subject in ("processors", "memory", "storage", "supplies"):
        rows = {row["name"]: row for row in facts[subject]}
        for name, wanted in expected.get(subject, {}).items():
            assert {field: rows[name][field] for field in wanted} == wanted


def flatten(sensor: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of a sensor that are wanted; of limits those that are set."""
    limits = {bound: limit for bound, limit in (sensor.get("limits") or {}).items() if limit is not None}
    return {field: limits if field == "limits" else sensor[field] for field in wanted}


@pytest.mark.parametrize("recording", CASES, ids=lambda path: path.stem)
def test_family_reports_no_sensor_twice(recording: Path, profiles: Profiles) -> None:
    sensors = [(sensor["kind"], sensor["name"].casefold()) for sensor in poll(recording, profiles)["sensors"]]
    assert len(sensors) == len(set(sensors))


def test_every_recording_is_expected_to_tell_something() -> None:
    assert CASES
    assert all(case.with_suffix(".expected.yaml").is_file() for case in CASES)
