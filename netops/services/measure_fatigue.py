"""Measure what being on call costs: messages per person and night, what was taken and how soon, the noisiest rules."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from netops.alerting.known_alert import KnownAlert
from netops.model.alert import AlertEvent, AlertEventKind
from netops.model.delivery import Delivery
from netops.oncall.plan import OncallPlan
from netops.oncall.shifts import list_shifts
from netops.store.queries.alerts import list_alert_events_since, list_fired_since
from netops.store.queries.deliveries import list_sent_since

NIGHT_FROM, NIGHT_TO = 22, 7
"""Hours of the night, on the clock of the one who is woken."""


@dataclass(slots=True)
class _Rule:
    fired: int = 0
    taken: int = 0
    flapped: int = 0
    take_seconds: list[float] = field(default_factory=list)
    last_seconds: list[float] = field(default_factory=list)


def measure_fatigue(
    connection: Connection, plan: OncallPlan, since: datetime, until: datetime
) -> dict[str, Any]:
    """Give the object of ``netops oncall report --json``: people, shifts and rules, the most burdened first."""
    alerts = list_fired_since(connection, since)
    events = list_alert_events_since(
        connection, since, (AlertEventKind.ACKNOWLEDGED, AlertEventKind.FLAPPING)
    )
    sent = list_sent_since(connection, since)
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "alerts": _measure_rules(alerts, events)["all"],
        "people": _measure_people(sent, plan),
        "shifts": _measure_shifts(sent, plan, since, until),
        "rules": _measure_rules(alerts, events)["rules"],
    }


def _measure_people(sent: Sequence[Delivery], plan: OncallPlan) -> list[dict[str, Any]]:
    by_person: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in sent:
        by_person[delivery.person].append(delivery)
    rows = []
    for name, deliveries in by_person.items():
        person = plan.people.get(name)
        zone = person.zone if person else ZoneInfo("UTC")
        rows.append(
            {
                "person": name,
                "name": person.name if person else "",
                "messages": len(deliveries),
                "at_night": sum(_is_night(one.ended_at or one.created_at, zone) for one in deliveries),
            }
        )
    return sorted(rows, key=lambda row: (-row["messages"], row["person"]))


def _is_night(at: datetime, zone: ZoneInfo) -> bool:
    hour = at.astimezone(zone).hour
    return hour >= NIGHT_FROM or hour < NIGHT_TO


def _measure_shifts(
    sent: Sequence[Delivery], plan: OncallPlan, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Give how many messages the holder of each shift got in it."""
    rows = []
    for schedule in plan.schedules.values():
        for shift in list_shifts(schedule, since, until):
            count = sum(
                one.person == shift.person and shift.starts_at <= one.created_at < shift.ends_at
                for one in sent
            )
            rows.append(
                {
                    "schedule": shift.schedule,
                    "person": shift.person,
                    "from": shift.starts_at.isoformat(),
                    "to": shift.ends_at.isoformat(),
                    "messages": count,
                }
            )
    return sorted(rows, key=lambda row: (-int(str(row["messages"])), str(row["from"])))


def _measure_rules(alerts: Iterable[KnownAlert], events: Iterable[AlertEvent]) -> dict[str, Any]:
    episodes = {(alert.fingerprint, alert.active_at): alert for alert in alerts}
    rules: dict[str, _Rule] = defaultdict(_Rule)
    for alert in episodes.values():
        rule = rules[alert.rule]
        rule.fired += 1
        if alert.resolved_at is not None:
            rule.last_seconds.append(_seconds(alert, alert.resolved_at))
    seen: set[tuple[str, datetime]] = set()
    for event in events:
        place = event.fingerprint, event.active_at or event.at
        known = episodes.get(place)
        if known is None:
            continue
        if event.kind is AlertEventKind.FLAPPING:
            rules[known.rule].flapped += 1
        elif place not in seen:
            seen.add(place)
            rules[known.rule].taken += 1
            rules[known.rule].take_seconds.append(_seconds(known, event.at))
    everything = _Rule(
        sum(rule.fired for rule in rules.values()),
        sum(rule.taken for rule in rules.values()),
        sum(rule.flapped for rule in rules.values()),
        [value for rule in rules.values() for value in rule.take_seconds],
        [value for rule in rules.values() for value in rule.last_seconds],
    )
    ordered = sorted(rules.items(), key=lambda item: (-item[1].fired, item[0]))
    return {
        "all": _describe(everything),
        "rules": [{"rule": name, **_describe(rule)} for name, rule in ordered],
    }


def _describe(rule: _Rule) -> dict[str, Any]:
    return {
        "fired": rule.fired,
        "acknowledged": rule.taken,
        "acknowledged_share": round(rule.taken / rule.fired, 3) if rule.fired else None,
        "flapped": rule.flapped,
        "median_seconds_to_acknowledge": median(rule.take_seconds) if rule.take_seconds else None,
        "median_seconds_to_resolve": median(rule.last_seconds) if rule.last_seconds else None,
    }


def _seconds(alert: KnownAlert, until: datetime) -> float:
    return max(timedelta(0), until - (alert.fired_at or alert.active_at)).total_seconds()
