"""Wires what goes to other programs and comes from them: Alertmanagers, a Prometheus, a dead man's switch."""

from datetime import timedelta

from netops.alert_wiring import AlertWiring, Repeating
from netops.clock import Clock
from netops.followed import ALERTMANAGER_FAILURES, ALERTS_RECEIVED, HEARTBEAT_FAILURES, HEARTBEATS_WITHHELD
from netops.notify.outside import Outside
from netops.services.beat import Beat
from netops.services.send_alerts import SendAlerts
from netops.settings.loader import LoadedSettings
from netops.store.writer import Writer
from netops.telemetry import Telemetry
from netops.web.alertmanager import create_alertmanager
from netops.web.app import Router

_LOOK = timedelta(seconds=2)


class OutsideWiring:
    """All of it, as the daemon sees it."""

    def __init__(
        self,
        loaded: LoadedSettings,
        alerts: AlertWiring,
        *,
        writer: Writer,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._loaded = loaded
        self._alerts = alerts
        self._outside = Outside()
        self._scheduler: Repeating | None = None
        service = alerts.service
        self._sending = SendAlerts(
            self._outside.post_alerts, clock, lambda: service.book, loaded.settings.web.url or ""
        )
        self._beat = Beat(
            self._outside.beat,
            clock,
            count_evaluations=lambda: service.evaluations,
            find_trouble=lambda: "" if writer.healthy else "the database takes no writes",
        )
        self._use(loaded)
        telemetry.follow(ALERTS_RECEIVED, lambda: alerts.inbox.received)
        telemetry.follow(ALERTMANAGER_FAILURES, lambda: dict(self._sending.failures))
        telemetry.follow(HEARTBEAT_FAILURES, lambda: self._beat.failures)
        telemetry.follow(HEARTBEATS_WITHHELD, lambda: self._beat.withheld)

    @property
    def routers(self) -> list[Router]:
        """Where a Prometheus posts its alerts, where the settings allow it."""
        wanted = self._loaded.settings.alerting.alertmanager
        if not wanted.receive:
            return []
        token = wanted.token.get_secret_value() if wanted.token else None
        return [create_alertmanager(self._alerts.inbox, token)]

    def start(self, scheduler: Repeating) -> None:
        """Send from now on."""
        self._scheduler = scheduler
        scheduler.repeat("alerts to alertmanagers", _LOOK, self._sending.run)
        self._repeat_beat()

    async def stop(self) -> None:
        """Give back connections."""
        await self._outside.close()

    def on_settings(self, loaded: LoadedSettings) -> None:
        """Go by these settings from now on; whether alerts are received is decided at the start."""
        former, self._loaded = self._loaded, loaded
        self._use(loaded)
        if former.settings.alerting.heartbeat.every != loaded.settings.alerting.heartbeat.every:
            self._repeat_beat()

    def _repeat_beat(self) -> None:
        if self._scheduler is not None:
            every = self._loaded.settings.alerting.heartbeat.every
            self._scheduler.repeat("sign of life", every, self._beat.run)

    def _use(self, loaded: LoadedSettings) -> None:
        settings = loaded.settings.alerting
        self._sending.targets = settings.alertmanager.send_to
        self._beat.url = settings.heartbeat.url.get_secret_value() if settings.heartbeat.url else ""
