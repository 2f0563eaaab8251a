"""Notifications: traps and informs as they arrived, whoever sent them."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address
from typing import Literal, NamedTuple


class NotificationVarbind(NamedTuple):
    """One variable of a notification."""

    oid: str
    """Dotted, without a leading dot."""
    tag: int
    """The BER tag of the value, as in netops.snmp.types.Tag."""
    value: int | bytes | str | float | IPv4Address | None
    """An OBJECT IDENTIFIER is its dotted text; all else as netops.snmp.types has it."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One trap or inform. A v1 trap is told as RFC 3584 section 3.1 maps it, so that all read alike."""

    received_at: datetime
    source_address: str
    """Who sent the datagram: the device, or a relay before it."""
    source_port: int
    version: Literal["1", "2c", "3"]
    credential: str
    """The name of the credential in the settings; never a community or password."""
    trap_oid: str
    """snmpTrapOID, dotted."""
    uptime_ticks: int | None = None
    """sysUpTime of the sender in hundredths of a second; None where it sent none."""
    user: str = ""
    """The SNMPv3 user; empty for v1 and v2c."""
    engine_id: bytes = b""
    """The sender's engine (v3): authoritative for a trap, contextEngineID for an inform; else empty."""
    agent_address: IPv4Address | None = None
    """Which device it is about: agent-addr of v1, or snmpTrapAddress.0 where a relay added it."""
    enterprise: str = ""
    """v1 enterprise, or snmpTrapEnterprise.0 where sent."""
    varbinds: tuple[NotificationVarbind, ...] = ()
    """In the order sent, without sysUpTime.0 and snmpTrapOID.0."""
    inform: bool = False
    """The sender asked for, and got, a response."""
