"""Hostile datagrams against the SNMP engine, by coverage-guided fuzzing (atheris, libFuzzer).

Only errors of netops.errors may leave what a session calls, and nothing at all may leave the engine's
datagram handler; an input that takes longer than ten seconds counts as a hang. The first byte of an input
picks one of the targets below, so that one corpus serves all. See bench/README.md.
"""

import asyncio
import contextlib
import copy
import itertools
import logging
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["netops.snmp"]):
    from netops.snmp import codec, complaints, v3
    from netops.snmp.columns import Cursor, absorb
    from netops.snmp.exchange import Exchange, SnmpEngine
    from netops.snmp.table import TableMemory, TableRead

from netops.errors import CredentialRejected, MalformedReply, SnmpError
from netops.model.access import AuthProtocol, PrivProtocol, SnmpAccess, UserCredential
from netops.snmp.resolver import Resolved
from netops.snmp.types import Absent, Oid, Tag, Varbind

logging.disable(logging.CRITICAL)

SOURCE = ("192.0.2.1", 161)
OTHER_SOURCE = ("192.0.2.2", 161)
ENGINE_ID = bytes.fromhex("80001f8880aabbccdd")
V2C_ID, PRIVATE_ID, SIGNED_ID, UNKNOWN_ID = 0x40000001, 0x40000002, 0x40000003, 0x40000004
PRIVATE = UserCredential("fuzz", AuthProtocol.SHA, "auth-canary", PrivProtocol.AES, "priv-canary")
SIGNED = UserCredential("fuzz", AuthProtocol.SHA256, "auth-canary")
ACCESS = SnmpAccess("192.0.2.1", PRIVATE)
HERE = Resolved(socket.AF_INET, SOURCE)
COLUMNS = [Oid.parse("1.3.6.1.2.1.2.2.1.2"), Oid.parse("1.3.6.1.2.1.2.2.1.10")]
NAMED = (SnmpError, CredentialRejected)


class Broken(Exception):
    """A promise of the engine that an input broke."""


def check(kept: bool, promise: str) -> None:
    if not kept:
        raise Broken(promise)


class StillClock:
    """A clock that does not move, so that every run of an input is the same."""

    def now(self) -> Any:
        raise NotImplementedError

    def monotonic(self) -> float:
        return 1000.0


def make_peer(credential: UserCredential) -> v3.UsmPeer:
    peer = v3.UsmPeer(credential, StillClock())
    peer.learn_engine(ENGINE_ID)
    peer.set_time(7, 70_000, proven=True)
    return peer


class Bench:
    """An engine with one open question of each kind, put back into its first state before every input."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.engine = SnmpEngine(StillClock())
        self.exchanges: dict[int, Exchange] = {}
        self.peers = {PRIVATE_ID: make_peer(PRIVATE), SIGNED_ID: make_peer(SIGNED)}
        self.peers[UNKNOWN_ID] = v3.UsmPeer(PRIVATE, StillClock())
        self.agents = {PRIVATE_ID: make_peer(PRIVATE), SIGNED_ID: make_peer(SIGNED)}
        self.first = {number: copy.copy(peer.__dict__) for number, peer in self.peers.items()}
        for number in (V2C_ID, PRIVATE_ID, SIGNED_ID, UNKNOWN_ID):
            exchange = Exchange(self.peers.get(number))
            exchange.source = SOURCE
            exchange.sources = {SOURCE}
            exchange.ids = [number]
            self.exchanges[number] = exchange
            self.engine._pending[number] = exchange  # noqa: SLF001
        self.watched = next(iter(self.exchanges.values()))
        self.engine._active.add(self.watched)  # noqa: SLF001 - one is enough to be told of discarded ones
        for exchange in self.exchanges.values():
            exchange.future = self.loop.create_future()

    def deliver(self, datagram: bytes, source: tuple[str, int] = SOURCE) -> None:
        """Hand a datagram to the engine, then do with the outcome what a session does."""
        self.engine._on_datagram(datagram, source)  # noqa: SLF001
        if self.watched.notes:
            str(complaints.silence(ACCESS, [], self.watched.notes, [HERE]))
            self.watched.notes.clear()
        for number, exchange in self.exchanges.items():
            if number in self.first and self.peers[number].__dict__ != self.first[number]:
                if self.peers[number].engine_id:
                    self.peers[number].seal(number, b"\xa0\x00")  # what was learnt must do for a request
                self.peers[number].__dict__.clear()
                self.peers[number].__dict__.update(self.first[number])
            if exchange.future.done():
                outcome = exchange.future.result()
                exchange.future = self.loop.create_future()
                use(outcome)


def use(pdu: Any) -> None:
    """Read a believed PDU the way a session does."""
    with contextlib.suppress(*NAMED):
        if pdu.tag == codec.REPORT:
            complaints.is_curable(pdu)
            str(complaints.report(pdu, ACCESS))
        elif pdu.error_status:
            str(complaints.error_status(pdu, COLUMNS))
        else:
            for varbind in codec.as_varbinds(codec.decode_varbinds(pdu.data, pdu.start, pdu.end)):
                repr(varbind)


# --- targets


def fuzz_datagram(data: bytes) -> None:
    BENCH.deliver(data)


def fuzz_other_source(data: bytes) -> None:
    BENCH.deliver(data, OTHER_SOURCE)


def fuzz_private_pdu(data: bytes) -> None:
    """A message that proves itself, around a PDU that may be anything."""
    BENCH.deliver(BENCH.agents[PRIVATE_ID].seal(PRIVATE_ID, data))


def fuzz_signed_pdu(data: bytes) -> None:
    BENCH.deliver(BENCH.agents[SIGNED_ID].seal(SIGNED_ID, data))


def fuzz_envelope(data: bytes) -> None:
    with contextlib.suppress(MalformedReply):
        v3.read_envelope(data, 0, len(data))


def fuzz_varbinds(data: bytes) -> None:
    with contextlib.suppress(MalformedReply):
        packed = codec.decode_varbinds(data, 0, len(data))
        for varbind in codec.as_varbinds(packed):
            repr(varbind)
            check(bool(varbind.oid), "an empty OID was let through")
            check(not isinstance(varbind.value, int) or varbind.value.bit_length() <= 64, "a number too long")


def fuzz_absorb(data: bytes) -> None:
    cursors = [Cursor(column) for column in COLUMNS]
    with contextlib.suppress(*NAMED):
        live = absorb(cursors, codec.decode_varbinds(data, 0, len(data)))
        check(all(cursor in cursors for cursor in live), "a cursor from nowhere")
    for cursor in cursors:
        indexes = list(cursor.cells)
        check(all(a < b for a, b in itertools.pairwise(indexes)), "indexes do not increase")


def read_table(replies: list[codec.Pdu], memory: TableMemory) -> Any:
    """Read with an agent that gives these replies over and over; it must come to an end by itself."""
    read = TableRead(COLUMNS, memory)
    steps = 0
    limit = 8 + 4 * sum(len(reply.data) for reply in replies)
    try:
        while read.bindings is not None:
            read.feed(replies[steps % len(replies)])
            steps += 1
            check(steps < limit, "a reading does not end")
        return read.columns()
    except NAMED as error:
        memory.forget()
        return type(error)


def as_reply(data: bytes) -> codec.Pdu:
    return codec.Pdu(codec.RESPONSE, V2C_ID, 0, 0, data, 0, len(data))


def fuzz_table(data: bytes) -> None:
    """What comes back by memory, of replies that changed since, is what a fresh reading gives."""
    if len(data) < 5:
        return
    cut, place, value = data[0], data[1] << 8 | data[2], data[3]
    body = data[4:]
    at = min(cut * 4, len(body))
    replies = [as_reply(part) for part in (body[:at], body[at:]) if part]
    memory = TableMemory()
    for _ in range(3):
        again = read_table(replies, memory)
    check(repr(again) == repr(read_table(replies, TableMemory())), "memory changed a result")
    changed = bytearray(body)
    changed[place % len(body)] ^= value
    others = [as_reply(bytes(part)) for part in (changed[:at], changed[at:]) if part]
    fresh = repr(read_table(others, TableMemory()))
    check(repr(read_table(others, memory)) == fresh, "memory hid a change")
    check(repr(read_table(replies, memory)) == repr(again), "memory did not notice the change back")


TARGETS: tuple[Callable[[bytes], None], ...] = (
    fuzz_datagram,
    fuzz_other_source,
    fuzz_private_pdu,
    fuzz_signed_pdu,
    fuzz_envelope,
    fuzz_varbinds,
    fuzz_absorb,
    fuzz_table,
)


def fuzz_one(data: bytes) -> None:
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


# --- seeds


def varbinds(rows: int, *, ended: bool = False) -> bytes:
    """Some rows of both columns, as a packed varbind list."""
    cells = [
        Varbind(column / (row + 1), tag, value)
        for row in range(rows)
        for column, tag, value in (
            (COLUMNS[0], Tag.OCTET_STRING, b"Gi%d" % row),
            (COLUMNS[1], Tag.COUNTER64, 2**63 + row),
        )
    ]
    if ended:
        end = Absent.END_OF_MIB_VIEW
        cells += [Varbind(column / rows, end.value, end) for column in COLUMNS]
    return b"".join(
        codec.encode_tlv(0x30, codec.encode_tlv(0x06, cell.oid) + codec.encode_value(cell.tag, cell.value))
        for cell in cells
    )


def seeds() -> list[bytes]:
    """One honest input for each target, or a few."""
    values = [
        Varbind(Oid.parse("1.3.6.1.2.1.1.2.0"), Tag.OBJECT_IDENTIFIER, Oid.parse("1.3.6.1.4.1.9.1")),
        Varbind(Oid.parse("1.3.6.1.2.1.1.3.0"), Tag.OPAQUE, 1.5),
        Varbind(Oid.parse("1.3.6.1.2.1.1.4.0"), Tag.NULL, None),
    ]
    rows = varbinds(3, ended=True)
    out = [bytes((5,)) + rows, bytes((6,)) + rows, bytes((7, 20, 0, 9, 1)) + rows]
    out.append(bytes((7, 255, 0, 40, 3)) + varbinds(12, ended=True))
    for number in (V2C_ID, PRIVATE_ID, SIGNED_ID, UNKNOWN_ID):
        pdu = codec.encode_response(codec.RESPONSE, number, 0, 0, values)
        out += [bytes((0,)) + codec.encode_message(codec.VERSION_2C, b"public", pdu)]
        out += [bytes((target,)) + pdu for target in (2, 3)]
        for counter in (v3.UNKNOWN_ENGINE, v3.NOT_IN_TIME_WINDOW, v3.WRONG_DIGEST):
            report = codec.encode_response(codec.REPORT, number, 0, 0, [Varbind(counter, Tag.COUNTER32, 1)])
            out += [bytes((target,)) + report for target in (2, 3)]
            plain = v3.UsmPeer(UserCredential("fuzz"), StillClock())
            plain.learn_engine(ENGINE_ID)
            plain.set_time(7, 70_000, proven=False)
            message = plain.seal(number, report)
            out += [bytes((0,)) + message, bytes((1,)) + message, bytes((4,)) + message[5:]]
    return out


BENCH = Bench()


def main() -> None:
    """Run libFuzzer; without a folder of inputs on the command line, the seeds above are the corpus."""
    arguments = sys.argv
    if not any(not argument.startswith("-") for argument in arguments[1:]):
        folder = Path(tempfile.mkdtemp(prefix="netops-fuzz-"))
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number:02d}").write_bytes(seed)
        arguments = [*arguments, str(folder)]
    if not any(argument.startswith("-timeout=") for argument in arguments):
        arguments = [*arguments, "-timeout=10"]
    atheris.Setup(arguments, fuzz_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
