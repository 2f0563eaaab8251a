"""Wires notifications for the daemon: what alerts have to tell leads to messages, and these to people."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Engine

from netops.alert_wiring import AlertWiring, Repeating
from netops.clock import Clock
from netops.errors import NetopsError
from netops.followed import (
    DELIVERIES,
    DELIVERIES_GIVEN_UP,
    NOTICES_WAITING,
    ONCALL_HOLDER,
    ONCALL_NEXT_GAP,
    ONCALL_STEPS_EMPTY,
    ONCALL_UNTOLD,
    OUTBOX_OLDEST,
    OUTBOX_WAITING,
    PAGES,
)
from netops.notify.registry import make_sender
from netops.security.links import LinkSigner, open_link_key
from netops.services.acknowledge_link import AcknowledgeLink
from netops.services.deliver_messages import DeliverMessages
from netops.services.keep_oncall import KeepOncall
from netops.services.lane import Channel
from netops.services.make_message import LinkPlaces, MakeMessage, Reader
from netops.services.oncall_feed import OncallFeed
from netops.services.tell_people import TellPeople
from netops.settings.channels import ChannelSettings
from netops.settings.devices import DeviceSettings
from netops.settings.loader import LoadedSettings
from netops.settings.models import Settings
from netops.store.writer import Writer
from netops.telemetry import Telemetry
from netops.web.acknowledge import create_acknowledge
from netops.web.app import Router
from netops.web.oncall_feed import create_oncall_feed
from netops.web.pages import Pages

logger = logging.getLogger(__name__)

_TICK = timedelta(seconds=1)
_KEEP = timedelta(seconds=5)
_LOOK_AFTER = timedelta(seconds=15)
_GROUP_CHATS = frozenset({"dingtalk", "wecom", "feishu", "slack"})
"""Channels whose services count all messages of a robot together, whomever they name."""


class DeliveryWiring:
    """All of notifications, as the daemon sees it."""

    def __init__(
        self,
        loaded: LoadedSettings,
        alerts: AlertWiring,
        *,
        engine: Engine,
        writer: Writer,
        telemetry: Telemetry,
        clock: Clock,
        list_devices: Callable[[], Mapping[str, DeviceSettings]],
    ) -> None:
        self._loaded = loaded
        self._alerts = alerts
        self._channels: dict[str, tuple[ChannelSettings, Channel]] = {}
        self._reloads: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._signer = LinkSigner(open_link_key(loaded.settings.web.link_key_file))
        self._keeping = KeepOncall(loaded, engine=engine, clock=clock, list_devices=list_devices)
        self._keeping.on_change = self._on_plan
        self._messages = MakeMessage(
            engine, clock, self._signer, places=_places(loaded.settings), reader_of=self._read_by
        )
        self.deliveries = DeliverMessages(
            engine=engine, writer=writer, clock=clock, make_message=self._messages
        )
        self.telling = TellPeople(
            engine=engine,
            writer=writer,
            clock=clock,
            on_call=None,
            on_delivery=self.deliveries.wake,
        )
        self._links = AcknowledgeLink(engine, clock, self._signer, alerts.desk, self._messages)
        self._feed = OncallFeed(self._signer, clock, lambda: self._keeping.book.plan)
        alerts.service.on_notices = self._on_notices
        self._follow(telemetry)

    def _read_by(self, person: str) -> Reader:
        return self._keeping.book.reader_of(person)

    def _on_plan(self) -> None:
        """Ask the new plan; without any route nothing is told, and what still burns is told once one is there."""
        self.telling.change_on_call(self._keeping.book)
        self._alerts.service.on_news()  # a window may have begun, or ended

    # --- what the daemon calls

    @property
    def routers(self) -> list[Router]:
        """What is behind links: of messages, and of calendars."""
        return [create_acknowledge(self._links, Pages()), create_oncall_feed(self._feed)]

    async def prepare(self) -> None:
        """Know the plan before rules are evaluated: what is in maintenance must not be told after a restart."""
        await self._keeping.start()
        self._alerts.service.window_of = self._keeping.window_of

    async def start(self, scheduler: Repeating) -> None:
        """Deliver what waits, and tell from now on."""
        await self.deliveries.start(self._make_channels(self._loaded))
        scheduler.repeat("plan of on-call", _KEEP, self._keeping.run)
        scheduler.repeat("what is to be told", _TICK, self.telling.tick)
        scheduler.repeat("messages that wait", _LOOK_AFTER, self._look_after)
        if not self._loaded.oncall.routes:
            logger.warning("alerts are told to nobody: oncall.yaml has no routes (docs/oncall.md)")

    async def stop(self) -> None:
        """Wait for a reload under way and for attempts under way."""
        await asyncio.gather(*self._reloads)
        await self.deliveries.stop()

    def on_settings(self, loaded: LoadedSettings) -> None:
        """Tell by these settings from now on."""
        self._loaded = loaded
        self._messages.places = _places(loaded.settings)
        task = asyncio.get_running_loop().create_task(self._reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload(self) -> None:
        async with self._turn:  # of two reloads the later one holds in the end
            loaded = self._loaded
            await self._keeping.change(loaded)
            try:
                await self.deliveries.change_channels(self._make_channels(loaded))
            except NetopsError as error:
                logger.error("channels could not be changed: %s", error)

    def _on_notices(self) -> None:
        """Tell at once: a second is half of what a message may take."""
        self.telling.on_notices()
        task = asyncio.get_running_loop().create_task(self.telling.tick())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _look_after(self) -> None:
        try:
            await self.deliveries.look_after()
        except NetopsError as error:
            logger.error("messages that wait could not be looked after: %s", error)

    def _make_channels(self, loaded: LoadedSettings) -> Mapping[str, Channel]:
        """Make what sends over each channel; one whose settings are the same goes on as it is."""
        found: dict[str, tuple[ChannelSettings, Channel]] = {}
        for name, settings in loaded.oncall.channels.items():
            known = self._channels.get(name)
            found[name] = (
                known if known and known[0] == settings else (settings, _make_channel(name, settings))
            )
        self._channels = found
        return {name: channel for name, (_settings, channel) in found.items()}

    def _follow(self, telemetry: Telemetry) -> None:
        telling, deliveries = self.telling, self.deliveries
        telemetry.follow(
            DELIVERIES, lambda: {key: float(count) for key, count in deliveries.outcomes.items()}
        )
        telemetry.follow(DELIVERIES_GIVEN_UP, lambda: dict(deliveries.given_up))
        telemetry.follow(PAGES, lambda: dict(deliveries.told))
        telemetry.follow(OUTBOX_WAITING, lambda: deliveries.waiting)
        telemetry.follow(OUTBOX_OLDEST, lambda: deliveries.oldest_seconds)
        telemetry.follow(NOTICES_WAITING, lambda: telling.waiting)
        telemetry.follow(ONCALL_STEPS_EMPTY, lambda: telling.steps_empty)
        telemetry.follow(ONCALL_UNTOLD, lambda: telling.untold)
        telemetry.follow(ONCALL_HOLDER, self._keeping.list_holders)
        telemetry.follow(ONCALL_NEXT_GAP, self._keeping.list_gaps)


def _make_channel(name: str, settings: ChannelSettings) -> Channel:
    return Channel(
        name,
        make_sender(settings),
        settings.timeout,
        settings.most_per_minute,
        is_shared=settings.type in _GROUP_CHATS,
    )


def _places(settings: Settings) -> LinkPlaces:
    base = (settings.web.url or "").rstrip("/")
    return LinkPlaces(base, settings.alerting.device_url or "")
