"""The second engine (``engine: pysnmp``): SnmpSession over pysnmp, for doubt and for differential tests.

It shares no code with our own engine below netops.snmp.types. Each session has a pysnmp engine of its own
(about 50 ms and 1 MB), because a pysnmp engine knows one key per user name, and two devices may well give
one name two passwords. pysnmp drops datagrams it cannot read, so a device that answers garbage only is
NoAnswer here, and so is a closed port.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

from pyasn1.error import PyAsn1Error
from pysnmp.entity import config
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UsmUserData,
    bulk_cmd,
    get_cmd,
    next_cmd,
)

from netops.errors import (
    AccessDenied,
    AddressNotResolved,
    DeviceError,
    ErrorStatus,
    MalformedReply,
    NoAnswer,
    OidNotIncreasing,
    UnexpectedReply,
    UnknownUser,
    UnsupportedSecurityLevel,
    WrongAuthentication,
    WrongCommunity,
    WrongPrivacy,
)
from netops.i18n import _
from netops.model.access import CommunityCredential, SnmpAccess, UserCredential
from netops.snmp.pysnmp_bridge import AUTH_IDS, PRIV_IDS, as_varbind
from netops.snmp.pysnmp_transport import Target, Target6
from netops.snmp.types import Absent, Column, Oid, SnmpSession, Tag, Varbind

TOO_BIG, NO_SUCH_NAME, NO_ACCESS, AUTHORIZATION_ERROR = 1, 2, 6, 16  # RFC 3416 section 3
STATUS_NAMES = (
    "noError",
    "tooBig",
    "noSuchName",
    "badValue",
    "readOnly",
    "genErr",
    "noAccess",
    "wrongType",
    "wrongLength",
    "wrongEncoding",
    "wrongValue",
    "noCreation",
    "inconsistentValue",
    "resourceUnavailable",
    "commitFailed",
    "undoFailed",
    "authorizationError",
    "notWritable",
    "inconsistentName",
)
_PROBE = Oid.of(1, 3, 6, 1, 2, 1, 1, 3, 0)  # sysUpTime.0, which every agent has
_GRACE_SECONDS = 2.0
"""pysnmp counts its time-outs in ticks of half a second; past this we do not believe it any more."""


class Reply(NamedTuple):
    """A response: its error-status and error-index, and its variables."""

    status: int
    at: int
    varbinds: list[Varbind]


def open_second_session(access: SnmpAccess) -> SnmpSession:
    """Open a session to one device over pysnmp. Nothing is sent before the first request."""
    return SecondSession(access)


class SecondSession:
    """One device over pysnmp; see netops.snmp.types.SnmpSession for what the methods promise."""

    def __init__(self, access: SnmpAccess) -> None:
        self.requests = 0
        self._requests_before = 0
        self._access = access
        self._repetitions = access.max_repetitions
        self._engine = SnmpEngine()
        self._closed = asyncio.Event()
        self._turn = asyncio.Lock()
        """One request at a time: closing an engine under another's request would leave that one's socket open."""
        self._address: tuple[socket.AddressFamily, tuple[Any, ...]] | None = None
        credential = access.credential
        self._is_v1 = isinstance(credential, CommunityCredential) and credential.version == "1"
        self._auth = _auth_data(credential)
        context = credential.context if isinstance(credential, UserCredential) else ""
        self._context = ContextData(contextName=context.encode())

    async def get(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Read single variables, in the order asked."""
        wanted = list(oids)
        absent: dict[Oid, Varbind] = {}
        while wanted:
            reply = await self._request(get_cmd, wanted)
            if reply.status == NO_SUCH_NAME and self._is_v1 and 1 <= reply.at <= len(wanted):
                oid = wanted.pop(reply.at - 1)
                absent[oid] = Varbind(oid, Tag.NO_SUCH_OBJECT, Absent.NO_SUCH_OBJECT)
                continue
            if reply.status == TOO_BIG and len(wanted) > 1:
                half = len(wanted) // 2
                found = await self.get(wanted[:half]) + await self.get(wanted[half:])
            else:
                self._refuse_status(reply)
                found = reply.varbinds
            if [varbind.oid for varbind in found] != wanted:
                raise UnexpectedReply(_("%(host)s: the answer is not about what was asked") % self._words)
            absent.update((varbind.oid, varbind) for varbind in found)
            break
        return [absent[oid] for oid in oids]

    async def get_next(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Give the variable that follows each OID, one request each."""
        return [await self._get_one_next(oid) for oid in oids]

    async def _get_one_next(self, oid: Oid) -> Varbind:
        reply = await self._request(next_cmd, [oid])
        if reply.status or not reply.varbinds:  # v1 says noSuchName at the end; genErr is a stumble
            return Varbind(oid, Tag.END_OF_MIB_VIEW, Absent.END_OF_MIB_VIEW)
        return reply.varbinds[0]

    def limit_repetitions(self, most: int) -> None:
        """Ask for no more rows at once than this from now on."""
        self._repetitions = max(1, min(self._repetitions, most))

    async def walk(self, root: Oid) -> AsyncIterator[Varbind]:
        """Give every variable below a root, in order."""
        at = root
        repetitions = self._repetitions
        while True:
            reply = await self._request_next([at], repetitions)
            if reply.status == NO_SUCH_NAME and self._is_v1:
                return
            if reply.status == TOO_BIG and repetitions > 1:
                repetitions //= 2
                continue
            self._refuse_status(reply)
            for varbind in reply.varbinds:
                if varbind.value is Absent.END_OF_MIB_VIEW or not varbind.oid.startswith(root):
                    return
                self._refuse_circle(at, varbind.oid)
                at = varbind.oid
                yield varbind

    async def read_columns(self, columns: Sequence[Oid], *, rarely: bool = False) -> list[Column]:  # noqa: ARG002 # nothing is ever kept
        """Read whole columns, several in each request."""
        found: dict[Oid, Column] = {column: {} for column in columns}
        cursors = {column: column for column in columns}
        repetitions = self._repetitions
        while cursors:
            reply = await self._request_next(list(cursors.values()), repetitions)
            if reply.status == NO_SUCH_NAME and self._is_v1 and 1 <= reply.at <= len(cursors):
                del cursors[list(cursors)[reply.at - 1]]
                continue
            if reply.status == TOO_BIG and repetitions > 1:
                repetitions //= 2
                continue
            if reply.status == TOO_BIG and len(cursors) > 1:
                for column in cursors:
                    found[column] |= (await self.read_columns([column]))[0]
                break
            self._refuse_status(reply)
            self._take_rows(reply.varbinds, found, cursors)
        return [found[column] for column in columns]

    async def close(self) -> None:
        """Close the socket and the timer. Requests still waiting end with NoAnswer."""
        self._closed.set()
        async with self._turn:
            await self._close_engine()

    async def _forget_agent(self) -> None:
        """Begin anew with discovery: a device that was replaced has another engine ID, and pysnmp never asks."""
        self._requests_before = self.requests
        await self._close_engine()
        self._engine = SnmpEngine()

    async def _close_engine(self) -> None:
        dispatcher = self._engine.transport_dispatcher
        if dispatcher is None:
            return
        timer = dispatcher.loopingcall
        transports = self._transports()
        # a socket that is still being opened would be lost half-open: pysnmp only cancels
        await asyncio.gather(*(transport.opening for transport in transports), return_exceptions=True)
        self._engine.close_dispatcher()
        gone = [transport.gone for transport in transports if transport.gone is not None]
        await asyncio.gather(*gone, *([timer] if timer else []), return_exceptions=True)

    def _take_rows(self, varbinds: list[Varbind], found: dict[Oid, Column], cursors: dict[Oid, Oid]) -> None:
        """Sort the cells of one reply into their columns; a column that has ended leaves ``cursors``."""
        asked = list(cursors)
        for at, varbind in enumerate(varbinds):
            column = asked[at % len(asked)]
            if column not in cursors:
                continue
            if varbind.value is Absent.END_OF_MIB_VIEW or not varbind.oid.startswith(column):
                del cursors[column]
                continue
            self._refuse_circle(cursors[column], varbind.oid)
            cursors[column] = varbind.oid
            if not isinstance(varbind.value, Absent):
                found[column][varbind.oid.index_below(column)] = varbind.value

    async def _request_next(self, oids: list[Oid], repetitions: int) -> Reply:
        if self._is_v1:
            reply = await self._request(next_cmd, oids)
        else:
            reply = await self._request(bulk_cmd, oids, 0, repetitions)
        if not reply.status and not reply.varbinds:
            raise UnexpectedReply(_("%(host)s: an empty answer") % self._words)
        return reply

    async def _request(self, command: Any, oids: Sequence[Oid], *numbers: int) -> Reply:
        """Wait for the requests before it, then send one request and its retries."""
        async with self._turn:
            return await self._send_and_retry(command, oids, *numbers)

    async def _send_and_retry(self, command: Any, oids: Sequence[Oid], *numbers: int) -> Reply:
        """Send one request and its retries; each further try waits half as long again."""
        seconds = self._access.timeout_seconds
        for _try in range(self._access.retries + 1):
            reply = await self._send_once(command, self._auth, seconds, oids, *numbers)
            if reply is not None:
                return reply
            if isinstance(self._access.credential, UserCredential):
                await self._forget_agent()
            seconds *= 1.5
        raise await self._explain_silence()

    async def _send_once(
        self, command: Any, auth: Any, seconds: float, oids: Sequence[Oid], *numbers: int
    ) -> Reply | None:
        """Send one datagram and wait for its answer; None is silence."""
        family, address = await self._resolve()
        if self._closed.is_set():
            raise NoAnswer(_("%(host)s: the session is closed") % self._words)
        target = (Target6 if family == socket.AF_INET6 else Target)(address, seconds)
        objects = [ObjectType(ObjectIdentity(oid.arcs)) for oid in oids]
        asking = asyncio.ensure_future(
            command(self._engine, auth, target, self._context, *numbers, *objects, lookupMib=False)
        )
        closing = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait(
                {asking, closing}, timeout=seconds + _GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            self._count_requests()
            return self._read_outcome(asking.result()) if asking.done() else None
        except (PySnmpError, PyAsn1Error, ValueError) as error:
            words = self._words | {"error": " ".join(str(error).split())}
            raise MalformedReply(_("%(host)s: pysnmp cannot go on: %(error)s") % words) from error
        finally:
            for task in (asking, closing):
                task.cancel()
            # both must be over before the engine may be closed: a task not yet begun would still open a socket
            await asyncio.gather(asking, closing, return_exceptions=True)
        # a closed session leaves `asking` cancelled; pysnmp's callback looks at that and stays quiet

    def _read_outcome(self, outcome: tuple[Any, Any, Any, Any]) -> Reply | None:
        indication, status, index, varbinds = outcome
        if indication is None:
            return Reply(int(status), int(index), [as_varbind(name, value) for name, value in varbinds])
        kind = type(indication).__name__
        if kind == "RequestTimedOut":
            return None
        error, text = _word_indication(kind)
        raise error(f"{self._access.host}: {text or indication}")

    async def _explain_silence(self) -> DeviceError:
        """Ask once more in another way, to tell a refusal from absence.

        An agent is silent to a wrong community and to what it cannot decrypt. It answers an SNMPv3 user it
        does not know with a report, and the same user without privacy with at least authorizationError.
        """
        credential = self._access.credential
        told: type[DeviceError]
        if isinstance(credential, CommunityCredential):
            probe, told = UserCredential("netops-probe"), WrongCommunity
            text = _("%(host)s: the agent answers SNMPv3, but not this community; check the community")
        elif credential.priv is not None:
            probe = UserCredential(credential.user, credential.auth, credential.auth_password)
            told = WrongPrivacy
            text = _("%(host)s: the agent answers this user without privacy only; check the privacy password")
        else:
            return NoAnswer(self._silence)
        try:
            reply = await self._send_once(get_cmd, _auth_data(probe), self._access.timeout_seconds, [_PROBE])
        except NoAnswer:
            reply = None
        except DeviceError:
            return told(text % self._words) if told is WrongCommunity else NoAnswer(self._silence)
        return NoAnswer(self._silence) if reply is None else told(text % self._words)

    @property
    def _words(self) -> dict[str, Any]:
        return {"host": self._access.host, "port": self._access.port, "tries": self._access.retries + 1}

    @property
    def _silence(self) -> str:
        return _("%(host)s: no answer on port %(port)d after %(tries)d tries") % self._words

    def _refuse_status(self, reply: Reply) -> None:
        if not reply.status:
            return
        words = self._words | {"index": reply.at, "status": reply.status}
        if reply.status in {NO_ACCESS, AUTHORIZATION_ERROR}:
            raise AccessDenied(_("%(host)s: the agent denies access; check its views") % words)
        if reply.status < len(STATUS_NAMES):
            words["status"] = STATUS_NAMES[reply.status]
        text = _("%(host)s: the agent answers %(status)s for variable %(index)d") % words
        raise ErrorStatus(text, status=reply.status, index=reply.at)

    def _refuse_circle(self, before: Oid, after: Oid) -> None:
        if after.arcs <= before.arcs:
            words = self._words | {"after": after, "before": before}
            raise OidNotIncreasing(
                _("%(host)s: the agent walks in a circle: %(after)s follows %(before)s") % words
            )

    async def _resolve(self) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
        if self._address is None:
            loop = asyncio.get_running_loop()
            host, port = self._access.host, self._access.port
            try:
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
            except OSError as error:
                raise AddressNotResolved(_("%(host)s: the name has no address") % self._words) from error
            self._address = found[0][0], found[0][4]
        return self._address

    def _count_requests(self) -> None:
        self.requests = self._requests_before + sum(transport.sent for transport in self._transports())

    def _transports(self) -> list[Any]:
        """Give the sockets that the requests so far have opened."""
        if self._engine.transport_dispatcher is None:
            return []
        domains = (Target.TRANSPORT_DOMAIN, Target6.TRANSPORT_DOMAIN)
        return [found for domain in domains if (found := config.get_transport(self._engine, domain))]


def _auth_data(credential: CommunityCredential | UserCredential) -> Any:
    if isinstance(credential, CommunityCredential):
        return CommunityData(
            "c", credential.community.encode(), mpModel=0 if credential.version == "1" else 1
        )
    return UsmUserData(
        credential.user,
        authKey=credential.auth_password.encode() if credential.auth else None,
        privKey=credential.priv_password.encode() if credential.priv else None,
        authProtocol=AUTH_IDS[credential.auth],
        privProtocol=PRIV_IDS[credential.priv],
    )


def _word_indication(kind: str) -> tuple[type[DeviceError], str]:
    """Give our error for the class name of one of pysnmp's error indications, and what to check."""
    match kind:
        case "UnknownUserName" | "UnknownSecurityName":
            return UnknownUser, _("the agent does not know this SNMPv3 user; check its name")
        case "WrongDigest" | "AuthenticationFailure" | "AuthenticationError":
            return WrongAuthentication, _(
                "wrong authentication; check the authentication password and protocol"
            )
        case "UnsupportedSecurityLevel":
            return UnsupportedSecurityLevel, _(
                "the agent's user has another security level; check auth and priv"
            )
        case "DecryptionError":
            return WrongPrivacy, _("wrong privacy; check the privacy password and protocol")
        case "NoSuchContext" | "UnknownContext":
            return AccessDenied, _("the agent does not know this context; check its name")
        case "ParseError" | "DeserializationError":
            return MalformedReply, _("an answer that cannot be read")
        case _other:
            return UnexpectedReply, ""
