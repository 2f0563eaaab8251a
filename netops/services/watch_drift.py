"""Compare high-availability pairs after a backup of a member, and every night, for the metrics."""

import asyncio
import logging
import threading

from netops.errors import NetopsError
from netops.services.back_up_device import Outcome
from netops.services.check_drift import check_drift
from netops.services.run_backups import Backups

logger = logging.getLogger(__name__)


class WatchDrift:
    """Takes backups from worker threads."""

    def __init__(self, backups: Backups) -> None:
        self._backups = backups
        self._lines: dict[str, float] = {}
        self._lock = threading.Lock()

    def reload(self, backups: Backups) -> None:
        """Take over new settings."""
        self._backups = backups
        with self._lock:
            known = {pair.name for pair in backups.settings.ha_pairs}
            self._lines = {name: lines for name, lines in self._lines.items() if name in known}

    def hear(self, outcome: Outcome) -> None:
        """Compare the pairs of a device whose configuration changed (a listener of BackUpDevice)."""
        if outcome.stored is None or not outcome.stored.is_new:
            return
        name = outcome.state.name
        self._compare({pair.name for pair in self._backups.settings.ha_pairs if name in pair.members})

    async def check_all(self) -> None:
        """Compare every pair."""
        if self._backups.settings.ha_pairs:
            await asyncio.to_thread(self._compare, None)

    def lines(self) -> dict[str, float]:
        """Give how many lines the members of each pair do not share; none for a pair with a member without backup."""
        return dict(self._lines)

    def _compare(self, names: set[str] | None) -> None:
        if names is not None and not names:
            return
        try:
            for drift in check_drift(self._backups, names):
                with self._lock:
                    if drift.missing:
                        self._lines.pop(drift.pair, None)
                    else:
                        self._lines[drift.pair] = float(len(drift.differences))
        except NetopsError as error:
            logger.error("pairs could not be compared: %s", error)
