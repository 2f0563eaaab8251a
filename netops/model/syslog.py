"""Syslog messages, as the receiver hands them on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

SyslogTransport = Literal["udp", "tcp", "tls"]
SyslogForm = Literal["rfc5424", "rfc3164", "plain"]


@dataclass(frozen=True, slots=True)
class SyslogMessage:
    """One message. Whoever can reach the port can send one: nothing in it is proven, over TLS with clients' keys aside."""

    received_at: datetime
    source_address: str
    """Who sent it to us: the device, or a relay before it."""
    transport: SyslogTransport
    form: SyslogForm
    line: str
    """All of it behind the priority, on one line, for people and for patterns; control characters are blanks."""
    text: str
    """What is left of it without time, host and tag."""
    facility: int | None = None
    """0 to 23 (RFC 5424 table 1); None where it names no priority."""
    severity: int | None = None
    """0, an emergency, to 7, debugging (RFC 5424 table 2)."""
    sent_at: datetime | None = None
    """The sender's own clock; None where it does not tell its time zone."""
    host: str = ""
    """What the sender calls itself."""
    application: str = ""
    """APP-NAME, or the tag of RFC 3164."""
    process_id: str = ""
    message_id: str = ""
    """MSGID; empty in RFC 3164, where devices write their own into the text."""
    data: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Structured data: element to parameters. RFC 5424 only."""
    is_cut: bool = False
    """It was longer than what is read of one message."""
