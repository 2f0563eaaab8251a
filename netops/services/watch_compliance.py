"""Judge each device after its backup, and all of them every night; keep what changed, and count for the metrics."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from itertools import islice

from sqlalchemy import Connection, Engine

from netops.backup.compliance.rules import Rule
from netops.clock import Clock
from netops.errors import NetopsError
from netops.model.compliance import ComplianceStatus
from netops.services.back_up_device import Outcome
from netops.services.check_compliance import CheckCompliance, Judged
from netops.services.run_backups import Backups
from netops.store.engine import read
from netops.store.queries.compliance import count_failing, end_devices, record_verdicts
from netops.store.writer import Writer

logger = logging.getLogger(__name__)

_AT_ONCE = 50
"""Devices whose verdicts are stored in one transaction."""


class WatchCompliance:
    """Lives on the event loop; hears of backups in worker threads."""

    def __init__(
        self, backups: Backups, rules: list[Rule], *, engine: Engine, writer: Writer, clock: Clock
    ) -> None:
        self._service = CheckCompliance(backups, rules, clock)
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._failing: dict[str, dict[str, int]] = {}
        """Device to severity to how many rules it fails."""
        self._checked_at: datetime | None = None
        self._is_stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def rules(self) -> list[Rule]:
        """The rules in force."""
        return self._service.rules

    async def start(self) -> None:
        """Take over what was counted before; the first look at everything follows in ``check_all``."""
        self._loop = asyncio.get_running_loop()
        for (device, severity), count in (await asyncio.to_thread(self._read_counts)).items():
            self._failing.setdefault(device, {})[severity] = count

    def reload(self, backups: Backups, rules: list[Rule]) -> None:
        """Take over new settings and rules; ``check_all`` then judges by them."""
        self._service = CheckCompliance(backups, rules, self._clock)

    def hear(self, outcome: Outcome) -> None:
        """Judge a device that was just backed up (a listener of BackUpDevice, in its worker thread)."""
        if outcome.error is not None or self._loop is None or self._loop.is_closed():
            return
        try:
            for judged in self._service.check([outcome.state.name]):
                self._loop.call_soon_threadsafe(self._take, judged)
        except NetopsError as error:
            logger.error("%s: could not be held against the compliance rules: %s", outcome.state.name, error)

    def stop(self) -> None:
        """End a look at everything after the devices it is at."""
        self._is_stopping = True

    async def check_all(self) -> None:
        """Judge every device, those without a backup too; some at a time, so that polls' writes come between."""
        judging = self._service.check()
        names: set[str] = set()
        try:
            while some := await asyncio.to_thread(lambda: list(islice(judging, _AT_ONCE))):
                if self._is_stopping:
                    return
                names.update(judged.subject.name for judged in some)
                await self._writer.submit_and_wait(partial(_record, some))
                for judged in some:
                    self._failing[judged.subject.name] = _count(judged)
            now = self._clock.now()
            await self._writer.submit_and_wait(lambda connection: end_devices(connection, names, now))
        except NetopsError as error:
            logger.error("configurations could not be held against the compliance rules: %s", error)
            return
        self._failing = {device: counts for device, counts in self._failing.items() if device in names}
        self._checked_at = now

    def _take(self, judged: Judged) -> None:
        self._writer.submit(partial(_record, [judged]))
        self._failing[judged.subject.name] = _count(judged)

    def _read_counts(self) -> dict[tuple[str, str], int]:
        with read(self._engine) as connection:
            return dict(count_failing(connection))

    # --- numbers for the metrics

    def failing(self) -> dict[tuple[str, ...], float]:
        """Give how many rules each device fails, by device and severity."""
        return {
            (device, severity): float(count)
            for device, counts in self._failing.items()
            for severity, count in counts.items()
        }

    def check_age(self) -> dict[tuple[str, ...], float]:
        """Give since when all devices were last judged, in seconds; nothing before the first time."""
        if self._checked_at is None:
            return {}
        return {(): (self._clock.now() - self._checked_at).total_seconds()}


def _record(judged: Iterable[Judged], connection: Connection) -> None:
    for one in judged:
        record_verdicts(connection, one.check(), one.results())


def _count(judged: Judged) -> dict[str, int]:
    """Count failures by severity; 0 for a severity whose rules are all kept, none for one that has no rules."""
    counts: Counter[str] = Counter()
    for verdict in judged.verdicts:
        counts[verdict.rule.severity] += verdict.status is ComplianceStatus.FAILS
    return dict(counts)
