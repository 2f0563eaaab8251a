"""Compliance: verdicts by the time they stood, and when each device was last judged."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from netops.model.compliance import ComplianceCheck, ComplianceResult, ComplianceStatus
from netops.store.tables import COMPLIANCE_CHECK, COMPLIANCE_RESULT
from netops.store.upsert import upsert

_SAME = ("status", "severity", "title", "reference", "site", "detail")
"""What a verdict is compared by; the revision may move on while it stands."""


def record_verdicts(
    connection: Connection, check: ComplianceCheck, results: Sequence[ComplianceResult]
) -> int:
    """Store what the rules say of a device now; give how many verdicts are new. Those of rules that are gone end."""
    at, device = check.checked_at, check.device_name
    table = COMPLIANCE_RESULT
    is_open = (table.c.device_name == device) & table.c.until.is_(None)
    standing = {
        row["rule"]: ComplianceResult(**row)
        for row in connection.execute(select(table).where(is_open)).mappings()
    }
    wanted = {result.rule: result for result in results}
    changed = [
        result
        for rule, result in wanted.items()
        if rule not in standing or any(getattr(result, key) != getattr(standing[rule], key) for key in _SAME)
    ]
    ended = [rule for rule in standing if rule not in wanted or wanted[rule] in changed]
    if ended:
        of_ended = is_open & table.c.rule.in_(ended)
        connection.execute(delete(table).where(of_ended & (table.c.since == at)))
        connection.execute(update(table).where(of_ended).values(until=at))
    if changed:
        rows = [{**result.model_dump(), "since": at, "until": None} for result in changed]
        connection.execute(insert(table), rows)
    upsert(connection, COMPLIANCE_CHECK, [check.model_dump()])
    return len(changed)


def end_devices(connection: Connection, keep: Iterable[str], at: datetime) -> None:
    """End the verdicts on devices that are no longer backed up."""
    table = COMPLIANCE_RESULT
    names = connection.execute(select(table.c.device_name).where(table.c.until.is_(None)).distinct())
    gone = sorted({row.device_name for row in names} - set(keep))
    for name in gone:
        is_open = (table.c.device_name == name) & table.c.until.is_(None)
        connection.execute(update(table).where(is_open).values(until=at))
        connection.execute(delete(COMPLIANCE_CHECK).where(COMPLIANCE_CHECK.c.device_name == name))


def list_results(
    connection: Connection, *, at: datetime | None = None, devices: Sequence[str] = ()
) -> list[ComplianceResult]:
    """Give the verdicts that stand now, or stood at an instant, by device and rule."""
    table = COMPLIANCE_RESULT
    query = select(table).order_by(table.c.device_name, table.c.rule)
    if at is None:
        query = query.where(table.c.until.is_(None))
    else:
        query = query.where(table.c.since <= at, or_(table.c.until.is_(None), table.c.until > at))
    if devices:
        query = query.where(table.c.device_name.in_(devices))
    return [ComplianceResult(**row) for row in connection.execute(query).mappings()]


def list_checks(connection: Connection) -> dict[str, ComplianceCheck]:
    """Give when each device was last judged."""
    rows = connection.execute(select(COMPLIANCE_CHECK)).mappings()
    return {row["device_name"]: ComplianceCheck(**row) for row in rows}


def count_failing(connection: Connection) -> Mapping[tuple[str, str], int]:
    """Give how many rules a device fails now, by device and severity; 0 for one that has rules and keeps them."""
    table = COMPLIANCE_RESULT
    query = (
        select(table.c.device_name, table.c.severity, table.c.status, func.count())
        .where(table.c.until.is_(None))
        .group_by(table.c.device_name, table.c.severity, table.c.status)
    )
    found: dict[tuple[str, str], int] = {}
    for device, severity, status, count in connection.execute(query):
        key = (device, severity)
        found[key] = found.get(key, 0) + (count if status is ComplianceStatus.FAILS else 0)
    return found
