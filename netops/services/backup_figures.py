"""What the metrics tell of backups: each device's last attempt and last good one, and what was counted."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from netops.backup.remotes import read_pushed
from netops.backup.states import State, States
from netops.clock import Clock
from netops.errors import NetopsError
from netops.followed import (
    BACKUP_AGE,
    BACKUP_CHANGED_AT,
    BACKUP_DURATION,
    BACKUP_FAILING,
    BACKUP_MISSING,
    BACKUP_PUSH_LAG,
    BACKUP_REVISIONS,
    BACKUP_UNSAVED,
    BACKUPS_FAILED,
)
from netops.model.event import Event, EventKind
from netops.services.back_up_device import Outcome
from netops.services.run_backups import Backups
from netops.store.queries.events import append_event
from netops.store.writer import Writer
from netops.telemetry import Telemetry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is told of one device."""

    good_at: datetime | None = None
    changed_at: datetime | None = None
    seconds: float = 0.0
    reason: str = ""
    """Why the last attempt failed; empty when it did not."""
    is_unsaved: bool | None = None


class BackupFigures:
    """Hears every outcome, keeps what a person should hear of as an event, and is read by the metrics."""

    def __init__(self, backups: Backups, writer: Writer, clock: Clock) -> None:
        self.failures: Counter[str] = Counter()
        self.revisions = 0
        self._backups = backups
        self._writer = writer
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        backups.service.listeners.append(self._hear)

    async def start(self) -> None:
        """Take in what is known of each device."""
        self._loop = asyncio.get_running_loop()
        await self.refresh()

    def plan(self, backups: Backups) -> None:
        """Take over new settings."""
        self._backups = backups
        self._known = {name: self._known.get(name, _Known()) for name in backups.devices()}

    async def refresh(self) -> None:
        """Take in what commands did meanwhile: they back devices up, and accept, in processes of their own."""
        names = list(self._backups.devices())
        self._known = await asyncio.to_thread(_read_states, self._backups.service.states, names)

    def follow(self, telemetry: Telemetry) -> None:
        """Let the metrics read it."""
        telemetry.follow(BACKUP_AGE, self.ages)
        telemetry.follow(BACKUP_MISSING, self.missing)
        telemetry.follow(BACKUP_DURATION, self.durations)
        telemetry.follow(BACKUP_CHANGED_AT, self.change_times)
        telemetry.follow(BACKUP_FAILING, self.failing)
        telemetry.follow(BACKUP_UNSAVED, self.unsaved)
        telemetry.follow(BACKUPS_FAILED, lambda: dict(self.failures))
        telemetry.follow(BACKUP_REVISIONS, lambda: self.revisions)
        telemetry.follow(BACKUP_PUSH_LAG, self.push_lags)

    def _hear(self, outcome: Outcome) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, outcome)

    def _take(self, outcome: Outcome) -> None:
        """Count an outcome, and keep what a person should hear of as an event."""
        state = outcome.state
        known = _read_state(state)
        if outcome.error is not None:
            reason = state.reason or "failed"
            self.failures[reason] += 1
            logger.warning("%s", outcome.error)
            kind = EventKind.BACKUP_HELD if state.outcome == "held" else EventKind.BACKUP_FAILED
            self._note(kind, state.name, state.message, {"reason": state.reason})
            known = replace(known, reason=reason)
        self._known[state.name] = known
        if outcome.error is None and outcome.stored is not None and outcome.stored.is_new:
            self.revisions += 1
            added, removed = outcome.stored.added, outcome.stored.removed
            text = f"configuration changed: {added} lines in, {removed} out"
            data = {"revision": state.revision, "lines_added": added, "lines_removed": removed}
            self._note(EventKind.CONFIGURATION_CHANGED, state.name, text, data | _word_author(outcome))

    def _note(self, kind: EventKind, device: str, text: str, data: dict[str, object]) -> None:
        event = Event(at=self._clock.now(), kind=kind, device_name=device, text=text[:1000], data=data)
        self._writer.submit(lambda connection: append_event(connection, event))

    # --- numbers for the metrics

    def ages(self) -> dict[str, float]:
        """Give the age of each device's last good backup, in seconds."""
        now = self._clock.now()
        return {
            name: (now - known.good_at).total_seconds()
            for name, known in self._known.items()
            if known.good_at
        }

    def missing(self) -> dict[str, float]:
        """Give 1 for each device that was never backed up, 0 for the others."""
        return {name: float(known.good_at is None) for name, known in self._known.items()}

    def durations(self) -> dict[str, float]:
        """Give how long the last good visit to each device took, in seconds."""
        return {name: known.seconds for name, known in self._known.items() if known.good_at}

    def change_times(self) -> dict[str, float]:
        """Give when a changed configuration of each device was last stored."""
        return {name: known.changed_at.timestamp() for name, known in self._known.items() if known.changed_at}

    def failing(self) -> dict[tuple[str, ...], float]:
        """Give 1 by device and reason, for each device whose last attempt failed."""
        return {(name, known.reason): 1.0 for name, known in self._known.items() if known.reason}

    def unsaved(self) -> dict[str, float]:
        """Give 1 for each device that runs with changes that are not saved, 0 for one without."""
        return {
            name: float(known.is_unsaved)
            for name, known in self._known.items()
            if known.is_unsaved is not None
        }

    def push_lags(self) -> dict[str, float]:
        """Give since how long each remote lacks something, in seconds; 0 for a remote that has all."""
        lags = {}
        for remote in self._backups.remotes:
            pushed = read_pushed(self._backups.archive, remote.name)
            since = pushed.behind_since if pushed else ""
            lags[remote.name] = (
                (self._clock.now() - datetime.fromisoformat(since)).total_seconds() if since else 0.0
            )
        return lags


def _word_author(outcome: Outcome) -> dict[str, object]:
    words = {"author": outcome.author, "address": outcome.address}
    return {key: value for key, value in words.items() if value}


def _read_states(states: States, names: Iterable[str]) -> dict[str, _Known]:
    known = {}
    for name in names:
        try:
            known[name] = _read_state(states.read(name))
        except NetopsError as error:
            logger.error("%s", error)
            known[name] = _Known()
    return known


def _read_state(state: State) -> _Known:
    return _Known(
        datetime.fromisoformat(state.good_at) if state.good_at else None,
        datetime.fromisoformat(state.changed_at) if state.changed_at else None,
        state.seconds,
        state.reason,
        state.has_unsaved_changes,
    )
