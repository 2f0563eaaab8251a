"""Apply event rules to traps and syslog messages: alerts begin and end, events are recorded, devices polled."""

from collections import Counter
from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from netops.events.facts import SeenInterface, Sender, SyslogFacts, TrapFacts
from netops.events.rules import EventRules, Taken, Verdict
from netops.model.event import Event, EventKind
from netops.model.notification import Notification
from netops.model.syslog import SyslogMessage
from netops.services.changes import KnownInterface
from netops.services.event_alerts import EventAlerts
from netops.services.fleet import Fleet, WatchedDevice
from netops.snmp.names import Names
from netops.store.queries.devices import has_device
from netops.store.queries.events import append_event
from netops.store.writer import Writer

_LONGEST_TEXT = 500


class ApplyEventRules:
    """The use case. All of it belongs to one event loop."""

    def __init__(
        self,
        rules: EventRules,
        *,
        fleet: Fleet,
        alerts: EventAlerts,
        writer: Writer,
        names: Names,
        ask_poll: Callable[[str], None],
    ) -> None:
        self.rules = rules
        self.taken: Counter[tuple[str, ...]] = Counter()
        """Messages by rule and by what became of them: raised, repeated, ended, recorded, dropped."""
        self._fleet = fleet
        self._alerts = alerts
        self._writer = writer
        self._names = names
        self._ask_poll = ask_poll

    def change_rules(self, rules: EventRules) -> None:
        """Put other rules in force; alerts of rules that are gone end."""
        self.rules = rules
        self._alerts.keep_rules(frozenset(rule.name for rule in rules.rules if not rule.record_only))

    def on_notification(self, notification: Notification, device: WatchedDevice | None) -> None:
        """Look at a trap (a listener of ReceiveEvent, which keeps every trap as an event)."""
        if self.rules.wants(notification.trap_oid):
            address = str(notification.agent_address or notification.source_address)
            facts = TrapFacts(notification, make_sender(address, device), self._names)
            self._apply(self.rules.judge_trap(facts), None)

    def on_syslog(self, message: SyslogMessage, name: str | None) -> None:
        """Look at a syslog message (SyslogListener); only what a rule takes is kept as an event."""
        device = self._fleet.devices.get(name) if name else None
        facts = SyslogFacts(message, make_sender(message.source_address, device))
        self._apply(self.rules.judge_syslog(facts), message)

    def _apply(self, verdict: Verdict, message: SyslogMessage | None) -> None:
        polled = set()
        for one in verdict.ends:
            if self._end(one) and one.rule.poll:
                polled.add(one.sender.device)
        taken = verdict.taken
        if taken is not None:
            if taken.rule.record_only:
                self._record(taken, message)
            else:
                self._raise(taken, message)
            if taken.rule.poll:
                polled.add(taken.sender.device)
        for device in polled - {""}:
            self._ask_poll(device)

    def _end(self, taken: Taken) -> bool:
        ended = self._alerts.end_alerts(taken)
        self.taken[taken.rule.name, "ended"] += ended
        return ended > 0

    def _raise(self, taken: Taken, message: SyslogMessage | None) -> None:
        outcome = self._alerts.raise_alert(taken)
        self.taken[taken.rule.name, outcome] += 1
        if message is not None and outcome == "raised":
            self._keep(taken, message)

    def _record(self, taken: Taken, message: SyslogMessage | None) -> None:
        may_begin = message is None or self._alerts.may_begin(taken.rule)
        self.taken[taken.rule.name, "recorded" if may_begin else "dropped"] += 1
        if message is not None and may_begin:
            self._keep(taken, message)

    def _keep(self, taken: Taken, message: SyslogMessage) -> None:
        """Keep a syslog message as an event of its device."""
        device = self._fleet.devices.get(taken.sender.device)
        event = Event(
            at=message.received_at,
            kind=EventKind.SYSLOG_RECEIVED,
            device_id=device.id if device else None,
            device_name=taken.sender.device,
            subject=taken.rule.name,
            text=(taken.annotations().get("summary") or message.text)[:_LONGEST_TEXT],
            data={
                "source": message.source_address,
                "rule": taken.rule.name,
                "line": message.line[:_LONGEST_TEXT],
                "severity": message.severity,
            },
        )

        def write(connection: Connection) -> None:
            if event.device_id is not None and not has_device(connection, event.device_id):
                event.device_id = None  # removed since; its name still tells
            append_event(connection, event)

        self._writer.submit(write)


def make_sender(address: str, device: WatchedDevice | None) -> Sender:
    """Tell rules who sent a message."""
    if device is None:
        return Sender(address)
    return Sender(
        address,
        device.name,
        device.settings.site,
        lambda which: find_interface(device.interfaces or {}, which),
    )


def find_interface(interfaces: Mapping[str, KnownInterface], which: int | str) -> SeenInterface | None:
    """Find an interface by its ifIndex, or by any of its names, case aside; Junos adds a unit to them."""
    if isinstance(which, int):
        found = next(((key, one) for key, one in interfaces.items() if one.if_index == which), None)
        return SeenInterface(found[0], found[1].alias) if found else None
    for name in dict.fromkeys((which, which.rpartition(".")[0])):
        wanted = name.lower()
        for key, one in interfaces.items():
            if wanted and wanted in {key.lower(), one.name.lower(), one.description.lower()}:
                return SeenInterface(key, one.alias)
    return None
