"""The device named on a command line: HOST[:PORT], and the credential beside it."""

import ipaddress
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple, TypeVar

import typer

from netops.i18n import _
from netops.model.access import (
    AuthProtocol,
    CommunityCredential,
    Credential,
    PrivProtocol,
    SnmpAccess,
    UserCredential,
)

_SHORTEST_PASSWORD = 8  # RFC 3414 section 11.2
_MOST_SECONDS = 60.0

HostArgument = Annotated[
    str, typer.Argument(metavar="HOST[:PORT]", help=_("Address or name; [::1]:161 for IPv6."))
]
CommunityOption = Annotated[
    str | None,
    typer.Option(
        "--community", "-c", envvar="NETOPS_COMMUNITY", help=_("SNMPv2c community; default: public.")
    ),
]
Version1Option = Annotated[bool, typer.Option("--v1", help=_("Speak SNMPv1 instead of v2c."))]
UserOption = Annotated[str | None, typer.Option("--v3-user", help=_("SNMPv3 user."))]
AuthOption = Annotated[
    str | None,
    typer.Option("--auth", envvar="NETOPS_AUTH", help=_("Authentication, e.g. SHA256:PASSWORD.")),
]
PrivOption = Annotated[
    str | None, typer.Option("--priv", envvar="NETOPS_PRIV", help=_("Privacy, e.g. AES:PASSWORD."))
]
ContextOption = Annotated[str, typer.Option("--context", help=_("SNMPv3 context."))]
TimeoutOption = Annotated[
    float,
    typer.Option("--timeout", min=0.05, max=_MOST_SECONDS, help=_("Seconds to wait for the first try.")),
]
RetriesOption = Annotated[int, typer.Option("--retries", min=0, max=10, help=_("Tries after the first."))]
EngineOption = Annotated[str, typer.Option("--engine", help=_("SNMP engine: netops or pysnmp."))]


class Place(NamedTuple):
    """Where an agent listens."""

    host: str
    port: int


def parse_place(text: str, default_port: int = 161) -> Place:
    """Take ``HOST``, ``HOST:PORT``, ``::1`` or ``[::1]:PORT`` apart.

    Raises:
        typer.BadParameter: Not of that form.
    """
    host, port = text.strip(), ""
    if host.startswith("["):
        host, closed, rest = host[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise typer.BadParameter(_("%(text)s is not an address; write [::1]:161") % {"text": text})
        port = rest[1:]
    elif host.count(":") == 1:
        host, _colon, port = host.partition(":")
    elif ":" in host:
        try:
            ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            raise typer.BadParameter(
                _("%(text)s is not an address; write [::1]:161") % {"text": text}
            ) from None
    if not host or any(character.isspace() for character in host):
        raise typer.BadParameter(_("%(text)s names no host") % {"text": text})
    if not port:
        return Place(host, default_port)
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535):
        raise typer.BadParameter(_("%(port)s is not a port; ports are 1 to 65535") % {"port": port})
    return Place(host, int(port))


def build_credential(
    *,
    community: str | None,
    version1: bool,
    user: str | None,
    auth: str | None,
    priv: str | None,
    context: str,
) -> Credential:
    """Make the credential that the options describe; SNMPv2c with ``public`` when they say nothing.

    Raises:
        typer.BadParameter: The options do not fit each other, or a protocol is unknown.
    """
    if user is None:
        if auth or priv or context:
            raise typer.BadParameter(_("--auth, --priv and --context belong to SNMPv3; add --v3-user"))
        return CommunityCredential("1" if version1 else "2c", community or "public")
    if version1:
        raise typer.BadParameter(_("--v1 and --v3-user exclude each other"))
    if priv and not auth:
        raise typer.BadParameter(_("SNMPv3 has no privacy without authentication; add --auth"))
    auth_protocol, auth_password = _split("--auth", auth, AuthProtocol) if auth else (None, "")
    priv_protocol, priv_password = _split("--priv", priv, PrivProtocol) if priv else (None, "")
    return UserCredential(user, auth_protocol, auth_password, priv_protocol, priv_password, context)


_Protocol = TypeVar("_Protocol", bound=StrEnum)


def _split(option: str, text: str, protocols: type[_Protocol]) -> tuple[_Protocol, str]:
    name, _colon, password = text.partition(":")
    known = {protocol.value: protocol for protocol in protocols}
    spelling = name.upper().replace("-", "").replace("AES128", "AES").replace("SHA1", "SHA")
    if spelling not in known:
        words = {"option": option, "known": ", ".join(known)}
        # The text is not repeated: it may be a bare password.
        raise typer.BadParameter(_("%(option)s needs PROTOCOL:PASSWORD with one of %(known)s") % words)
    if not password:
        password = typer.prompt(_("%(option)s password") % {"option": option}, hide_input=True)
    if len(password) < _SHORTEST_PASSWORD:
        raise typer.BadParameter(
            _("the %(option)s password has fewer than %(least)d characters, which SNMPv3 forbids")
            % {"option": option, "least": _SHORTEST_PASSWORD}
        )
    return known[spelling], password


def build_access(
    place: Place, credential: Credential, *, timeout: float, retries: int, engine: str
) -> SnmpAccess:
    """Put address and credential together.

    Raises:
        typer.BadParameter: There is no such engine.
    """
    chosen: Literal["netops", "pysnmp"]
    if engine == "netops":
        chosen = "netops"
    elif engine == "pysnmp":
        chosen = "pysnmp"
    else:
        raise typer.BadParameter(_("--engine is netops or pysnmp"))
    return SnmpAccess(
        host=place.host,
        credential=credential,
        port=place.port,
        timeout_seconds=timeout,
        retries=retries,
        engine=chosen,
    )
