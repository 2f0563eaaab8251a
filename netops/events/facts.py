"""What a trap or a syslog message tells, by the names that rules use. What is read is one line, and bounded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address
from typing import NamedTuple

from netops.model.notification import Notification, NotificationVarbind
from netops.model.syslog import SyslogMessage
from netops.settings.events import SYSLOG_FACILITIES, SYSLOG_SEVERITIES
from netops.snmp.names import Names
from netops.snmp.types import Oid, Varbind
from netops.syslog.decoding import decode, to_line

LONGEST_VALUE = 1000
MOST_VARIABLES = 200
_TABLES = ("1.3.6.1.2.1.2.2.1.", "1.3.6.1.2.1.31.1.1.1.")
"""ifEntry and ifXEntry: what stands behind their columns is the ifIndex (RFC 2863)."""
_IF_DESCRIPTION, _IF_NAME = "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.31.1.1.1.1"


class SeenInterface(NamedTuple):
    """An interface as polls know it."""

    key: str
    alias: str


FindInterface = Callable[[int | str], SeenInterface | None]
"""Finds an interface of the sender by its ifIndex, or by any of its names."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message."""

    source: str
    device: str = ""
    """Empty for a stranger."""
    site: str = ""
    find_interface: FindInterface = field(default=lambda _which: None, compare=False)


def tidy(text: str, most: int = LONGEST_VALUE) -> str:
    """Make a text one line of a bounded length, without controls and marks of direction."""
    return to_line(text[: 2 * most])[:most]


class Variable(NamedTuple):
    """One variable of a trap, worded."""

    text: str
    forms: frozenset[str]
    """All that a rule may call its value: number, label, name, dotted OID."""


class TrapFacts:
    """What a trap tells. Words are made when they are asked for: most traps meet no rule."""

    def __init__(self, notification: Notification, sender: Sender, names: Names) -> None:
        self.sender = sender
        self.notification = notification
        self._names = names

    def variable(self, column: str) -> Variable | None:
        """Give the first variable of a column, whatever its row; None where none was sent."""
        found = self._find(column)
        return None if found is None else self._word(found)

    def index(self, column: str) -> str:
        """Give what stands behind a column's OID; empty where it was not sent."""
        found = self._find(column)
        return "" if found is None else found.oid[len(column) + 1 :]

    def common(self, name: str) -> str:
        """Give the value of a placeholder that every rule may use."""
        if name == "trap":
            return tidy(self._names.symbol(Oid.parse(self.notification.trap_oid)))
        return _read_common(name, self.sender, self.interface)

    @cached_property
    def interface(self) -> SeenInterface | None:
        """The interface it is about, by its ifIndex; as the trap calls it where polls do not know it."""
        for variable in self.notification.varbinds[:MOST_VARIABLES]:
            if variable.oid.startswith(_TABLES):
                last = variable.oid.rpartition(".")[2]
                found = self.sender.find_interface(int(last))
                return found or SeenInterface(self._own_name() or last, "")
        return None

    def _own_name(self) -> str:
        named = self.variable(_IF_NAME) or self.variable(_IF_DESCRIPTION)
        return named.text if named else ""

    def _find(self, column: str) -> NotificationVarbind | None:
        below = f"{column}."
        for one in self.notification.varbinds[:MOST_VARIABLES]:
            if one.oid == column or one.oid.startswith(below):
                return one
        return None

    def _word(self, variable: NotificationVarbind) -> Variable:
        value = variable.value
        oid = Oid.parse(variable.oid)
        if isinstance(value, bytes):
            text = self._names.display(Varbind(oid, variable.tag, value))
            if text == value.hex(":"):
                text = decode(value[: 4 * LONGEST_VALUE]) or text
            text = tidy(text)
            return Variable(text, frozenset({text}))
        if variable.tag == 0x06 and isinstance(value, str):
            symbol = self._names.symbol(Oid.parse(value))
            short = symbol.rpartition("::")[2]
            return Variable(short, frozenset({short, symbol, value}))
        if isinstance(value, int):
            label = self._names.label(oid, value)
            shown = label or self._names.display(Varbind(oid, variable.tag, value))
            return Variable(shown, frozenset({shown, str(value)}))
        shown = str(value) if isinstance(value, str | float | IPv4Address) else ""
        return Variable(tidy(shown), frozenset({shown}))


class SyslogFacts:
    """What a syslog message tells, beside the groups of a rule's pattern."""

    def __init__(self, message: SyslogMessage, sender: Sender) -> None:
        self.sender = sender
        self.message = message

    def read(self, groups: Mapping[str, str | None], name: str) -> str:
        """Give the value of a placeholder; empty for a group that took no part."""
        if name in {"interface", "alias"}:
            return _read_common(name, self.sender, self._interface(groups))
        if name in groups:
            return tidy(groups[name] or "")
        message = self.message
        match name:
            case "severity":
                return "" if message.severity is None else SYSLOG_SEVERITIES[message.severity]
            case "facility":
                return "" if message.facility is None else SYSLOG_FACILITIES[message.facility]
            case "text":
                return tidy(message.text)
            case "host":
                return tidy(message.host)
            case "application":
                return tidy(message.application)
            case "process":
                return tidy(message.process_id)
            case "message_id":
                return tidy(message.message_id)
        return _read_common(name, self.sender, None)

    def find_alias(self, groups: Mapping[str, str | None]) -> str:
        """Give the description of the interface it is about, as polls know it."""
        found = self._interface(groups)
        return found.alias if found else ""

    def _interface(self, groups: Mapping[str, str | None]) -> SeenInterface | None:
        told = tidy(groups.get("interface") or "").rstrip(",.;:")
        if not told:
            return None
        return self.sender.find_interface(told) or SeenInterface(told, "")


def _read_common(name: str, sender: Sender, interface: SeenInterface | None) -> str:
    match name:
        case "device":
            return sender.device
        case "site":
            return sender.site
        case "source":
            return sender.source
        case "interface":
            return interface.key if interface else ""
        case "alias":
            return tidy(interface.alias) if interface else ""
    return ""
