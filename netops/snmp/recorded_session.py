"""A recording that is asked like a device, without any network: for commands that take ``--recording FILE``."""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from netops.errors import MalformedReply
from netops.snmp.codec import decode_value
from netops.snmp.recording import Arcs, Recorded, Recording
from netops.snmp.types import Absent, Column, Oid, Tag, Varbind


class RecordedSession:
    """Answers from a recording; implements netops.snmp.types.SnmpSession.

    A value that its type cannot have is left out, for no poll could read it.
    """

    def __init__(self, recording: Recording) -> None:
        """Prepare; the recording is not copied."""
        self.requests = 0
        self._variables = recording.variables
        self._ordered: list[Arcs] = list(recording.variables)

    async def get(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Give single variables."""
        self.requests += 1
        return [self._read(oid.arcs) or _absent(oid, Absent.NO_SUCH_OBJECT) for oid in oids]

    async def get_next(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Give the variable behind each OID."""
        self.requests += 1
        return [self._next(oid) for oid in oids]

    async def walk(self, root: Oid) -> AsyncIterator[Varbind]:
        """Give every variable below a root."""
        self.requests += 1
        for varbind in self._below(root.arcs):
            yield varbind

    async def read_columns(
        self,
        columns: Sequence[Oid],
        *,
        rarely: bool = False,  # noqa: ARG002 - the protocol asks for it
    ) -> list[Column]:
        """Give whole columns; ``rarely`` makes no difference here."""
        self.requests += 1
        return [self._column(column) for column in columns]

    def limit_repetitions(self, most: int) -> None:
        """Heed nothing: a recording has no replies to fill."""

    async def close(self) -> None:
        """Let go of nothing."""

    def _column(self, column: Oid) -> Column:
        return {
            varbind.oid.index_below(column): varbind.value
            for varbind in self._below(column.arcs)
            if not isinstance(varbind.value, Absent)
        }

    def _next(self, oid: Oid) -> Varbind:
        for at in range(bisect_right(self._ordered, oid.arcs), len(self._ordered)):
            found = self._read(self._ordered[at])
            if found is not None:
                return found
        return _absent(oid, Absent.END_OF_MIB_VIEW)

    def _below(self, prefix: Arcs) -> Iterator[Varbind]:
        for at in range(bisect_left(self._ordered, prefix), len(self._ordered)):
            arcs = self._ordered[at]
            if arcs[: len(prefix)] != prefix:
                return
            found = self._read(arcs) if arcs != prefix else None
            if found is not None:
                yield found

    def _read(self, arcs: Arcs) -> Varbind | None:
        return read_recorded(self._variables, arcs)


def read_recorded(variables: Mapping[Arcs, Recorded], arcs: Arcs) -> Varbind | None:
    """Give one variable of a recording; None where it is not there, or makes no sense."""
    recorded = variables.get(arcs)
    if recorded is None:
        return None
    try:
        return Varbind(Oid.of(*arcs), recorded.tag, decode_value(recorded.tag, recorded.content))
    except MalformedReply:
        return None


def _absent(oid: Oid, why: Absent) -> Varbind:
    return Varbind(oid, int(Tag(why.value)), why)
