"""Where people's wishes about alerts arrive in the running daemon (netops.web.alert_control.AlertControls)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from netops.clock import Clock
from netops.services.evaluate_rules import EvaluateRules
from netops.services.manage_alerts import (
    SilenceRequest,
    acknowledge,
    acknowledge_firing,
    add_silence,
    comment_on,
    stop_silence,
)
from netops.store.writer import ask

_Given = TypeVar("_Given")


class AlertDesk:
    """Carries out what is asked, in turn with evaluations."""

    def __init__(self, service: EvaluateRules, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    async def acknowledge(self, prefix: str, *, who: str, seconds: float, comment: str) -> str:
        """Note that somebody has an alert for so long, and give its fingerprint.

        Raises:
            NetopsError: No such alert, or it does not fire.
        """
        now, duration = self._clock.now(), timedelta(seconds=seconds)
        alert = await self._change(
            lambda connection: acknowledge(
                connection, prefix, who=who, duration=duration, comment=comment, now=now
            )
        )
        return alert.fingerprint

    async def acknowledge_all(
        self, fingerprints: Sequence[str], *, who: str, seconds: float, comment: str
    ) -> list[str]:
        """Note that somebody has several alerts, those of them that fire; give the fingerprints of these.

        Raises:
            NetopsError: Nobody is named, or the time is not right.
        """
        now, duration = self._clock.now(), timedelta(seconds=seconds)
        return await self._change(
            lambda connection: acknowledge_firing(
                connection, fingerprints, who=who, duration=duration, comment=comment, now=now
            )
        )

    async def comment(self, prefix: str, *, who: str, text: str) -> str:
        """Add a comment to the record of an alert, and give its fingerprint.

        Raises:
            NetopsError: No such alert, or nothing is said.
        """
        now = self._clock.now()
        alert = await self._change(
            lambda connection: comment_on(connection, prefix, who=who, text=text, now=now)
        )
        return alert.fingerprint

    async def silence(self, matchers: Sequence[str], *, who: str, seconds: float, comment: str) -> int:
        """Begin a silence, and give its id.

        Raises:
            NetopsError: Its conditions, its author, comment or time are not right.
        """
        request = SilenceRequest(matchers, who, comment, timedelta(seconds=seconds))
        now = self._clock.now()
        return await self._change(lambda connection: add_silence(connection, request, now))

    async def unsilence(self, silence_id: int, *, who: str) -> list[str]:
        """End a silence, and give the fingerprints of the alerts that it kept quiet and that still fire.

        Raises:
            NetopsError: No such silence, or it has ended.
        """
        now = self._clock.now()
        burning = await self._change(
            lambda connection: stop_silence(connection, silence_id, who=who, now=now)
        )
        return [alert.fingerprint for alert in burning]

    async def _change(self, change: Callable[[Connection], _Given]) -> _Given:
        return await ask(self._service.change_alerts, change)
