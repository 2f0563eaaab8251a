"""SNMPv3 messages: sealed for one agent, and opened only when they prove to be its own.

Source: RFC 3412 (message format), RFC 3414 (USM), in the role of the non-authoritative engine. Whatever
arrives is discarded, with a reason that is counted, until its HMAC and its time window have been checked.
"""

import hmac
import os
from typing import NamedTuple

from netops.clock import Clock
from netops.errors import MalformedReply
from netops.model.access import UserCredential
from netops.snmp import codec, usm
from netops.snmp.types import Oid, Tag

_REPORTABLE = 4
_AUTH = 1
_PRIV = 2
_USM_MODEL = 3
_LARGEST_MESSAGE = b"\x02\x03\x00\xff\xe3"  # msgMaxSize 65507: what fits a UDP datagram
_TIME_WINDOW = 150  # seconds, RFC 3414 section 2.2.3
_LAST_BOOTS = 2**31 - 1  # also the last second of msgAuthoritativeEngineTime
_LONGEST_ENGINE_ID = 32  # SnmpEngineID, RFC 3411 section 5

USM_STATS = Oid.parse("1.3.6.1.6.3.15.1.1")
UNSUPPORTED_LEVEL = USM_STATS / (1, 0)
NOT_IN_TIME_WINDOW = USM_STATS / (2, 0)
UNKNOWN_USER = USM_STATS / (3, 0)
UNKNOWN_ENGINE = USM_STATS / (4, 0)
WRONG_DIGEST = USM_STATS / (5, 0)
DECRYPTION_ERROR = USM_STATS / (6, 0)


class Discarded(Exception):
    """A datagram that must not be believed; ``reason`` is a word for the counter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Envelope(NamedTuple):
    """The parts of a v3 message that stand outside encryption, still unproven."""

    message_id: int
    flags: int
    engine_id: bytes
    boots: int
    time: int
    mac_start: int
    mac_end: int
    priv_parameters: bytes
    data: bytes
    payload: int
    """Where msgData begins in ``data``."""
    end: int


def read_envelope(data: bytes, at: int, end: int) -> Envelope:
    """Read what follows the version of a v3 message.

    Raises:
        MalformedReply: Not an SNMPv3 message of the User-based Security Model.
    """
    start, payload_at = codec.expect(data, at, end, 0x30)
    message_id, start = codec.read_integer(data, start, payload_at)
    _, start = codec.read_integer(data, start, payload_at)
    flags_start, flags_end = codec.expect(data, start, payload_at, Tag.OCTET_STRING)
    model, _ = codec.read_integer(data, flags_end, payload_at)
    if flags_end - flags_start != 1 or model != _USM_MODEL:
        raise MalformedReply("an SNMPv3 message of a security model other than USM")
    start, stop = codec.expect(data, payload_at, end, Tag.OCTET_STRING)
    payload = stop
    start, stop = codec.expect(data, start, stop, 0x30)
    engine_start, engine_end = codec.expect(data, start, stop, Tag.OCTET_STRING)
    boots, start = codec.read_integer(data, engine_end, stop)
    time, start = codec.read_integer(data, start, stop)
    if not (0 <= boots <= _LAST_BOOTS and 0 <= time <= _LAST_BOOTS):
        raise MalformedReply("the engine's boots or time are outside 0 … 2**31-1")
    _, start = codec.expect(data, start, stop, Tag.OCTET_STRING)
    mac_start, mac_end = codec.expect(data, start, stop, Tag.OCTET_STRING)
    priv_start, priv_end = codec.expect(data, mac_end, stop, Tag.OCTET_STRING)
    return Envelope(
        message_id,
        data[flags_start],
        data[engine_start:engine_end],
        boots,
        time,
        mac_start,
        mac_end,
        data[priv_start:priv_end],
        data,
        payload,
        end,
    )


class UsmPeer:
    """What we know of one agent's engine, for one user."""

    def __init__(self, credential: UserCredential, clock: Clock) -> None:
        self.credential = credential
        self.engine_id = b""
        self._clock = clock
        self._keys = usm.UserKeys(b"", b"")
        self._flags = (_AUTH if credential.auth else 0) | (_PRIV if credential.priv else 0)
        self._mac_length = usm.AUTH_ALGORITHMS[credential.auth].mac_length if credential.auth else 0
        self._user_and_mac = codec.encode_tlv(Tag.OCTET_STRING, credential.user.encode()) + codec.encode_tlv(
            Tag.OCTET_STRING, bytes(self._mac_length)
        )
        self._salt = int.from_bytes(os.urandom(8), "big")
        self._boots = 0
        self._time = 0
        self._time_read_at = 0.0
        self._proven = False

    # --- what we believe of the agent's clock

    def learn_engine(self, engine_id: bytes) -> None:
        """Take this engine as the agent's own, and bind the user's keys to it.

        Raises:
            Discarded: Empty, or over 32 bytes (RFC 3411 section 5 asks for 5 to 32; some agents have fewer).
            UnsupportedAlgorithm: This machine's crypto library lacks an algorithm.
        """
        if not 1 <= len(engine_id) <= _LONGEST_ENGINE_ID:
            raise Discarded("engine_id")
        if engine_id != self.engine_id:
            self._keys = usm.localize_user(self.credential, engine_id)
            self.engine_id = engine_id
        self._proven = False
        context = codec.encode_tlv(Tag.OCTET_STRING, self.credential.context.encode())
        self._scope = codec.encode_tlv(Tag.OCTET_STRING, engine_id) + context
        self._engine = codec.encode_tlv(Tag.OCTET_STRING, engine_id)

    def set_time(self, boots: int, time: int, *, proven: bool) -> None:
        """Take over the agent's boots and time (seconds since it last booted)."""
        self._boots = boots
        self._time = time
        self._time_read_at = self._clock.monotonic()
        self._proven = proven

    def forget(self) -> None:
        """Begin again with discovery: the agent stopped answering to what we knew of it."""
        self.engine_id = b""
        self._proven = False

    def _time_now(self) -> int:
        return min(self._time + int(self._clock.monotonic() - self._time_read_at), _LAST_BOOTS)

    def _check_window(self, envelope: Envelope) -> None:
        """RFC 3414 section 3.2 step 7 b, as the engine that asks."""
        if self._proven:
            if envelope.boots == _LAST_BOOTS or envelope.boots < self._boots:
                raise Discarded("time_window")
            if envelope.boots == self._boots and envelope.time < self._time_now() - _TIME_WINDOW:
                raise Discarded("time_window")
            if envelope.boots == self._boots and envelope.time <= self._time:
                return  # older than the newest we have seen, within the window: nothing to learn
        self.set_time(envelope.boots, envelope.time, proven=True)

    # --- sending

    def seal_discovery(self, message_id: int) -> bytes:
        """Write the message that makes an agent report its engine id (RFC 3414 section 4)."""
        pdu = codec.encode_pdu(codec.GET, message_id, 0, 0, codec.encode_bindings(()))
        header = self._header(message_id, _REPORTABLE)
        parameters = b"\x30\x0e\x04\x00\x02\x01\x00\x02\x01\x00\x04\x00\x04\x00\x04\x00"
        body = codec.encode_tlv(Tag.OCTET_STRING, parameters) + codec.encode_tlv(
            0x30, b"\x04\x00\x04\x00" + pdu
        )
        return codec.encode_tlv(0x30, b"\x02\x01\x03" + header + body)

    def seal(self, message_id: int, pdu: bytes, *, private: bool = True) -> bytes:
        """Write a request, signed and encrypted as the credential says.

        Args:
            message_id: Never used before with this agent.
            pdu: The PDU.
            private: False leaves the encryption out, to tell a wrong privacy password from others.

        Raises:
            UnsupportedAlgorithm: This machine's crypto library lacks an algorithm.
        """
        credential = self.credential
        flags = self._flags if private else self._flags & _AUTH
        boots, time = self._boots, self._time_now()
        payload = codec.encode_tlv(0x30, self._scope + pdu)
        priv_parameters = b""
        if flags & _PRIV and credential.priv:
            self._salt += 1
            payload, priv_parameters = usm.encrypt(
                credential.priv, self._keys.priv, boots=boots, time=time, salt=self._salt, text=payload
            )
            payload = codec.encode_tlv(Tag.OCTET_STRING, payload)
        tail = bytes((4, len(priv_parameters))) + priv_parameters
        security = (
            self._engine
            + codec.encode_integer(boots)
            + codec.encode_integer(time)
            + self._user_and_mac
            + tail
        )
        security = codec.encode_tlv(0x30, security)
        header = self._header(message_id, flags | _REPORTABLE)
        body = b"\x02\x01\x03" + header + codec.encode_tlv(Tag.OCTET_STRING, security) + payload
        message = codec.encode_tlv(0x30, body)
        if credential.auth is None:
            return message
        mac_end = len(message) - len(payload) - len(tail)
        mac = usm.sign(credential.auth, self._keys.auth, message)
        return message[: mac_end - self._mac_length] + mac + message[mac_end:]

    @staticmethod
    def _header(message_id: int, flags: int) -> bytes:
        number = message_id.to_bytes(4, "big")
        return b"\x30\x11\x02\x04" + number + _LARGEST_MESSAGE + bytes((4, 1, flags, 2, 1, _USM_MODEL))

    # --- receiving

    def open(self, envelope: Envelope) -> codec.Pdu:
        """Give the PDU of a message that answers one of ours, once it has proven itself.

        A Report may be plain: it is the agent's way to say why it cannot do better (RFC 3414 section 3.2).
        One that claims a time window must be signed, for it would move our clock.

        Raises:
            Discarded: It did not prove itself.
            MalformedReply: Not BER.
        """
        signed = bool(envelope.flags & _AUTH)
        same_engine = envelope.engine_id == self.engine_id
        if signed:
            if not same_engine:
                raise Discarded("engine_id")
            self._check_mac(envelope)
        pdu = self._read_scoped(envelope)
        if pdu.tag == codec.REPORT:
            if not signed and self._flags & _AUTH and report_oid(pdu) == NOT_IN_TIME_WINDOW:
                raise Discarded("unsigned_report")
            return pdu
        if envelope.flags & (_AUTH | _PRIV) != self._flags:
            raise Discarded("downgraded")
        if not same_engine:
            raise Discarded("engine_id")
        if signed:
            self._check_window(envelope)
        return pdu

    def _check_mac(self, envelope: Envelope) -> None:
        auth = self.credential.auth
        if auth is None:
            raise Discarded("unasked_authentication")
        data, start, stop = envelope.data, envelope.mac_start, envelope.mac_end
        if stop - start != self._mac_length:
            raise Discarded("wrong_hmac")
        blank = data[:start] + bytes(self._mac_length) + data[stop : envelope.end]
        if not hmac.compare_digest(usm.sign(auth, self._keys.auth, blank), data[start:stop]):
            raise Discarded("wrong_hmac")

    def _read_scoped(self, envelope: Envelope) -> codec.Pdu:
        data, at, end = envelope.data, envelope.payload, envelope.end
        if envelope.flags & _PRIV:
            priv = self.credential.priv
            if priv is None or not envelope.flags & _AUTH:
                raise Discarded("unasked_encryption")
            start, stop = codec.expect(data, at, end, Tag.OCTET_STRING)
            try:
                data = usm.decrypt(
                    priv,
                    self._keys.priv,
                    boots=envelope.boots,
                    time=envelope.time,
                    parameters=envelope.priv_parameters,
                    text=data[start:stop],
                )
                return self._read_plain(data, 0, len(data))
            except (ValueError, MalformedReply):
                raise Discarded("undecipherable") from None
        return self._read_plain(data, at, end)

    @staticmethod
    def _read_plain(data: bytes, at: int, end: int) -> codec.Pdu:
        start, stop = codec.expect(data, at, end, 0x30)
        _, start = codec.expect(data, start, stop, Tag.OCTET_STRING)
        _, start = codec.expect(data, start, stop, Tag.OCTET_STRING)
        return codec.read_pdu(data, start, stop)


def report_oid(pdu: codec.Pdu) -> bytes:
    """Give which counter a Report names; b"" for none.

    Raises:
        MalformedReply: Not BER.
    """
    oids = codec.decode_varbinds(pdu.data, pdu.start, pdu.end).oids
    return oids[0] if oids else b""
