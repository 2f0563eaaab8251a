from dataclasses import replace
from datetime import timedelta

from fakes import FakeClock
from netops.model.alert import AlertStatus
from netops.model.delivery import DeliveryStatus
from netops.model.event import Event, EventKind
from netops.model.inventory import ItemKind
from netops.services import keep_records
from netops.services.keep_records import KeepRecords
from netops.settings.retention import RetentionSettings
from netops.store.engine import read, write
from netops.store.queries.alerts import list_alerts, upsert_alerts
from netops.store.queries.deliveries import (
    NewDelivery,
    change_delivery,
    insert_delivery,
    list_deliveries,
)
from netops.store.queries.events import append_events, list_events
from netops.store.queries.inventory import list_items, mark_items_missing, upsert_items
from peers.rows import make_device
from services.test_make_message import ALERT


def fill(engine, clock):
    now = clock.now()
    with write(engine) as connection:
        device = make_device(connection)
        append_events(
            connection,
            [
                Event(at=now - timedelta(days=age), kind=EventKind.DAEMON_STARTED, text=str(age))
                for age in range(10)
            ],
        )
        plain = {"device_id": device, "kind": ItemKind.SENSOR, "name": "x", "facts": {}}
        plain |= {"first_seen": now, "changed_at": now}
        upsert_items(connection, [plain | {"key": key} for key in ("old", "new", "there")])
        for key, age in (("old", 9), ("new", 1)):
            mark_items_missing(connection, device, [(ItemKind.SENSOR, key)], now - timedelta(days=age))
    return device


def kept(engine, device):
    with read(engine) as connection:
        events = [event.text for event in list_events(connection).events]
        return sorted(events), {item.key for item in list_items(connection, device)}


async def test_without_an_age_nothing_goes(engine, writer):
    clock = FakeClock()
    device = fill(engine, clock)
    await KeepRecords(writer, RetentionSettings(), clock).run()
    assert kept(engine, device) == (sorted(map(str, range(10))), {"old", "new", "there"})


async def test_what_is_older_than_its_age_goes_in_small_portions(engine, writer, monkeypatch):
    monkeypatch.setattr(keep_records, "EVENTS_AT_ONCE", 2)
    clock = FakeClock()
    device = fill(engine, clock)
    ages = RetentionSettings.model_validate({"missing": "7d", "events": "4d"})
    keeping = KeepRecords(writer, ages, clock)
    await keeping.run()
    assert kept(engine, device) == (["0", "1", "2", "3", "4"], {"new", "there"})
    keeping.settings = RetentionSettings.model_validate({"missing": "12h"})
    await keeping.run()
    assert kept(engine, device)[1] == {"there"}


async def test_alerts_and_messages_go_by_ages_of_their_own(engine, writer):
    clock = FakeClock()
    over = replace(ALERT, status=AlertStatus.RESOLVED, resolved_at=clock.now())
    with write(engine) as connection:
        upsert_alerts(connection, [over])
        made = insert_delivery(connection, NewDelivery("mail", "ann@x.net"), clock.now())
        change_delivery(connection, made, status=DeliveryStatus.SENT, ended_at=clock.now())
    clock.wind(8 * 86400)

    def count():
        with read(engine) as connection:
            alerts = list_alerts(connection, statuses=list(AlertStatus))
            return len(alerts), len(list_deliveries(connection))

    keeping = KeepRecords(writer, RetentionSettings(), clock)
    await keeping.run()
    assert count() == (1, 1)
    keeping.settings = RetentionSettings.model_validate({"alerts": "7d"})
    await keeping.run()
    assert count() == (0, 1)
    keeping.settings = RetentionSettings.model_validate({"deliveries": "7d"})
    await keeping.run()
    assert count() == (0, 0)
