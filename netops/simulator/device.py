"""One simulated device: a datagram in, datagrams out, and the changes that can happen to it. No sockets."""

import random
from collections.abc import Mapping
from typing import NamedTuple

from netops.errors import MalformedReply
from netops.i18n import _
from netops.model.access import UserCredential
from netops.model.interface import COUNTER_NAMES, InterfaceStatus
from netops.simulator.answers import AUTHORIZATION_ERROR, Answer, Question, answer_pdu, is_request
from netops.simulator.blueprint import Blueprint, Neighbour
from netops.simulator.errors import SimulatorError
from netops.simulator.faults import NO_FAULTS, Faults, of_community
from netops.simulator.shape import Shape
from netops.simulator.state import WIDTH, DeviceState, work_speed
from netops.simulator.usm_agent import Refused, Request, UsmAgent, encode_reply, read_request
from netops.snmp import codec
from netops.snmp.types import Tag

DEFAULT_LARGEST = 1472
"""Bytes of the largest reply: what fits an Ethernet frame over IPv4 and UDP."""
CONDITIONS = ("on-battery", "heat")
_ENTERPRISE = 32473  # reserved for documentation (RFC 5612)
_WRONG_ID = 0x55
COMMUNITY_BYTES = 30  # what surrounds the varbinds of a v1 or v2c reply beyond the community; rounded up


class InterfaceTruth(NamedTuple):
    """What an interface really does, to hold a reading against."""

    if_index: int
    oper_status: InterfaceStatus
    counters: dict[str, int]
    """64 bits wide, by the names of netops.model.interface.COUNTER_NAMES."""
    rates: dict[str, float]
    """Per second, at that instant."""


class SimulatedDevice:
    """A device with its agent.

    ``answer`` is pure but for the counting of requests: it sends nothing and waits for nothing. How long to
    wait before sending is ``delay_seconds``.
    """

    __slots__ = (
        "_agent",
        "_chance",
        "_number",
        "_requests",
        "_shape",
        "blueprint",
        "faults",
        "if_indexes",
        "largest",
        "links",
        "silent_until",
        "state",
    )

    def __init__(
        self,
        blueprint: Blueprint,
        state: DeviceState,
        users: Mapping[bytes, UserCredential],
        *,
        largest: int = DEFAULT_LARGEST,
    ) -> None:
        """Put a device together; links to others are laid afterwards.

        Args:
            blueprint: What kind it is.
            state: Its moving parts; rates and ages in the order of the blueprint's ports.
            users: SNMPv3 users by name.
            largest: Bytes of the largest reply.
        """
        self.blueprint = blueprint
        self.state = state
        self.largest = largest
        self.faults = NO_FAULTS
        self.silent_until = 0.0
        self.links: dict[int, tuple[SimulatedDevice, int]] = {}
        """Row to the device at the other end of the cable, and the row there."""
        self.if_indexes = blueprint.if_indexes()
        self._number = 0
        self._requests = 0
        self._chance: random.Random | None = None
        self._agent = UsmAgent(self._engine_id(), state, users)
        for row, port in enumerate(blueprint.ports):
            if not port.up:
                state.set_status(row, admin=InterfaceStatus.UP, oper=InterfaceStatus.DOWN)
                state.last_change[row] = 0
        self._shape: Shape | None = None

    # --- about it

    @property
    def name(self) -> str:
        """The device's name, which is its sysName too."""
        return self.state.name

    @property
    def address(self) -> str:
        """Where its agent answers."""
        return str(self.state.address)

    @property
    def engine_id(self) -> bytes:
        """Its snmpEngineID of this moment."""
        return self._agent.engine_id

    @property
    def shape(self) -> Shape:
        """What it shows; worked out when it is first asked for."""
        if self._shape is None:
            self._shape = self.blueprint.shape(self.if_indexes, tuple(self._neighbours()))
        return self._shape

    @property
    def interfaces(self) -> tuple[str, ...]:
        """The names of its interfaces, as ifName has them."""
        return tuple(port.name for port in self.blueprint.ports)

    def row_of(self, interface: str) -> int:
        """Find an interface by ifName.

        Raises:
            SimulatorError: No such interface.
        """
        for row, port in enumerate(self.blueprint.ports):
            if port.name == interface:
                return row
        raise SimulatorError(
            _("%(device)s has no interface %(interface)s") % {"device": self.name, "interface": interface}
        )

    def truth(self, interface: str) -> InterfaceTruth:
        """Tell what an interface does at this moment.

        Raises:
            SimulatorError: No such interface.
        """
        row = self.row_of(interface)
        state = self.state
        work, speed = state.work(), work_speed(state.now(), state.wave)
        slots = range(row * WIDTH, row * WIDTH + WIDTH)
        return InterfaceTruth(
            self.if_indexes[row],
            InterfaceStatus(state.oper[row]),
            dict(zip(COUNTER_NAMES, (state.counter(slot, work) for slot in slots), strict=True)),
            dict(zip(COUNTER_NAMES, (state.rates[slot] * speed for slot in slots), strict=True)),
        )

    # --- answering

    def answer(self, datagram: bytes) -> list[bytes]:
        """Answer one datagram: none, one, or, by fault, several datagrams. Nothing it is given makes it raise."""
        faults = self.faults
        if faults.silence or self.state.now() < self.silent_until:
            return []
        try:
            version, at, end = codec.read_version(datagram)
            if version == codec.VERSION_3:
                return self._answer_user(read_request(datagram, at, end), faults)
            if version in {codec.VERSION_1, codec.VERSION_2C}:
                return self._answer_community(datagram, version, at, end)
        except MalformedReply:
            pass  # snmpInASNParseErrs: an agent says nothing to what it cannot read
        return []

    def delay_seconds(self) -> float:
        """Give how long the next reply takes, drawn anew each time."""
        faults = self.faults
        if not faults.latency_ms and not faults.jitter_ms:
            return 0.0
        spread = self._draw().uniform(-faults.jitter_ms, faults.jitter_ms)
        return max(0.0, faults.latency_ms + spread) / 1000

    def _answer_community(self, data: bytes, version: int, at: int, end: int) -> list[bytes]:
        start, stop = codec.expect(data, at, end, Tag.OCTET_STRING)
        community = data[start:stop]
        pdu = codec.read_pdu(data, stop, end)
        faults = of_community(self.faults, community)
        if faults is None or self._is_lost(faults):
            return []
        room = self.largest - COMMUNITY_BYTES - len(community)
        answer = answer_pdu(Question(pdu, version, room, faults), self.shape, self.state)
        if answer is None:
            return []
        head = bytes((2, 1, version)) + codec.encode_tlv(Tag.OCTET_STRING, community)

        def wrap(request_id: int) -> bytes:
            reply = encode_reply(codec.RESPONSE, request_id, answer.status, answer.index, answer.bindings)
            return codec.encode_tlv(0x30, head + reply)

        request_id = pdu.request_id
        if faults is NO_FAULTS:
            return [wrap(request_id)]
        replies = [wrap(request_id ^ _WRONG_ID if faults.wrong_id else request_id)]
        if faults.bad_id:
            replies.insert(0, wrap(request_id ^ _WRONG_ID))
        return self._spoil(replies, faults)

    def _answer_user(self, request: Request, faults: Faults) -> list[bytes]:
        if self._is_lost(faults):
            return []
        try:
            opened = self._agent.open(request)
        except Refused as refused:
            report = self._agent.report(refused)
            return [] if report is None else self._spoil([report], faults)
        pdu = opened.pdu
        if pdu is None or not is_request(pdu.tag, codec.VERSION_3):
            return []
        answer: Answer | None = Answer(pdu.data[pdu.start : pdu.end], AUTHORIZATION_ERROR, 0)
        if self._agent.is_enough(opened):
            room = self._agent.room(opened, self.largest)
            answer = answer_pdu(Question(pdu, codec.VERSION_3, room, faults), self.shape, self.state)
        if answer is None:
            return []
        ids = [_WRONG_ID if faults.wrong_id else 0]
        if faults.bad_id:
            ids.insert(0, _WRONG_ID)
        replies = []
        for change in ids:
            request_id = pdu.request_id ^ change
            reply = encode_reply(codec.RESPONSE, request_id, answer.status, answer.index, answer.bindings)
            replies.append(self._agent.seal(opened, reply, faults, message_id=opened.message_id ^ change))
        return self._spoil(replies, faults)

    def _is_lost(self, faults: Faults) -> bool:
        if faults.silence:
            return True
        if faults.loss_percent and self._draw().uniform(0, 100) < faults.loss_percent:
            return True
        if faults.drop_first:
            self._requests += 1
            return self._requests % 2 == 1
        return False

    def _spoil(self, replies: list[bytes], faults: Faults) -> list[bytes]:
        if faults.truncated:
            replies = [reply[: len(reply) // 2] for reply in replies]
        if faults.garbage:
            replies = [self._draw().randbytes(len(reply)) for reply in replies]
        if faults.duplicate:
            replies = [reply for reply in replies for _twice in range(2)]
        return replies

    def _draw(self) -> random.Random:
        if self._chance is None:
            self._chance = random.Random(self.name)  # noqa: S311 - a repeatable simulation, no secret
        return self._chance

    # --- what happens to it

    def set_link(self, interface: str, *, up: bool, admin: InterfaceStatus = InterfaceStatus.UP) -> None:
        """Cut or mend the cable of an interface; the other end goes down and up with it.

        Args:
            interface: ifName.
            up: Whether it works.
            admin: DOWN when the operator shut it here; the other end stays administratively up.

        Raises:
            SimulatorError: No such interface.
        """
        row = self.row_of(interface)
        oper = InterfaceStatus.UP if up else InterfaceStatus.DOWN
        self.state.set_status(row, admin=admin, oper=oper)
        self.rebuild()
        if row in self.links:
            peer, peer_row = self.links[row]
            peer.state.set_status(peer_row, admin=InterfaceStatus.UP, oper=oper)
            peer.rebuild()

    def wrap(self, interface: str | None, bits: int, seconds: float) -> None:
        """Bring the counters of one interface, or of all, to so many seconds before they wrap.

        Raises:
            SimulatorError: No such interface.
        """
        rows = range(len(self.blueprint.ports)) if interface is None else (self.row_of(interface),)
        for row in rows:
            self.state.wrap(row, bits, seconds)

    def clear_counters(self, interface: str) -> None:
        """Begin an interface's counters at zero, which ifCounterDiscontinuityTime then tells.

        Raises:
            SimulatorError: No such interface.
        """
        self.state.set_counters(self.row_of(interface), [0] * WIDTH)

    def reboot(self, *, outage_seconds: float = 0.0, shuffle: bool = False) -> None:
        """Restart: uptime and counters begin anew, engine boots count up, ifIndexes may be dealt anew."""
        self.state.reboot()
        self.silent_until = self.state.now() + outage_seconds
        if shuffle:
            self.shuffle()

    def shuffle(self) -> None:
        """Deal the ifIndexes anew among the interfaces; at least two of them move."""
        self._number += 1
        order = list(self.if_indexes)
        if len(order) > 1:
            random.Random(f"{self.name} {self._number}").shuffle(order)  # noqa: S311 - as above
            if tuple(order) == self.if_indexes:
                order = order[1:] + order[:1]
        self.if_indexes = tuple(order)
        self.rebuild()

    def jump_clock(self, seconds: int) -> None:
        """Move snmpEngineTime, not sysUpTime: v3 requests fall out of the time window."""
        self.state.engine_offset += seconds

    def change_engine_id(self) -> None:
        """Become another SNMP engine, as a replaced device would."""
        self._number += 1
        self._agent.change_engine_id(self._engine_id())

    def set_condition(self, name: str, *, holds: bool) -> None:
        """Begin or end one of CONDITIONS, which the values of UPSes and sensors follow."""
        if holds:
            self.state.conditions.setdefault(name, self.state.now())
        else:
            self.state.conditions.pop(name, None)

    def clear(self) -> None:
        """End every fault and condition, and mend every cable; a reboot or a shuffle stays done."""
        self.faults = NO_FAULTS
        self.silent_until = 0.0
        self.state.engine_offset = 0
        self.state.conditions.clear()
        for row, port in enumerate(self.blueprint.ports):
            is_up = self.state.oper[row] == self.state.admin[row] == InterfaceStatus.UP
            if port.up and not is_up:
                self.set_link(port.name, up=True)

    def rebuild(self) -> None:
        """Have what it shows worked out anew, after a change of its ifIndexes, links or neighbours."""
        self._shape = None

    def _neighbours(self) -> list[Neighbour]:
        heard = []
        for row, (peer, peer_row) in sorted(self.links.items()):
            plan = peer.blueprint
            is_up = self.state.oper[row] == peer.state.oper[peer_row] == InterfaceStatus.UP
            if is_up and plan.capabilities is not None and self.blueprint.capabilities is not None:
                state, port = peer.state, plan.ports[peer_row]
                heard.append(
                    Neighbour(
                        row, state.name, state.mac, state.address, plan.description, plan.capabilities, port
                    )
                )
        return heard

    def _engine_id(self) -> bytes:
        """RFC 3411 section 5: enterprise with the high bit set, then format 1 (IPv4) or 5 (octets)."""
        head = (0x80000000 | _ENTERPRISE).to_bytes(4, "big")
        if not self._number:
            return head + b"\x01" + self.state.address.packed
        return head + b"\x05" + self.state.address.packed + self._number.to_bytes(4, "big")
