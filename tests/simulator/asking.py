"""A manager made of netops.snmp's parts, without sockets: it asks a simulated device and reads the replies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fakes import FakeClock
from netops.model.access import UserCredential
from netops.simulator.device import SimulatedDevice
from netops.simulator.simulation import SIMULATOR_USER, Simulation
from netops.snmp import codec, v3
from netops.snmp.types import Absent, Oid, Value, Varbind

SYS_DESCR = Oid.parse("1.3.6.1.2.1.1.1.0")
SYS_UPTIME = Oid.parse("1.3.6.1.2.1.1.3.0")
SYS_NAME = Oid.parse("1.3.6.1.2.1.1.5.0")
IF_ENTRY = Oid.parse("1.3.6.1.2.1.2.2.1")
IF_X_ENTRY = Oid.parse("1.3.6.1.2.1.31.1.1.1")
IF_NAME = IF_X_ENTRY / 1
HC_IN_OCTETS = IF_X_ENTRY / 6
REQUEST_ID = 0x40000001


@dataclass
class Reply:
    tag: int
    request_id: int
    status: int
    index: int
    varbinds: list[Varbind]

    @property
    def values(self) -> list[Value | Absent]:
        return [varbind.value for varbind in self.varbinds]


def read_reply(datagram: bytes) -> Reply:
    version, at, end = codec.read_version(datagram)
    assert version in {codec.VERSION_1, codec.VERSION_2C}
    return open_pdu(codec.read_community_pdu(datagram, at, end))


def open_pdu(pdu: codec.Pdu) -> Reply:
    varbinds = codec.as_varbinds(codec.decode_varbinds(pdu.data, pdu.start, pdu.end))
    return Reply(pdu.tag, pdu.request_id, pdu.error_status, pdu.error_index, varbinds)


def build_request(
    tag: int,
    oids: Sequence[Oid],
    *,
    repetitions: int = 0,
    heads: int = 0,
    version: int = codec.VERSION_2C,
    community: bytes = b"public",
) -> bytes:
    pdu = codec.encode_pdu(tag, REQUEST_ID, heads, repetitions, codec.encode_bindings(oids))
    return codec.encode_message(version, community, pdu)


def ask(device: SimulatedDevice, tag: int, *oids: Oid, **options: int | bytes) -> Reply:
    """Ask over v1 or v2c, and give the one reply there must be."""
    (datagram,) = device.answer(build_request(tag, oids, **options))  # type: ignore[arg-type] # test keywords
    return read_reply(datagram)


def get(device: SimulatedDevice, *oids: Oid) -> list[Value | Absent]:
    return ask(device, codec.GET, *oids).values


def column(
    device: SimulatedDevice, oid: Oid, version: int = codec.VERSION_2C
) -> dict[tuple[int, ...], Value]:
    """Walk one column by GETNEXT."""
    found: dict[tuple[int, ...], Value] = {}
    at = oid
    while True:
        reply = ask(device, codec.GET_NEXT, at, version=version)
        if reply.status or not reply.varbinds[0].oid.startswith(oid):
            return found
        at = reply.varbinds[0].oid
        value = reply.varbinds[0].value
        assert not isinstance(value, Absent)
        found[at.index_below(oid)] = value


def walk(device: SimulatedDevice, version: int = codec.VERSION_2C) -> Iterator[Varbind]:
    at = Oid.parse("0.0")
    while True:
        reply = ask(device, codec.GET_NEXT, at, version=version)
        if reply.status or reply.varbinds[0].value is Absent.END_OF_MIB_VIEW:
            return
        yield reply.varbinds[0]
        at = reply.varbinds[0].oid


class V3Manager:
    """An SNMPv3 manager of one device."""

    def __init__(
        self, device: SimulatedDevice, clock: FakeClock, credential: UserCredential = SIMULATOR_USER
    ) -> None:
        self.device = device
        self.peer = v3.UsmPeer(credential, clock)
        self._last_id = REQUEST_ID

    def discover(self) -> Reply:
        self._last_id += 1
        return self._read(self.device.answer(self.peer.seal_discovery(self._last_id)))

    def seal(self, *oids: Oid, tag: int = codec.GET, repetitions: int = 0, private: bool = True) -> bytes:
        self._last_id += 1
        bindings = codec.encode_bindings(oids)
        pdu = codec.encode_pdu(tag, self._last_id, 0, repetitions, bindings)
        return self.peer.seal(self._last_id, pdu, private=private)

    def get(self, *oids: Oid) -> Reply:
        """Discover where that is needed, ask, and give the reply, which must prove itself."""
        if not self.peer.engine_id:
            self.discover()
        reply = self._read(self.device.answer(self.seal(*oids)))
        if reply.tag == codec.REPORT and reply.varbinds[0].oid == v3.NOT_IN_TIME_WINDOW:
            reply = self._read(self.device.answer(self.seal(*oids)))
        return reply

    def _read(self, datagrams: list[bytes]) -> Reply:
        (datagram,) = datagrams
        return self.open(datagram)

    def open(self, datagram: bytes) -> Reply:
        version, at, end = codec.read_version(datagram)
        assert version == codec.VERSION_3
        envelope = v3.read_envelope(datagram, at, end)
        if not self.peer.engine_id:
            self.peer.learn_engine(envelope.engine_id)
        reply = open_pdu(self.peer.open(envelope))
        if reply.tag == codec.REPORT:
            self.peer.set_time(envelope.boots, envelope.time, proven=bool(envelope.flags & 1))
        return reply


def build(
    kind: str = "switch48", devices: int | None = None, **options: object
) -> tuple[Simulation, FakeClock]:
    clock = FakeClock()
    simulation = Simulation(kind=kind, devices=devices, clock=clock, **options)  # type: ignore[arg-type] # test keywords
    return simulation, clock
