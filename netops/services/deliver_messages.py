"""Deliver messages: what waits in the outbox is sent, each attempt is kept, and what fails takes the next way.

At least once: an attempt is noted before it begins, so that one whose answer was lost with the daemon is made again
and counted. One worker per channel, so that a channel that hangs keeps no other waiting.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import Connection, Engine

from netops.clock import Clock
from netops.errors import NetopsError
from netops.i18n import _
from netops.model.delivery import AttemptOutcome, Delivery, DeliveryStatus
from netops.model.message import Message, MessageKind
from netops.notify.pace import decide_wait
from netops.notify.sender import SendFailed
from netops.services.lane import Channel, Lane
from netops.store.engine import read
from netops.store.queries.deliveries import (
    NewDelivery,
    WaitingAddress,
    add_told,
    append_attempt,
    change_delivery,
    get_delivery,
    hasten,
    insert_delivery,
    lease,
    list_due,
    list_open,
    list_told_of,
    list_tried_since,
    list_waiting_addresses,
    merge,
)
from netops.store.writer import Writer, ask

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=6)
"""A message that could not be handed over for so long tells nobody anything new."""
FALL_BACK_AFTER = timedelta(minutes=2)
"""What did not get through for so long is sent the next way too, and goes on being tried."""
_LONGEST_SLEEP = timedelta(seconds=30)
_STOP_SECONDS = 5.0
_MERGED_KINDS = frozenset({MessageKind.ALERTS, MessageKind.DIGEST})
_LONGEST_ANSWER = 500


class DeliverMessages:
    """The use case. All of it belongs to one event loop."""

    def __init__(
        self,
        *,
        engine: Engine,
        writer: Writer,
        clock: Clock,
        make_message: Callable[[Delivery], Message | None],
        random: Random | None = None,
    ) -> None:
        self.outcomes: Counter[tuple[str, ...]] = Counter()
        """Attempts by channel and outcome."""
        self.told: Counter[str] = Counter()
        """Messages about alerts that were taken, by person; group chats have none."""
        self.given_up: Counter[str] = Counter()
        """Messages given up, by channel."""
        self.waiting = 0
        """Messages neither sent nor given up, as of the last look after them."""
        self._oldest: datetime | None = None
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._make_message = make_message
        self._random = random or Random()  # noqa: S311 - only spreads retries
        self._lanes: dict[str, Lane] = {}
        self._names: frozenset[str] = frozenset()
        """Channels of the settings; while they change, one of these may be without a worker for a moment."""
        self._turn = asyncio.Lock()

    # --- from start to end

    async def start(self, channels: Mapping[str, Channel]) -> None:
        """Take up what was interrupted, and deliver from now on."""
        await self._writer.submit_and_wait(self._resume)
        await self.change_channels(channels)

    async def stop(self) -> None:
        """Let attempts under way come to their end, for a while; what is broken off is made again after the start."""
        await self._stop(list(self._lanes))

    async def change_channels(self, channels: Mapping[str, Channel]) -> None:
        """Deliver over these channels from now on; what waits for one that is gone takes its next way.

        A channel that is the same object as before goes on undisturbed.
        """
        async with self._turn:
            self._names = frozenset(channels)
            await self._stop(
                [name for name, lane in self._lanes.items() if channels.get(name) is not lane.channel]
            )
            for name, channel in channels.items():
                if name not in self._lanes:
                    lane = self._lanes[name] = Lane(channel)
                    lane.task = asyncio.create_task(self._work(lane), name=f"netops-channel-{name}")
        await self.look_after()

    async def _stop(self, names: list[str]) -> None:
        lanes = [self._lanes.pop(name) for name in names]
        for lane in lanes:
            lane.is_stopping = True
            lane.wake.set()
        tasks = [lane.task for lane in lanes if lane.task is not None]
        if tasks:
            _done, late = await asyncio.wait(tasks, timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for lane in lanes:
            try:
                await lane.channel.sender.close()
            except Exception:  # a sender's own mistake must not keep the other channels from going on
                logger.exception("channel %s: could not be closed", lane.channel.name)

    @property
    def oldest_seconds(self) -> float:
        """The age of the oldest message that is due and not handed over; 0 without any."""
        return max(0.0, (self._clock.now() - self._oldest).total_seconds()) if self._oldest else 0.0

    def wake(self) -> None:
        """Hear that something was put into the outbox."""
        for lane in self._lanes.values():
            lane.wake.set()

    def _resume(self, connection: Connection, names: Collection[str] | None = None) -> None:
        """Let attempts without an answer be made again: of some channels, or of all."""
        now = self._clock.now()
        for delivery in list_open(connection):
            is_mine = names is None or delivery.channel in names
            if is_mine and delivery.status is DeliveryStatus.SENDING and delivery.id is not None:
                change_delivery(connection, delivery.id, status=DeliveryStatus.WAITING, next_at=now)
                append_attempt(connection, delivery.id, now, AttemptOutcome.UNKNOWN, "")
                self.outcomes[delivery.channel, AttemptOutcome.UNKNOWN.value] += 1

    # --- one channel

    async def _work(self, lane: Lane) -> None:
        while not lane.is_stopping:
            lane.wake.clear()
            try:
                next_at = await self.deliver_due(lane.channel.name)
            except NetopsError as error:
                # The database is in trouble; what waits in it is not lost.
                logger.error(
                    "channel %s: cannot be worked on, and is tried again: %s", lane.channel.name, error
                )
                next_at = self._clock.now() + _LONGEST_SLEEP
            wait = _LONGEST_SLEEP if next_at is None else next_at - self._clock.now()
            seconds = max(0.0, min(wait, _LONGEST_SLEEP).total_seconds())
            try:
                async with asyncio.timeout(seconds):
                    await lane.wake.wait()
            except TimeoutError:
                continue

    async def deliver_due(self, name: str) -> datetime | None:
        """Send all that is due over a channel, and give when the next is; None when nothing waits."""
        lane = self._lanes[name]
        while not lane.is_stopping:
            await self._catch_up(lane)
            now = self._clock.now()
            if lane.note_clock(now):
                await self._writer.submit_and_wait(partial(hasten, channel=name, now=now))
            address, next_at = lane.choose(await asyncio.to_thread(self._list_addresses, name), now)
            if address is None:
                return next_at
            ready = await asyncio.to_thread(self._list_ready, name, address, now)
            if not ready:
                continue  # it was taken out meanwhile
            delivery = ready[0] if len(ready) == 1 else await self._merge(ready, now)
            if delivery is not None:
                await self._attempt(lane, delivery)
        return None

    async def _catch_up(self, lane: Lane) -> None:
        """Store what the database did not take before; else an attempt would stay under way for ever."""
        if not lane.is_resumed:
            names = (lane.channel.name,)
            await self._writer.submit_and_wait(lambda connection: self._resume(connection, names))
            lane.is_resumed = True
        while lane.unsettled:
            try:
                await self._writer.submit_and_wait(lane.unsettled[0])
            except NetopsError as error:
                if error.__cause__ is None:
                    raise  # the database is in trouble, not this write
                logger.error("channel %s: what came of an attempt is lost: %s", lane.channel.name, error)
            del lane.unsettled[0]

    def _list_addresses(self, channel: str) -> list[WaitingAddress]:
        with read(self._engine) as connection:
            return list_waiting_addresses(connection, channel)

    def _list_ready(self, channel: str, address: str, now: datetime) -> list[Delivery]:
        """Give what leaves as one message: all that is due for one person at an address, but each code by itself."""
        with read(self._engine) as connection:
            due = list_due(connection, channel, address, now)
        if not due or due[0].kind not in _MERGED_KINDS:
            return due[:1]
        return [one for one in due if one.kind in _MERGED_KINDS and one.person == due[0].person]

    async def _merge(self, parts: list[Delivery], now: datetime) -> Delivery | None:
        made = await ask(self._writer.submit_and_wait, lambda connection: merge(connection, parts, now))
        return await asyncio.to_thread(self._get, made)

    def _get(self, delivery_id: int) -> Delivery | None:
        with read(self._engine) as connection:
            return get_delivery(connection, delivery_id)

    async def _attempt(self, lane: Lane, delivery: Delivery) -> None:
        """Make one attempt and store what came of it."""
        if delivery.id is None or not await self._lease(delivery.id):
            return
        try:
            message = await asyncio.to_thread(self._make_message, delivery)
            if message is None:
                await self._drop(lane, delivery)
                return
            lane.limit.note(lane.key_of(delivery.address), self._clock.now())
            async with asyncio.timeout(lane.channel.timeout.total_seconds()):
                answer = await lane.channel.sender.send(message, delivery.address)
        except TimeoutError:
            seconds = lane.channel.timeout.total_seconds()
            failure = SendFailed(
                _("no complete answer within %(seconds)s seconds") % {"seconds": f"{seconds:g}"}
            )
        except SendFailed as error:
            failure = error
        except Exception as error:  # a sender's own mistake must not stop its channel for ever
            logger.exception("channel %s: failed inside netops", lane.channel.name)
            failure = SendFailed(_("failed inside netops: %(error)s") % {"error": type(error).__name__})
        else:
            lane.resting.pop(delivery.address, None)
            lane.fails_since = None
            await self._settle(lane, delivery, AttemptOutcome.TAKEN, answer.text, None)
            return
        await self._fail(lane, delivery, failure)

    async def _lease(self, delivery_id: int) -> bool:
        return await ask(self._writer.submit_and_wait, lambda connection: lease(connection, delivery_id))

    async def _fail(self, lane: Lane, delivery: Delivery, failure: SendFailed) -> None:
        now = self._clock.now()
        times = lane.resting.get(delivery.address, (0, now))[0] + 1
        since = await asyncio.to_thread(self._tried_since, delivery, now)
        is_over = failure.is_permanent or now - since >= GIVE_UP_AFTER
        until = now + decide_wait(times, failure.retry_after, self._random.random)
        if not failure.is_permanent:
            lane.resting[delivery.address] = times, until
            lane.fails_since = lane.fails_since or now
        words = f"{failure} ({failure.answer})" if failure.answer else str(failure)
        outcome = AttemptOutcome.PERMANENT if failure.is_permanent else AttemptOutcome.TEMPORARY
        logger.warning(
            "channel %s: message %d to %s was not taken%s: %s",
            lane.channel.name,
            delivery.id,
            delivery.person or "the group",
            ", and is given up" if is_over else "",
            words,
        )
        await self._settle(lane, delivery, outcome, words, None if is_over else until)

    async def _drop(self, lane: Lane, delivery: Delivery) -> None:
        """Let go of a message that has nothing to tell any more; no attempt was made."""
        values = {
            "status": DeliveryStatus.OBSOLETE,
            "attempts": delivery.attempts,
            "ended_at": self._clock.now(),
        }
        lane.unsettled.append(lambda connection: change_delivery(connection, delivery.id or 0, **values))
        await self._catch_up(lane)

    def _tried_since(self, delivery: Delivery, now: datetime) -> datetime:
        try:
            with read(self._engine) as connection:
                return list_tried_since(connection, [delivery]).get(delivery.id or 0, now)
        except NetopsError:
            return now  # what cannot be read now is given up another time

    async def _settle(
        self,
        lane: Lane,
        delivery: Delivery,
        outcome: AttemptOutcome,
        answer: str,
        next_at: datetime | None,
    ) -> None:
        now, delivery_id = self._clock.now(), delivery.id or 0
        is_taken = outcome is AttemptOutcome.TAKEN
        status = DeliveryStatus.SENT if is_taken else DeliveryStatus.FAILED
        values = {"status": status, "ended_at": now, "answer": answer[:_LONGEST_ANSWER]}
        if delivery.kind is MessageKind.VERIFICATION:
            values["text"] = ""  # a code is kept no longer than it must be
        if next_at is not None:
            values |= {"status": DeliveryStatus.WAITING, "ended_at": None, "next_at": next_at}
            values.pop("text", None)

        def store(connection: Connection) -> None:
            append_attempt(connection, delivery_id, now, outcome, answer[:_LONGEST_ANSWER])
            change_delivery(connection, delivery_id, **values)
            if values["status"] is DeliveryStatus.FAILED:
                fall_back(connection, delivery, now)

        self.outcomes[lane.channel.name, outcome.value] += 1
        if is_taken and delivery.kind in _MERGED_KINDS:
            self.told[delivery.person] += 1
        if values["status"] is DeliveryStatus.FAILED:
            self.given_up[lane.channel.name] += 1
        lane.unsettled.append(store)
        await self._catch_up(lane)
        if values["status"] is DeliveryStatus.FAILED:
            self.wake()

    # --- what does not get through

    async def look_after(self) -> None:
        """Let what waits for too long, or for a channel that is gone, take its next way; called now and then."""
        now = self._clock.now()
        channels = self._names

        def store(connection: Connection) -> None:
            found = list_open(connection)
            self.waiting = len(found)
            since = list_tried_since(connection, found)
            # What waits, or waited, for the end of quiet hours is not late.
            due = [one.next_at for one in found if not one.attempts and one.next_at <= now]
            self._oldest = min((*due, *since.values()), default=None)
            for delivery in found:
                is_gone = delivery.channel not in channels
                lane = self._lanes.get(delivery.channel)
                held_up = lane.held_up_since(delivery) if lane else None
                is_late = now - (held_up or since.get(delivery.id or 0, now)) >= FALL_BACK_AFTER
                if is_gone or (is_late and not delivery.fell_back):
                    fall_back(connection, delivery, now)
                if is_gone and delivery.id is not None:
                    change_delivery(
                        connection,
                        delivery.id,
                        status=DeliveryStatus.FAILED,
                        ended_at=now,
                        answer="the channel is no longer in the settings",
                        text="" if delivery.kind is MessageKind.VERIFICATION else delivery.text,
                    )
                    self.given_up[delivery.channel] += 1

        await self._writer.submit_and_wait(store)
        self.wake()


def fall_back(connection: Connection, delivery: Delivery, now: datetime) -> None:
    """Send a message the next way to the same person, once; without one nothing more is done."""
    if delivery.fell_back or delivery.id is None:
        return
    change_delivery(connection, delivery.id, fell_back=True)
    if not delivery.fallbacks:
        return
    (channel, address), *others = delivery.fallbacks
    new = NewDelivery(
        channel,
        address,
        delivery.person,
        delivery.kind,
        delivery.group_key,
        delivery.policy,
        delivery.step,
        delivery.text,
        tuple((way[0], way[1]) for way in others),
        # What waits for the end of quiet hours wakes nobody over another channel either.
        not_before=delivery.next_at if not delivery.attempts and delivery.next_at > now else None,
    )
    next_id = insert_delivery(connection, new, now)
    add_told(connection, next_id, list_told_of(connection, [delivery.id]))
