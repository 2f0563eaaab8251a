"""Judge each device after its backup, and all of them every night; keep what changed, and count for the metrics."""

import asyncio
import logging
import threading
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine

from netops.backup.compliance.rules import SEVERITIES, Rule
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


class WatchCompliance:
    """Takes backups from worker threads; all else is for the event loop."""

    def __init__(
        self, backups: Backups, rules: list[Rule], *, engine: Engine, writer: Writer, clock: Clock
    ) -> None:
        self._service = CheckCompliance(backups, rules, clock)
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._failing: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()
        self._checked_at: datetime | None = None
        self._is_stopping = False

    @property
    def rules(self) -> list[Rule]:
        """The rules in force."""
        return self._service.rules

    async def start(self) -> None:
        """Take over what was counted before; the first look at everything follows in ``check_all``."""
        self._failing = await asyncio.to_thread(self._read_counts)

    def reload(self, backups: Backups, rules: list[Rule]) -> None:
        """Take over new settings and rules; ``check_all`` then judges by them."""
        self._service = CheckCompliance(backups, rules, self._clock)

    def hear(self, outcome: Outcome) -> None:
        """Judge a device that was just backed up (a listener of BackUpDevice, in its worker thread)."""
        if outcome.error is not None or not self._service.rules:
            return
        try:
            for judged in self._service.check([outcome.state.name]):
                self._keep(judged)
        except NetopsError as error:
            logger.error("%s: could not be held against the compliance rules: %s", outcome.state.name, error)

    def stop(self) -> None:
        """End a look at everything after the device it is at."""
        self._is_stopping = True

    async def check_all(self) -> None:
        """Judge every device, those without a backup too; what is stored goes through the one writer."""
        await asyncio.to_thread(self._check_all)

    def _check_all(self) -> None:
        service, names = self._service, set()
        try:
            for judged in service.check():
                if self._is_stopping:
                    return
                names.add(judged.subject.name)
                self._keep(judged)
        except NetopsError as error:
            logger.error("configurations could not be held against the compliance rules: %s", error)
            return
        now = self._clock.now()
        self._writer.submit(lambda connection: end_devices(connection, names, now))
        with self._lock:
            self._failing = {key: count for key, count in self._failing.items() if key[0] in names}
            self._checked_at = now

    def _keep(self, judged: Judged) -> None:
        check, results = judged.check(), judged.results()

        def record(connection: Connection) -> None:
            record_verdicts(connection, check, results)

        self._writer.submit(record)
        counts = _count(judged)
        with self._lock:
            device = judged.subject.name
            self._failing = {key: count for key, count in self._failing.items() if key[0] != device} | counts

    def _read_counts(self) -> dict[tuple[str, str], int]:
        with read(self._engine) as connection:
            return dict(count_failing(connection))

    # --- numbers for the metrics

    def failing(self) -> dict[tuple[str, ...], float]:
        """Give how many rules each device fails, by device and severity."""
        return {key: float(count) for key, count in self._failing.items()}

    def check_age(self) -> dict[tuple[str, ...], float]:
        """Give since when all devices were last judged, in seconds; nothing before the first time."""
        if self._checked_at is None:
            return {}
        return {(): (self._clock.now() - self._checked_at).total_seconds()}


def _count(judged: Judged) -> dict[tuple[str, str], int]:
    present: Iterable[str] = (
        severity for severity in SEVERITIES if any(v.rule.severity == severity for v in judged.verdicts)
    )
    return {
        (judged.subject.name, severity): sum(
            verdict.rule.severity == severity and verdict.status is ComplianceStatus.FAILS
            for verdict in judged.verdicts
        )
        for severity in present
    }
