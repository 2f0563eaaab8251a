"""Verdicts are kept for as long as they stood."""

from datetime import timedelta

from sqlalchemy import Connection

from netops.model.compliance import ComplianceCheck, ComplianceResult, ComplianceStatus
from netops.store.queries.compliance import (
    count_failing,
    end_devices,
    list_checks,
    list_results,
    record_verdicts,
)
from peers.rows import NOW

DAY = timedelta(days=1)
FAILS, PASSES = ComplianceStatus.FAILS, ComplianceStatus.PASSES


def record(connection, at, device="sw-1", detail=None, revision="r1", **statuses):
    check = ComplianceCheck(device_name=device, checked_at=at, revision=revision, rules=len(statuses))
    results = [
        ComplianceResult(
            device_name=device,
            rule=rule,
            since=at,
            status=status,
            severity="major",
            title=f"title of {rule}",
            detail=detail or {},
            revision=revision,
        )
        for rule, status in statuses.items()
    ]
    return record_verdicts(connection, check, results)


def stood(connection, at=None, **more):
    return {(row.device_name, row.rule): row.status for row in list_results(connection, at=at, **more)}


def test_what_stood_on_a_day_is_given_back(connection: Connection):
    assert record(connection, NOW, A=FAILS, B=PASSES) == 2
    assert record(connection, NOW + DAY, A=FAILS, B=PASSES) == 0
    assert record(connection, NOW + 2 * DAY, A=PASSES, B=PASSES) == 1
    assert record(connection, NOW + 3 * DAY, B=PASSES) == 0
    key_a, key_b = ("sw-1", "A"), ("sw-1", "B")
    assert stood(connection, NOW - DAY) == {}
    assert stood(connection, NOW) == {key_a: FAILS, key_b: PASSES}
    assert stood(connection, NOW + DAY) == {key_a: FAILS, key_b: PASSES}
    assert stood(connection, NOW + 2 * DAY) == {key_a: PASSES, key_b: PASSES}
    assert stood(connection) == {key_b: PASSES}, "the rule A is gone"
    [row] = list_results(connection)
    assert row.since == NOW
    assert list_checks(connection)["sw-1"].checked_at == NOW + 3 * DAY


def test_another_reason_is_another_verdict(connection: Connection):
    record(connection, NOW, detail={"lines": [[3, "telnet"]]}, A=FAILS)
    assert record(connection, NOW + DAY, detail={"lines": [[3, "telnet"]]}, A=FAILS) == 0
    assert record(connection, NOW + 2 * DAY, detail={"lines": [[4, "rsh"]]}, A=FAILS) == 1
    assert list_results(connection)[0].detail == {"lines": [[4, "rsh"]]}


def test_two_checks_at_one_instant_leave_the_later(connection: Connection):
    record(connection, NOW, A=FAILS)
    record(connection, NOW, A=PASSES)
    assert stood(connection) == {("sw-1", "A"): PASSES}


def test_a_device_that_is_backed_up_no_more_ends(connection: Connection):
    record(connection, NOW, A=FAILS)
    record(connection, NOW, device="sw-2", A=FAILS)
    end_devices(connection, ["sw-2"], NOW + DAY)
    assert stood(connection) == {("sw-2", "A"): FAILS}
    assert set(stood(connection, NOW)) == {("sw-1", "A"), ("sw-2", "A")}
    assert set(list_checks(connection)) == {"sw-2"}


def test_failures_are_counted_with_zero_for_whoever_keeps_all(connection: Connection):
    record(connection, NOW, A=FAILS, B=FAILS, C=PASSES)
    record(connection, NOW, device="sw-2", A=PASSES)
    assert count_failing(connection) == {("sw-1", "major"): 2, ("sw-2", "major"): 0}


def test_some_devices_only(connection: Connection):
    record(connection, NOW, A=FAILS)
    record(connection, NOW, device="sw-2", A=FAILS)
    assert set(stood(connection, devices=["sw-2"])) == {("sw-2", "A")}
