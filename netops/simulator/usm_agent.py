"""SNMPv3 on the agent's side: messages opened, reports and replies sealed, as the authoritative engine.

Source: RFC 3412 section 7, RFC 3414 sections 3.1 and 3.2. Keys and ciphers are netops.snmp.usm's.
"""

import hmac
from collections.abc import Mapping
from typing import NamedTuple

from netops.errors import MalformedReply
from netops.model.access import UserCredential
from netops.simulator.encoding import encode_varbind
from netops.simulator.faults import Faults
from netops.simulator.state import DeviceState
from netops.snmp import codec, usm
from netops.snmp.types import Oid, Tag

AUTH = 1
PRIV = 2
REPORTABLE = 4
TIME_WINDOW = 150  # seconds, RFC 3414 section 2.2.3
_USM = 3
_MAX_SIZE = b"\x02\x03\x00\xff\xe3"  # msgMaxSize 65507
_HEADER_BYTES = 80  # what surrounds a reply beyond engine id, names and MAC; rounded up

_USM_STATS = Oid.parse("1.3.6.1.6.3.15.1.1")
UNSUPPORTED_LEVEL = _USM_STATS / (1, 0)
NOT_IN_TIME_WINDOW = _USM_STATS / (2, 0)
UNKNOWN_USER = _USM_STATS / (3, 0)
UNKNOWN_ENGINE = _USM_STATS / (4, 0)
WRONG_DIGEST = _USM_STATS / (5, 0)
DECRYPTION_ERROR = _USM_STATS / (6, 0)
UNKNOWN_CONTEXT = Oid.parse("1.3.6.1.6.3.12.1.5.0")


class Refused(Exception):
    """A message that is answered by a Report."""

    def __init__(self, stat: Oid, request: "Request", *, flags: int = 0) -> None:
        super().__init__(str(stat))
        self.stat = stat
        self.request = request
        self.flags = flags
        """The security level of the Report."""


class Request(NamedTuple):
    """A v3 message as it came; ``pdu`` is None until its level has been dealt with."""

    message_id: int
    max_size: int
    flags: int
    engine_id: bytes
    boots: int
    time: int
    user: bytes
    mac: tuple[int, int]
    """Where the MAC begins and ends in ``data``."""
    salt: bytes
    data: bytes
    payload: int
    end: int
    context: bytes = b""
    pdu: codec.Pdu | None = None

    @property
    def level(self) -> int:
        """The AUTH and PRIV bits."""
        return self.flags & (AUTH | PRIV)


def read_request(data: bytes, at: int, end: int) -> Request:
    """Read what follows the version of a v3 message.

    Raises:
        MalformedReply: Not a USM message, or privacy without authentication (RFC 3412 section 7.2).
    """
    start, payload = codec.expect(data, at, end, 0x30)
    message_id, start = codec.read_integer(data, start, payload)
    max_size, start = codec.read_integer(data, start, payload)
    flags_at, flags_end = codec.expect(data, start, payload, Tag.OCTET_STRING)
    model, _ = codec.read_integer(data, flags_end, payload)
    if flags_end - flags_at != 1 or model != _USM or data[flags_at] & (AUTH | PRIV) == PRIV:
        raise MalformedReply("not a message of the User-based Security Model")
    start, payload = codec.expect(data, payload, end, Tag.OCTET_STRING)
    start, stop = codec.expect(data, start, payload, 0x30)
    engine_at, engine_end = codec.expect(data, start, stop, Tag.OCTET_STRING)
    boots, start = codec.read_integer(data, engine_end, stop)
    time, start = codec.read_integer(data, start, stop)
    user_at, user_end = codec.expect(data, start, stop, Tag.OCTET_STRING)
    mac = codec.expect(data, user_end, stop, Tag.OCTET_STRING)
    salt_at, salt_end = codec.expect(data, mac[1], stop, Tag.OCTET_STRING)
    for number in (message_id, max_size, boots, time):
        if not 0 <= number < 2**31:
            raise MalformedReply("a header field is outside 0 … 2**31-1")
    engine_id, user = data[engine_at:engine_end], data[user_at:user_end]
    salt = data[salt_at:salt_end]
    return Request(
        message_id, max_size, data[flags_at], engine_id, boots, time, user, mac, salt, data, payload, end
    )


class UsmAgent:
    """The authoritative engine of one device."""

    __slots__ = ("_keys", "_salt", "_state", "_stats", "_users", "engine_id")

    def __init__(self, engine_id: bytes, state: DeviceState, users: Mapping[bytes, UserCredential]) -> None:
        self.engine_id = engine_id
        self._state = state
        self._users = users
        self._keys: dict[bytes, usm.UserKeys] = {}
        self._stats: dict[bytes, int] = {}
        self._salt = int.from_bytes(engine_id[-4:], "big") << 32

    def change_engine_id(self, engine_id: bytes) -> None:
        """Become another engine; the users' keys are bound anew."""
        self.engine_id = engine_id
        self._keys.clear()

    def _keys_of(self, user: bytes) -> usm.UserKeys:
        keys = self._keys.get(user)
        if keys is None:
            keys = self._keys[user] = usm.localize_user(self._users[user], self.engine_id)
        return keys

    # --- opening

    def open(self, request: Request) -> Request:
        """Check a message in the order of RFC 3414 section 3.2, and give it with its PDU.

        Raises:
            Refused: It is to be answered by a Report.
            MalformedReply: It is to be dropped.
        """
        if request.engine_id != self.engine_id:
            raise Refused(UNKNOWN_ENGINE, self._peek(request))
        credential = self._users.get(request.user)
        if credential is None:
            raise Refused(UNKNOWN_USER, self._peek(request))
        offered = (AUTH if credential.auth else 0) | (PRIV if credential.priv else 0)
        if request.level & ~offered:
            raise Refused(UNSUPPORTED_LEVEL, self._peek(request))
        if request.flags & AUTH:
            self._check_mac(request, credential)
            ahead = request.time - self._state.engine_time()
            if request.boots != self._state.engine_boots or abs(ahead) > TIME_WINDOW:
                raise Refused(NOT_IN_TIME_WINDOW, self._peek(request), flags=AUTH)
        opened = self._decrypt(request, credential) if request.flags & PRIV else _read_scoped(request)
        if opened.context:
            raise Refused(UNKNOWN_CONTEXT, opened, flags=opened.level)
        return opened

    def is_enough(self, request: Request) -> bool:
        """Say whether the level is the user's own; what is below is not shown anything (as VACM would)."""
        credential = self._users[request.user]
        return request.level == (AUTH if credential.auth else 0) | (PRIV if credential.priv else 0)

    def _check_mac(self, request: Request, credential: UserCredential) -> None:
        if credential.auth is None:  # not reached: the level was checked; said for the type
            raise Refused(UNSUPPORTED_LEVEL, request)
        data, (start, stop) = request.data, request.mac
        blank = data[:start] + bytes(stop - start) + data[stop : request.end]
        mac = usm.sign(credential.auth, self._keys_of(request.user).auth, blank)
        if not hmac.compare_digest(mac, data[start:stop]):
            raise Refused(WRONG_DIGEST, self._peek(request))

    def _decrypt(self, request: Request, credential: UserCredential) -> Request:
        if credential.priv is None:  # not reached: the level was checked; said for the type
            raise Refused(UNSUPPORTED_LEVEL, request)
        start, stop = codec.expect(request.data, request.payload, request.end, Tag.OCTET_STRING)
        try:
            text = usm.decrypt(
                credential.priv,
                self._keys_of(request.user).priv,
                boots=request.boots,
                time=request.time,
                parameters=request.salt,
                text=request.data[start:stop],
            )
            return _read_scoped(request._replace(data=text, payload=0, end=len(text)))
        except (ValueError, MalformedReply):  # a wrong key gives noise
            raise Refused(DECRYPTION_ERROR, request, flags=AUTH) from None

    @staticmethod
    def _peek(request: Request) -> Request:
        """Add the PDU of a plain message, so that the Report can carry its request-id."""
        if request.flags & PRIV:
            return request
        try:
            return _read_scoped(request)
        except MalformedReply:
            return request

    # --- sealing

    def room(self, request: Request, largest: int) -> int:
        """Give how many bytes the varbinds of a reply may take."""
        names = (
            2 * len(self.engine_id)
            + len(request.user)
            + len(request.context)
            + (request.mac[1] - request.mac[0])
        )
        return min(largest, request.max_size) - _HEADER_BYTES - names

    def report(self, refused: Refused) -> bytes | None:
        """Write the Report; None where the sender asked for none (RFC 3412 section 7.1 step 3)."""
        request = refused.request
        self._stats[refused.stat] = count = self._stats.get(refused.stat, 0) + 1
        if not request.flags & REPORTABLE:
            return None
        varbind = encode_varbind(
            refused.stat, Tag.COUNTER32, count.to_bytes(count.bit_length() // 8 + 1, "big")
        )
        request_id = request.pdu.request_id if request.pdu else 0
        pdu = encode_reply(codec.REPORT, request_id, 0, 0, varbind)
        return self._seal(request, pdu, flags=refused.flags)

    def seal(self, request: Request, pdu: bytes, faults: Faults, *, message_id: int) -> bytes:
        """Write a reply at the level of its request, as far as the faults let it."""
        flags = request.level
        if faults.plaintext:
            flags &= AUTH
        if faults.unsigned:
            flags = 0
        request = request._replace(message_id=message_id)
        return self._seal(request, pdu, flags=flags, forged=faults.forged_hmac)

    def _seal(self, request: Request, pdu: bytes, *, flags: int, forged: bool = False) -> bytes:
        credential = self._users.get(request.user)
        boots, time = self._state.engine_boots, self._state.engine_time()
        engine = codec.encode_tlv(Tag.OCTET_STRING, self.engine_id)
        payload = codec.encode_tlv(0x30, engine + codec.encode_tlv(Tag.OCTET_STRING, request.context) + pdu)
        salt = b""
        if flags & PRIV and credential and credential.priv:
            self._salt += 1
            key = self._keys_of(request.user).priv
            payload, salt = usm.encrypt(
                credential.priv, key, boots=boots, time=time, salt=self._salt, text=payload
            )
            payload = codec.encode_tlv(Tag.OCTET_STRING, payload)
        auth = credential.auth if credential and flags & AUTH else None
        blank = bytes(usm.AUTH_ALGORITHMS[auth].mac_length if auth else 0)
        tail = codec.encode_tlv(Tag.OCTET_STRING, salt)
        security = engine + codec.encode_integer(boots) + codec.encode_integer(time)
        security += codec.encode_tlv(Tag.OCTET_STRING, request.user)
        security = codec.encode_tlv(0x30, security + codec.encode_tlv(Tag.OCTET_STRING, blank) + tail)
        header = codec.encode_integer(request.message_id) + _MAX_SIZE + bytes((4, 1, flags, 2, 1, _USM))
        header = codec.encode_tlv(0x30, header) + codec.encode_tlv(Tag.OCTET_STRING, security)
        message = codec.encode_tlv(0x30, b"\x02\x01\x03" + header + payload)
        if auth is None:
            return message
        mac = usm.sign(auth, self._keys_of(request.user).auth, message)
        if forged:
            mac = bytes((mac[0] ^ 0xFF,)) + mac[1:]
        mac_end = len(message) - len(payload) - len(tail)
        return message[: mac_end - len(mac)] + mac + message[mac_end:]


def _read_scoped(request: Request) -> Request:
    """Read a plain scoped PDU.

    Raises:
        MalformedReply: Not one.
    """
    data = request.data
    start, stop = codec.expect(data, request.payload, request.end, 0x30)
    _engine_at, engine_end = codec.expect(data, start, stop, Tag.OCTET_STRING)
    context_at, context_end = codec.expect(data, engine_end, stop, Tag.OCTET_STRING)
    pdu = codec.read_pdu(data, context_end, stop)
    return request._replace(context=data[context_at:context_end], pdu=pdu)


def encode_reply(tag: int, request_id: int, status: int, index: int, bindings: bytes) -> bytes:
    """Encode a Response or Report whose varbinds are packed already."""
    head = codec.encode_integer(request_id) + codec.encode_integer(status) + codec.encode_integer(index)
    return codec.encode_tlv(tag, head + codec.encode_tlv(0x30, bindings))
