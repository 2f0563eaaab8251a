"""The section ``syslog`` of ``netops.yaml``."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from pydantic import Field

from netops.i18n import _
from netops.settings.endpoints import Endpoint, split_endpoint
from netops.settings.parts import Conflict, FilePath, Part, Switch, Text


class SyslogSettings(Part):
    """The receiver of syslog messages."""

    enabled: Switch = Field(default=False, description="Receive syslog.")
    udp: tuple[Endpoint, ...] = Field(
        default=("127.0.0.1:1514",),
        description="Addresses and UDP ports to listen on. Port 514 needs a privilege.",
    )
    tcp: tuple[Endpoint, ...] = Field(
        default=("127.0.0.1:1514",), description="The same for TCP, in either framing of RFC 6587."
    )
    tls: tuple[Endpoint, ...] = Field(
        default=(), description="The same for TLS (RFC 5425), such as port 6514."
    )
    tls_certificate: FilePath | None = Field(
        default=None, description="File with our certificate and those above it, in PEM."
    )
    tls_key: FilePath | None = Field(
        default=None, description="File with its private key, without a passphrase."
    )
    tls_clients: FilePath | None = Field(
        default=None,
        description="File with the certificate authorities of devices; with it, only devices that show a certificate "
        "of theirs are let in.",
    )
    relays: tuple[Text, ...] = Field(
        default=(),
        description="Addresses of relays; a message of theirs is of the device that it calls its host.",
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Ask for a certificate where TLS is to be spoken."""
        if given.get("tls"):
            for key in ("tls_certificate", "tls_key"):
                if key not in given:
                    yield Conflict((key,), _("is missing"), _("TLS needs a certificate and its key"))
        relays = given.get("relays")
        for number, relay in enumerate(relays if isinstance(relays, list) else ()):
            if not isinstance(relay, str) or not _is_address(relay):
                yield Conflict(("relays", number), _("is no address"))

    def places(self, transport: str) -> list[tuple[str, int]]:
        """Give hosts, IPv6 without brackets, and ports to listen on."""
        return [split_endpoint(text) for text in getattr(self, transport)]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
