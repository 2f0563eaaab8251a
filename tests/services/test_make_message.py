"""What a message says of alerts that went on while it waited."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes import START, FakeClock
from netops.alerting.known_alert import Acknowledgement, KnownAlert
from netops.model.alert import AlertEvent, AlertEventKind, AlertStatus
from netops.model.message import ToldBecause
from netops.security.links import LinkSigner
from netops.services.make_message import LinkPlaces, MakeMessage, Reader
from netops.store.engine import read, write
from netops.store.queries.alerts import append_alert_events, upsert_alerts
from netops.store.queries.deliveries import NewDelivery, Told, get_delivery, insert_delivery

HOUR = timedelta(hours=1)
LABELS = {"alertname": "Down", "device": "sw-1", "severity": "minor"}
ALERT = KnownAlert("f1", "f", "g", "Down", LABELS, {}, AlertStatus.FIRING, 1.0, START, START)
OTHER = replace(ALERT, fingerprint="f2", labels={**LABELS, "device": "sw-2"})
TAKEN = Acknowledgement("bob", START, START + 9 * HOUR)


def make(engine, *alerts, because=ToldBecause.FIRES):
    """Make a message of a delivery that was put in when both alerts fired."""
    told = tuple(Told(alert.fingerprint, alert.active_at, because) for alert in alerts)
    with write(engine) as connection:
        upsert_alerts(connection, alerts)
        made = insert_delivery(connection, NewDelivery("mail", "ann@x.net", "ann", told=told), START)
    with read(engine) as connection:
        delivery = get_delivery(connection, made)
    signer = LinkSigner(b"k" * 32)
    maker = MakeMessage(engine, FakeClock(), signer, places=LinkPlaces("http://n"), reader_of=Reader)
    return maker(delivery)


def said(message):
    return [(alert.fingerprint, alert.because) for alert in message.alerts]


def test_what_fires_on_is_told_with_a_link(engine):
    message = make(engine, ALERT)
    assert said(message) == [("f1", ToldBecause.FIRES)]
    assert message.acknowledge_url


def test_what_ended_while_its_message_waited_is_told_as_over(engine):
    """An old "fires" in the morning would send somebody out in vain."""
    message = make(engine, replace(ALERT, status=AlertStatus.RESOLVED, resolved_at=START + HOUR))
    assert said(message) == [("f1", ToldBecause.RESOLVED)]
    assert not message.acknowledge_url


@pytest.mark.parametrize(
    "quiet", [{"acknowledgement": TAKEN}, {"silence_id": 3}, {"window": "move"}, {"behind": "core"}]
)
def test_what_somebody_has_or_what_is_muted_meanwhile_is_left_out(engine, quiet):
    assert said(make(engine, replace(ALERT, **quiet), OTHER)) == [("f2", ToldBecause.FIRES)]


def test_of_what_somebody_has_nothing_is_left_to_tell(engine):
    assert make(engine, replace(ALERT, acknowledgement=TAKEN)) is None


@pytest.mark.parametrize(("reason", "told"), [("read", ""), ("sender_silent", "sender_silent")])
def test_what_no_reading_says_to_be_over_says_so(engine, reason, told):
    over = replace(ALERT, status=AlertStatus.RESOLVED, resolved_at=START + HOUR)
    event = AlertEvent(
        at=START + HOUR,
        kind=AlertEventKind.RESOLVED,
        fingerprint="f1",
        active_at=START,
        data={"reason": reason},
    )
    with write(engine) as connection:
        append_alert_events(connection, [event])
    (alert,) = make(engine, over, because=ToldBecause.RESOLVED).alerts
    assert (alert.because, alert.ended_because) == (ToldBecause.RESOLVED, told)
