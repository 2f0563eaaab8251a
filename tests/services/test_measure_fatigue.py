"""What being on call costs, from what was stored."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from fakes import START
from netops.model.alert import AlertEvent, AlertEventKind, AlertStatus
from netops.model.delivery import DeliveryStatus
from netops.oncall.person import Person
from netops.oncall.plan import OncallPlan
from netops.services.measure_fatigue import measure_fatigue
from netops.store.engine import read, write
from netops.store.queries.alerts import append_alert_events, upsert_alerts
from netops.store.queries.deliveries import NewDelivery, change_delivery, insert_delivery
from services.test_make_message import ALERT

HOUR = timedelta(hours=1)
PLAN = OncallPlan(people={"ann": Person("ann", "Ann Ash", "en", ZoneInfo("Asia/Shanghai"))})
NIGHT = START + 8 * HOUR  # 20:00 UTC is 04:00 in Shanghai


def send(engine, created_at, sent_at, person="ann"):
    with write(engine) as connection:
        made = insert_delivery(connection, NewDelivery("mail", "x", person), created_at)
        change_delivery(connection, made, status=DeliveryStatus.SENT, ended_at=sent_at)


def measure(engine):
    with read(engine) as connection:
        return measure_fatigue(connection, PLAN, START, START + 48 * HOUR)


@pytest.mark.parametrize(
    ("created_at", "sent_at", "at_night"),
    [(NIGHT, NIGHT, 1), (NIGHT, NIGHT + 4 * HOUR, 0), (START, START, 0)],
)
def test_a_message_counts_as_of_the_night_when_it_came_then(engine, created_at, sent_at, at_night):
    """One that waited for the end of quiet hours woke nobody."""
    send(engine, created_at, sent_at)
    (row,) = measure(engine)["people"]
    assert (row["name"], row["messages"], row["at_night"]) == ("Ann Ash", 1, at_night)


def test_rules_are_measured_with_who_took_their_alerts_and_how_soon(engine):
    over = replace(ALERT, status=AlertStatus.RESOLVED, resolved_at=START + HOUR)
    other = replace(ALERT, fingerprint="f2", rule="Hot")
    taken = AlertEvent(
        at=START + HOUR / 4,
        kind=AlertEventKind.ACKNOWLEDGED,
        fingerprint=over.fingerprint,
        active_at=START,
        who="ann",
    )
    with write(engine) as connection:
        upsert_alerts(connection, [over, other])
        append_alert_events(connection, [taken])
    found = measure(engine)
    assert found["alerts"]["fired"] == 2
    assert found["alerts"]["acknowledged_share"] == 0.5
    down, hot = found["rules"]
    assert (down["rule"], down["median_seconds_to_acknowledge"], down["median_seconds_to_resolve"]) == (
        "Down",
        900,
        3600,
    )
    assert (hot["rule"], hot["acknowledged"], hot["median_seconds_to_resolve"]) == ("Hot", 0, None)
