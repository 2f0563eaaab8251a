"""What the store knows of devices, as commands print it."""

from datetime import timedelta

import pytest

from fakes import START
from netops.errors import NotFound
from netops.model.device import DeviceSource, DeviceState
from netops.model.interface import InterfaceReading
from netops.model.reading import Reach, SystemReading
from netops.model.service_check import CertificateReading, CheckFailure, ServiceCheckReading
from netops.services.manage_devices import add_device
from netops.services.show_devices import describe_stored_device, list_stored_devices
from netops.settings.checks import CheckSettings
from netops.store.engine import write
from netops.store.queries.devices import upsert_state
from netops.store.queries.interfaces import insert_interfaces, mark_missing
from netops.store.readings import pack, upsert_latest_many
from services.fleets import settings

LATER = START + timedelta(seconds=90)


@pytest.fixture
def connection(engine):
    with write(engine) as opened:
        for name in ("sw-2", "sw-1"):
            add_device(opened, settings(name).model_dump(mode="json"), DeviceSource.CLI, START)
        yield opened


def test_devices_are_listed_by_name_polled_or_not(connection):
    upsert_state(
        connection,
        DeviceState(device_id=2, reachable=False, snmp=Reach.NO, polled_at=START, since=START,
                    error_kind="timeout", error="reachability: no answer"),
    )  # fmt: skip
    first, second = list_stored_devices(connection, LATER)
    assert (first["name"], first["reachable"], first["snmp"]) == ("sw-1", False, "no")
    assert (first["polled_seconds_ago"], first["error_kind"]) == (90, "timeout")
    assert (second["name"], second["reachable"], second["polled_at"]) == ("sw-2", None, None)
    assert second["source"] == "cli"


def test_a_device_is_described_by_its_latest_readings(connection):
    upsert_state(connection, DeviceState(device_id=2, reachable=True, polled_at=START))
    readings = {
        "system": pack(SystemReading(name="core", uptime_seconds=5.0)),
        "interfaces": pack([InterfaceReading("Gi1", 1, name="Gi1")]),
    }
    upsert_latest_many(connection, 2, START, readings)
    insert_interfaces(connection, 2, [InterfaceReading("Gi9", 9, name="Gi9")], START)
    mark_missing(connection, 2, ["Gi9"], LATER)
    facts = describe_stored_device(connection, "sw-1", LATER)
    assert facts["device"]["name"] == "core"
    assert [row["key"] for row in facts["interfaces"]] == ["Gi1"]
    assert [row["key"] for row in facts["missing_interfaces"]] == ["Gi9"]
    assert facts["errors"] == []
    assert [event["kind"] for event in facts["events"]] == ["device_added"]


def test_why_a_device_could_not_be_read_stands_among_the_errors(connection):
    state = DeviceState(device_id=2, reachable=False, error_kind="timeout", error="reachability: a: b")
    upsert_state(connection, state)
    facts = describe_stored_device(connection, "sw-1", LATER)
    assert facts["errors"] == [{"subject": "reachability", "kind": "timeout", "error": "a: b"}]
    assert facts["interfaces"] == []


def test_an_unknown_device_is_refused(connection):
    with pytest.raises(NotFound):
        describe_stored_device(connection, "nobody", LATER)


def test_service_checks_are_shown_as_long_as_the_settings_have_them(connection):
    watched = settings("sw-3", checks=(CheckSettings(name="web", type="tls", port=443),))
    add_device(connection, watched.model_dump(mode="json"), DeviceSource.CLI, START)
    certificate = CertificateReading(LATER + timedelta(days=9, hours=5), "CN=a", "CN=b", False, "expired")
    checks = [
        ServiceCheckReading("web", "tls", False, 0.12345, CheckFailure.RESET, "gone", None, certificate),
        ServiceCheckReading("taken out", "tcp", True, 0.1),
    ]
    upsert_latest_many(connection, 3, START, {"checks": pack(checks)})
    (shown,) = describe_stored_device(connection, "sw-3", LATER)["checks"]
    assert (shown["name"], shown["is_up"], shown["failure"], shown["duration_seconds"]) == (
        "web",
        False,
        "reset",
        0.123,
    )
    assert (shown["certificate"]["days_left"], shown["certificate"]["is_trusted"]) == (9, False)
    assert describe_stored_device(connection, "sw-1", LATER)["checks"] == []
