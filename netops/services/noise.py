"""An agent that answers, but nothing that can be used, is as good as silent: it costs one time-out, not one a subject."""

from collections.abc import Sequence

from netops.collectors import Collector, Visit
from netops.errors import DeviceUnreachable, MalformedReply, UnexpectedReply
from netops.model.reading import PollResult, Reach, SubjectError
from netops.snmp.types import SnmpSession

NOISE = (MalformedReply, UnexpectedReply)
"""What a whole request ends with, all tries spent, when only noise came back."""
NOISE_KINDS = tuple(error.kind for error in NOISE)

_SUBJECTS = ("system", "interfaces", "sensors", "processors", "memory", "storage", "disks", "load")


class _NothingButNoise(DeviceUnreachable):
    """Noise in answer to the first question; ``kind`` and text are those of its cause."""

    def __init__(self, cause: MalformedReply | UnexpectedReply) -> None:
        super().__init__(str(cause))
        self.kind = cause.kind


class _FirstQuestion:
    """The first collector; noise in answer to it ends the poll as silence does."""

    def __init__(self, collector: Collector) -> None:
        self.subject = collector.subject
        self.period_setting = collector.period_setting
        self._collector = collector

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read the subject."""
        try:
            await self._collector.read(session, visit)
        except NOISE as error:
            raise _NothingButNoise(error) from error


def stop_at_noise(collectors: Sequence[Collector]) -> list[Collector]:
    """Have a poll by these collectors end with the first when that meets noise."""
    return [_FirstQuestion(collectors[0]), *collectors[1:]]


def judge(result: PollResult) -> None:
    """Call a device that let nothing be read unreachable, in place, whatever it answered; its first error tells why."""
    reachability = result.reachability
    if reachability.error is None and result.errors and not any(getattr(result, name) for name in _SUBJECTS):
        first = result.errors[0]
        reachability.error = SubjectError("reachability", first.kind, first.error)
        result.errors.clear()  # they say the same of every subject
    if reachability.error and reachability.error.kind in NOISE_KINDS:
        reachability.snmp = Reach.YES  # somebody is there
