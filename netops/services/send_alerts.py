"""Send our alerts to Alertmanagers, again and again as Prometheus does, and what ended for a while after."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from netops.alerting.known_alert import KnownAlert
from netops.clock import Clock
from netops.errors import NetopsError
from netops.model.alert import AlertStatus

logger = logging.getLogger(__name__)

AGAIN = timedelta(minutes=1)
ENDS_AFTER = timedelta(minutes=4)
"""How long an Alertmanager believes an alert that it hears nothing more of."""
KEEP_TELLING = timedelta(minutes=15)
"""So long an alert that is over is sent: an Alertmanager may have been away when it ended."""
_AT_ONCE = 500

Post = Callable[[str, Sequence[dict[str, Any]]], Awaitable[None]]


class SendAlerts:
    """The use case; ``run`` is called every few seconds, and sends when alerts changed or AGAIN went by."""

    def __init__(
        self, post: Post, clock: Clock, book: Callable[[], Mapping[str, KnownAlert]], link: str
    ) -> None:
        self.targets: Sequence[str] = ()
        self.failures: Counter[str] = Counter()
        self._post = post
        self._clock = clock
        self._book = book
        self._link = link
        self._ended: dict[str, tuple[KnownAlert, datetime]] = {}
        self._fired: dict[str, KnownAlert] = {}
        self._failing: set[str] = set()
        self._sent: tuple[frozenset[str], datetime] | None = None

    async def run(self) -> None:
        """Send what fires, and what ended lately."""
        now = self._clock.now()
        firing = {
            name: alert
            for name, alert in self._book().items()
            # What came behind a dead device has not ended: nothing is read of it.
            if alert.status is AlertStatus.FIRING and (not alert.behind or name in self._fired)
        }
        names = frozenset(firing)
        if not self.targets or (
            self._sent is not None and self._sent[0] == names and timedelta(0) <= now - self._sent[1] < AGAIN
        ):
            return
        self._sent = names, now
        for name in self._fired.keys() - firing.keys():
            self._ended[name] = self._fired[name], now
        for name in list(self._ended):
            if name in firing or now - self._ended[name][1] > KEEP_TELLING:
                del self._ended[name]
        self._fired = firing
        alerts = [
            *(self._word(alert, now + ENDS_AFTER) for alert in firing.values()),
            *(self._word(alert, ended_at) for alert, ended_at in self._ended.values()),
        ]
        for target in self.targets:
            await self._send(target, alerts)

    async def _send(self, target: str, alerts: Sequence[dict[str, Any]]) -> None:
        try:
            for some in _cut(alerts):
                await self._post(target, some)
        except NetopsError as error:
            self.failures[target] += 1
            if target not in self._failing:
                self._failing.add(target)
                logger.error("alertmanager: alerts were not taken, and are sent again: %s", error)
        else:
            self._failing.discard(target)

    def _word(self, alert: KnownAlert, ends_at: datetime) -> dict[str, Any]:
        return {
            "labels": dict(alert.labels),
            "annotations": dict(alert.annotations),
            "startsAt": (alert.fired_at or alert.active_at).isoformat(),
            "endsAt": ends_at.isoformat(),
            **({"generatorURL": self._link} if self._link else {}),
        }


def _cut(alerts: Sequence[dict[str, Any]]) -> Iterable[Sequence[dict[str, Any]]]:
    return (alerts[start : start + _AT_ONCE] for start in range(0, len(alerts), _AT_ONCE))
