"""Who may send us notifications: decided on the message's header, before pysnmp sees the rest.

pysnmp alone would take an unauthenticated message in the name of an authenticated user, take an old trap
again, and keep an entry for every engine that anybody names. The gate closes these, and finds the credential
of a sender that was never seen before. It holds no sockets.
"""

import hmac
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from netops.clock import Clock
from netops.errors import MalformedReply
from netops.model.access import CommunityCredential, Credential, UserCredential
from netops.snmp import codec, usm
from netops.snmp.types import Tag

TIME_WINDOW_SECONDS = 150  # RFC 3414 section 2.2.3
_SEQUENCE = 0x30
_LEVELS = {0: "noAuthNoPriv", 1: "authNoPriv", 3: "authPriv"}
_REPORTABLE = 4


@dataclass(frozen=True, slots=True)
class MessageHeader:
    """What a message says of its sender before any of it can be trusted."""

    version: str
    """``1``, ``2c`` or ``3``."""
    community: bytes = b""
    engine_id: bytes = b""
    """msgAuthoritativeEngineID: the sender's for a trap, ours for an inform, empty in a discovery."""
    boots: int = 0
    time: int = 0
    user: bytes = b""
    level: str = ""
    reportable: bool = False
    mac: tuple[int, int] = (0, 0)
    """Where msgAuthenticationParameters stand in the datagram."""


class Verdict(NamedTuple):
    """The gate's answer."""

    reason: str
    """Empty when the message may pass; else a word for metrics and logs."""
    name: str = ""
    """The credential's name in the settings."""
    credential: Credential | None = None
    keys: usm.UserKeys | None = None
    """The user's keys localized to the engine the message names."""


def read_message_header(data: bytes) -> MessageHeader:
    """Read a message down to who sent it.

    Raises:
        MalformedReply: Not SNMP, or cut short.
    """
    version, at, end = codec.read_version(data)
    if version in {0, 1}:
        start, stop = codec.expect(data, at, end, Tag.OCTET_STRING)
        return MessageHeader("1" if version == 0 else "2c", community=data[start:stop])
    if version != 3:
        raise MalformedReply(f"SNMP version {version} is none we know")
    inner, at = codec.expect(data, at, end, _SEQUENCE)
    _, place = codec.read_integer(data, inner, at)
    _, place = codec.read_integer(data, place, at)
    flags_at, place = codec.expect(data, place, at, Tag.OCTET_STRING)
    model, _ = codec.read_integer(data, place, at)
    flags = data[flags_at] if place - flags_at == 1 else 2
    if model != 3 or flags & 3 not in _LEVELS:
        raise MalformedReply("not a message of the User-based Security Model")
    header = _read_security_parameters(data, at, end)
    return replace(header, level=_LEVELS[flags & 3], reportable=bool(flags & _REPORTABLE))


def _read_security_parameters(data: bytes, at: int, end: int) -> MessageHeader:
    start, stop = codec.expect(data, at, end, Tag.OCTET_STRING)
    at, stop = codec.expect(data, start, stop, _SEQUENCE)
    engine_at, engine_end = codec.expect(data, at, stop, Tag.OCTET_STRING)
    boots, at = codec.read_integer(data, engine_end, stop)
    time, at = codec.read_integer(data, at, stop)
    user_at, user_end = codec.expect(data, at, stop, Tag.OCTET_STRING)
    mac = codec.expect(data, user_end, stop, Tag.OCTET_STRING)
    return MessageHeader(
        "3",
        engine_id=data[engine_at:engine_end],
        boots=boots,
        time=time,
        user=data[user_at:user_end],
        mac=mac,
    )


class Gate:
    """Decides on headers; knows the credentials and the clocks of the engines that have sent."""

    def __init__(
        self,
        credentials: Mapping[str, Credential],
        own_engine_id: bytes,
        clock: Clock,
        engine_ids: Iterable[bytes] | None = None,
        engine_limit: int = 10_000,
    ) -> None:
        self.communities: dict[bytes, str] = {}
        self.users: dict[bytes, list[tuple[str, UserCredential]]] = {}
        for name, credential in credentials.items():
            if isinstance(credential, CommunityCredential):
                self.communities.setdefault(credential.community.encode(), name)
            else:
                self.users.setdefault(credential.user.encode(), []).append((name, credential))
        self._own_engine_id = own_engine_id
        self._clock = clock
        self._engine_ids = None if engine_ids is None else frozenset(engine_ids)
        self._engine_limit = engine_limit
        self._clocks: OrderedDict[bytes, tuple[int, int, float]] = OrderedDict()
        self._localize = lru_cache(maxsize=engine_limit)(usm.localize_user)

    def judge(self, header: MessageHeader, data: bytes) -> Verdict:
        """Say whether a message may pass, and by which credential.

        An SNMPv3 message must come at exactly its credential's security level. A trap's engine may be any
        (or one of ``engine_ids``): its keys are derived on the spot, and its first authenticated message
        sets the clock that later ones are held against (RFC 3414 section 3.2, step 7b).
        """
        if header.version != "3":
            name = self.communities.get(header.community)
            return Verdict("unknown_community") if name is None else Verdict("", name)
        is_ours = header.engine_id == self._own_engine_id
        if not is_ours and not 5 <= len(header.engine_id) <= 32:
            return Verdict("no_engine_id")
        if not is_ours and self._engine_ids is not None and header.engine_id not in self._engine_ids:
            return Verdict("engine_not_allowed")
        verdict = self._find_user(header, data)
        if verdict.reason or is_ours or header.level == "noAuthNoPriv":
            return verdict
        return verdict if self._keep_time(header) else Verdict("not_in_time_window")

    def _find_user(self, header: MessageHeader, data: bytes) -> Verdict:
        """Find the credential that made this message, among all of that user name."""
        known = self.users.get(header.user)
        if not known:
            return Verdict("unknown_user")
        fitting = [(name, credential) for name, credential in known if credential.level == header.level]
        if not fitting:
            return Verdict("wrong_security_level")
        verdict = Verdict("")
        for name, credential in fitting:
            keys = self._localize(credential, header.engine_id)
            verdict = Verdict("", name, credential, keys)
            if credential.auth is None:
                return verdict
            start, stop = header.mac
            blank = data[:start] + bytes(stop - start) + data[stop:]
            if hmac.compare_digest(usm.sign(credential.auth, keys.auth, blank), data[start:stop]):
                return verdict
        return verdict._replace(reason="wrong_authentication")

    def _keep_time(self, header: MessageHeader) -> bool:
        """Hold an authenticated trap's boots and time against what its engine said before."""
        now = self._clock.monotonic()
        boots, latest, at = self._clocks.get(header.engine_id, (-1, 0, now))
        if header.boots < boots:
            return False
        if header.boots == boots and header.time < latest + int(now - at) - TIME_WINDOW_SECONDS:
            return False
        if header.boots > boots or header.time > latest:
            self._clocks[header.engine_id] = (header.boots, header.time, now)
            self._clocks.move_to_end(header.engine_id)
            if len(self._clocks) > self._engine_limit:
                self._clocks.popitem(last=False)
        return True
