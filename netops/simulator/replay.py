"""Recordings of real devices, answering again: to the community that is a recording's name, over v1 and v2c.

On 127.0.0.1 all of them answer, told apart by community; beside it each has an address of its own, where any
community is taken. ``NAME@10`` is the recording of context 10 of NAME, which Cisco's switches show to the community
``NAME@10``. A recording stands still: its counters and its uptime are always the same.
"""

import logging
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import yaml

from netops.errors import MalformedReply
from netops.i18n import _, ngettext
from netops.simulator.answers import TOO_BIG, Answer, Question, answer_pdu
from netops.simulator.device import COMMUNITY_BYTES, DEFAULT_LARGEST
from netops.simulator.encoding import encode_varbind
from netops.simulator.errors import SimulatorError
from netops.simulator.faults import NO_FAULTS
from netops.simulator.server import AgentServer
from netops.simulator.shape import Arcs, Shape, read_names
from netops.simulator.simulation import COMMUNITY, DEFAULT_PORT, loopback_addresses
from netops.simulator.state import DeviceState
from netops.simulator.usm_agent import encode_reply
from netops.snmp import codec
from netops.snmp.recording import Recording, RecordingError, load_recording, name_of
from netops.snmp.types import Oid, Tag, encode_arcs

logger = logging.getLogger(__name__)

HUB = "127.0.0.1"
"""Where every recording answers."""
_CONTEXT = "@"
_LARGEST_VALUE = 65_000
"""A single value that is larger than any reply goes out alone, up to what a UDP datagram holds."""
_KEPT_VARIABLES = 400_000
"""Variables of recordings that stay in memory; about 400 bytes each."""


class RecordedShape(Shape):
    """What a recording shows."""

    def __init__(self, recording: Recording) -> None:
        """Encode every variable once."""
        cells = {
            arcs: encode_varbind(encode_arcs(arcs), tag, content)
            for arcs, (tag, content) in recording.variables.items()
        }
        wide = [arcs for arcs, value in recording.variables.items() if value.tag == Tag.COUNTER64]
        super().__init__(cells, (), wide)

    def object_of(self, oid: bytes) -> bytes | None:
        """Take for the object what an OID shares with a sibling: a recording does not say what its objects are."""
        parent: Arcs = Oid(oid).arcs[:-1]
        at = bisect_left(self._arcs, parent)
        is_known = at < len(self._arcs) and self._arcs[at][: len(parent)] == parent
        if not is_known:
            return None
        return encode_arcs(parent) if len(parent) > 1 else oid  # iso has no encoding of its own


class Shelf:
    """Recordings by name. A file is read when its recording is first asked for; the least used are forgotten."""

    def __init__(self, files: Mapping[str, Path], *, kept: int = _KEPT_VARIABLES) -> None:
        """Prepare.

        Args:
            files: Names, those of contexts included, to files.
            kept: How many variables, of all recordings together, stay in memory.
        """
        self.files = files
        self._kept = kept
        self._shapes: OrderedDict[str, RecordedShape | None] = OrderedDict()

    def shape(self, name: str) -> RecordedShape | None:
        """Give what a recording shows; None where there is no such recording, or none that can be read."""
        if name in self._shapes:
            self._shapes.move_to_end(name)
        elif name in self.files:
            self._shapes[name] = self._load(name)
            self._forget()
        return self._shapes.get(name)

    def _load(self, name: str) -> RecordedShape | None:
        try:
            recording = load_recording(self.files[name])
        except RecordingError as error:
            logger.warning("%s: %s", name, error)
            return None
        if recording.dropped or recording.repaired:
            logger.warning(
                "%s: %d lines left out, %d values in hex repaired",
                name,
                recording.dropped,
                recording.repaired,
            )
        return RecordedShape(recording)

    def _forget(self) -> None:
        while len(self._shapes) > 1 and self._held() > self._kept:
            self._shapes.popitem(last=False)

    def _held(self) -> int:
        return sum(len(shape.cells) for shape in self._shapes.values() if shape is not None)


class ReplayAgent:
    """Answers at one address. ``find`` gives the recording that a community may read, None for silence."""

    def __init__(
        self,
        find: Callable[[str], RecordedShape | None],
        address: IPv4Address,
        *,
        largest: int = DEFAULT_LARGEST,
    ) -> None:
        """Prepare."""
        self._find = find
        self._largest = largest
        self._state = DeviceState("", address, lambda: 0.0, rates=(), ages=(), age=0.0)

    def delay_seconds(self) -> float:
        """Recordings answer at once."""
        return 0.0

    def answer(self, datagram: bytes) -> list[bytes]:
        """Answer one datagram; silence for what cannot be read, for v3, and for unknown communities."""
        try:
            version, at, end = codec.read_version(datagram)
            if version not in {codec.VERSION_1, codec.VERSION_2C}:
                return []
            start, stop = codec.expect(datagram, at, end, Tag.OCTET_STRING)
            community = datagram[start:stop]
            pdu = codec.read_pdu(datagram, stop, end)
            shape = self._find(community.decode("latin-1"))
            if shape is None:
                return []
            room = self._largest - COMMUNITY_BYTES - len(community)
            answer = self._answer(Question(pdu, version, room, NO_FAULTS), shape)
        except MalformedReply:
            return []
        if answer is None:
            return []
        head = bytes((2, 1, version)) + codec.encode_tlv(Tag.OCTET_STRING, community)
        reply = encode_reply(codec.RESPONSE, pdu.request_id, answer.status, answer.index, answer.bindings)
        return [codec.encode_tlv(0x30, head + reply)]

    def _answer(self, question: Question, shape: Shape) -> Answer | None:
        """Answer, and where a first value alone is larger than a reply may be, send it alone.

        Devices fragment; a recorded value that could never be read would be worth nothing.
        """
        answer = answer_pdu(question, shape, self._state)
        if answer is None or answer.status != TOO_BIG:
            return answer
        names = read_names(question.bindings)
        is_bulk = question.pdu.tag == codec.GET_BULK
        if not names or (len(names) > 1 and not is_bulk):
            return answer
        bindings = codec.encode_bindings(names[:1])
        packed = bindings[len(bindings) - _content_size(bindings) :]
        pdu = question.pdu._replace(data=packed, start=0, end=len(packed))
        if is_bulk:
            pdu = pdu._replace(error_status=min(pdu.error_status, 1), error_index=min(pdu.error_index, 1))
        return answer_pdu(Question(pdu, question.version, _LARGEST_VALUE, NO_FAULTS), shape, self._state)


def _content_size(element: bytes) -> int:
    _tag, start, end = codec.read_header(element, 0, len(element))
    return end - start


@dataclass(frozen=True, slots=True)
class ReplayedDevice:
    """A recording and where it answers."""

    name: str
    address: str
    file: Path
    contexts: tuple[str, ...]
    """Names of the recordings of its contexts."""


class Replay:
    """A network of recordings, served from one socket."""

    def __init__(
        self, paths: Sequence[Path], *, first_address: str = "127.1.0.1", port: int = DEFAULT_PORT
    ) -> None:
        """Look for the recordings; nothing listens before ``start``.

        Args:
            paths: Files, and folders of files; of two with the same name the first is taken.
            first_address: Address of the first recording, in 127.0.0.0/8; the others follow it.
            port: UDP port of all of them; 0 takes a free one, which ``port`` then tells.

        Raises:
            SimulatorError: No such file, no recording among them, or addresses that are not loopback.
        """
        files = collect(paths)
        self.port = port
        self.shelf = Shelf(files)
        names = [name for name in files if _CONTEXT not in name]
        contexts: dict[str, list[str]] = {}
        for name in files:
            if _CONTEXT in name:
                contexts.setdefault(name.partition(_CONTEXT)[0], []).append(name)
        self.devices = tuple(
            ReplayedDevice(name, str(address), files[name], tuple(contexts.get(name, ())))
            for name, address in zip(names, loopback_addresses(first_address, len(names)), strict=True)
        )
        hub = IPv4Address(HUB)
        self._agents = {hub.packed: ReplayAgent(self.shelf.shape, hub)}
        for device in self.devices:
            address = IPv4Address(device.address)
            self._agents.setdefault(address.packed, ReplayAgent(self._at(device.name), address))
        self._server: AgentServer | None = None

    def _at(self, name: str) -> Callable[[str], RecordedShape | None]:
        """Give how an address of its own reads a community: whatever it is, but for the context behind @."""

        def find(community: str) -> RecordedShape | None:
            _community, at, context = community.partition(_CONTEXT)
            return self.shelf.shape(name + at + context)

        return find

    async def start(self) -> None:
        """Listen on the loopback interface.

        Raises:
            SimulatorError: The port is taken.
        """
        self._server = AgentServer(self._agents)
        self.port = self._server.open(self.port)

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def answer(self, datagram: bytes, address: str = HUB) -> list[bytes]:
        """Answer a datagram sent to an address, without any socket; [] where no recording is."""
        agent = self._agents.get(IPv4Address(address).packed)
        return agent.answer(datagram) if agent else []

    def describe(self) -> str:
        """Say in one line what listens where."""
        count = len(self.devices)
        return ngettext(
            "%(count)d recording answers on %(hub)s port %(port)d to its name as community,"
            " and on %(first)s to any",
            "%(count)d recordings answer on %(hub)s port %(port)d to their names as community,"
            " and on %(first)s to %(last)s each to any",
            count,
        ) % {
            "count": count,
            "hub": HUB,
            "port": self.port,
            "first": self.devices[0].address,
            "last": self.devices[-1].address,
        }

    def describe_for_programs(self) -> dict[str, object]:
        """Say it for programs: ``{"host", "port", "devices": [{"name", "community", "file", "contexts", "address"}]}``."""
        devices = [
            {
                "name": device.name,
                "community": device.name,
                "file": str(device.file),
                "contexts": list(device.contexts),
                "address": device.address,
            }
            for device in self.devices
        ]
        return {"host": HUB, "port": self.port, "devices": devices}

    def devices_yaml(self) -> str:
        """Write the recordings as ``configs/devices.yaml``, each at its own address."""
        entries = [
            {
                "name": device.name,
                "address": device.address,
                "port": self.port,
                "credential": "sim-v2c",
                "site": "recorded",
            }
            for device in self.devices
        ]
        return yaml.safe_dump({"devices": entries}, sort_keys=False, allow_unicode=True)

    def credentials_yaml(self) -> str:
        """Write the credential that devices_yaml names, as a section of ``configs/netops.yaml``."""
        section = {"sim-v2c": {"version": "2c", "community": COMMUNITY}}
        return yaml.safe_dump({"credentials": section}, sort_keys=False)


def collect(paths: Sequence[Path]) -> dict[str, Path]:
    """Find the recordings among files and in folders, by name; of two with one name the first is taken.

    Raises:
        SimulatorError: A path that is not there, a file that is named as no recording is, or none at all.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise SimulatorError(_("%(path)s: no such file or folder") % {"path": path})
        for file in sorted(path.iterdir()) if path.is_dir() else (path,):
            name = name_of(file)
            if name is not None:
                found.setdefault(name, file)
            elif not path.is_dir():
                raise SimulatorError(
                    _("%(path)s is not named as a recording is: NAME.snmprec, NAME.walk or NAME.jsonl")
                    % {"path": path}
                )
    if not any(_CONTEXT not in name for name in found):
        raise SimulatorError(
            _("no recording in %(paths)s") % {"paths": ", ".join(str(path) for path in paths)}
        )
    return found
