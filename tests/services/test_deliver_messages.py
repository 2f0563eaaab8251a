"""Deliveries over a real database: senders that refuse, hang and come back, and a daemon that is killed."""

import asyncio
from datetime import timedelta

import pytest

from fakes import START, FakeClock
from netops.errors import StoreError
from netops.model.delivery import AttemptOutcome, Delivery, DeliveryStatus
from netops.model.message import Message, MessageKind, ToldBecause
from netops.notify.sender import Answer, SendFailed
from netops.services.deliver_messages import (
    FALL_BACK_AFTER,
    GIVE_UP_AFTER,
    DeliverMessages,
)
from netops.services.lane import Channel, Lane
from netops.store.engine import open_engine, read
from netops.store.queries.deliveries import (
    NewDelivery,
    Told,
    insert_delivery,
    lease,
    list_attempts,
    list_deliveries,
    list_told_of,
)
from netops.store.schema import upgrade
from netops.store.writer import Writer

SECOND = timedelta(seconds=1)


class FakeSender:
    """Takes messages, or does what it is told to first."""

    def __init__(self):
        self.taken: list[tuple[int, str]] = []
        self.failures: list[BaseException] = []
        self.has_taken = asyncio.Event()
        self.hangs = False
        self.is_closed = False
        self.before = self.on_close = None

    async def send(self, message: Message, address: str) -> Answer:
        if self.before:
            self.before()
        if self.hangs:
            await asyncio.Event().wait()
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append((int(message.id), address))
        self.has_taken.set()
        return Answer("250 taken")

    async def close(self) -> None:
        self.is_closed = True
        if self.on_close:
            await self.on_close()


class FullWriter:
    """A writer whose queue is full as often as it is told."""

    def __init__(self, writer):
        self.refusals = 0
        self._writer = writer

    async def submit_and_wait(self, write):
        if self.refusals:
            self.refusals -= 1
            raise StoreError("full")
        await self._writer.submit_and_wait(write)


class World:
    """The service over a database, with two channels."""

    def __init__(self, engine, writer):
        self.engine, self.writer, self.clock = engine, FullWriter(writer), FakeClock()
        self.senders = {"mail": FakeSender(), "sms": FakeSender()}
        self.service = self._make()

    def _make(self):
        return DeliverMessages(
            engine=self.engine, writer=self.writer, clock=self.clock, make_message=make_message
        )

    def channels(self, most_per_minute=100, **more):
        return {
            name: Channel(name, sender, 5 * SECOND, most_per_minute, **more)
            for name, sender in self.senders.items()
        }

    async def use(self, channels):
        """Take these channels, without workers: tests call ``deliver_due`` themselves."""
        lanes = self.service._lanes
        await self.service._stop(list(lanes))
        lanes.update({name: Lane(channel) for name, channel in channels.items()})
        await self.service.start(channels)

    async def restart(self):
        """The daemon was killed: nothing of the former service is left."""
        self.service = self._make()
        await self.use(self.channels())

    async def put(self, address="ann@example.net", **more):
        made = []

        def store(connection):
            values = {"channel": "mail", "fallbacks": (("sms", "+49123"),), **more}
            made.append(insert_delivery(connection, NewDelivery(address=address, **values), self.clock.now()))

        await self.writer.submit_and_wait(store)
        return made[0]

    def all(self) -> dict[int, Delivery]:
        with read(self.engine) as connection:
            return {one.id: one for one in list_deliveries(connection)}

    def outcomes(self, delivery_id):
        with read(self.engine) as connection:
            return [one.outcome for one in list_attempts(connection, [delivery_id]).get(delivery_id, [])]


def make_message(delivery: Delivery) -> Message:
    return Message(str(delivery.id), delivery.kind, "en", "UTC", delivery.created_at)


@pytest.fixture
async def world(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(engine, None)
    writer = Writer(engine, clock=FakeClock())
    await writer.start()
    world = World(engine, writer)
    await world.use(world.channels())
    yield world
    await world.service.stop()
    await writer.stop()
    engine.dispose()


async def test_what_waits_is_sent_and_the_answer_is_kept(world):
    delivery_id = await world.put()
    assert await world.service.deliver_due("mail") is None
    assert world.senders["mail"].taken == [(delivery_id, "ann@example.net")]
    kept = world.all()[delivery_id]
    assert (kept.status, kept.attempts, kept.answer) == (DeliveryStatus.SENT, 1, "250 taken")
    assert world.outcomes(delivery_id) == [AttemptOutcome.TAKEN]


async def test_a_temporary_failure_is_tried_again_after_a_while(world):
    world.senders["mail"].failures = [SendFailed("busy")]
    delivery_id = await world.put()
    due_at = await world.service.deliver_due("mail")
    assert START + 3 * SECOND < due_at < START + 7 * SECOND
    assert not world.senders["mail"].taken
    world.clock.wind(7)
    await world.service.deliver_due("mail")
    assert world.senders["mail"].taken == [(delivery_id, "ann@example.net")]
    assert world.outcomes(delivery_id) == [AttemptOutcome.TEMPORARY, AttemptOutcome.TAKEN]


async def test_a_receiver_that_names_a_time_is_left_alone_until_then(world):
    world.senders["mail"].failures = [SendFailed("slow down", retry_after=90 * SECOND)]
    await world.put()
    assert await world.service.deliver_due("mail") == START + 90 * SECOND


async def test_a_permanent_failure_takes_the_next_way_at_once(world):
    world.senders["mail"].failures = [SendFailed("no such user", is_permanent=True, answer="550 5.1.1")]
    told = (Told("f1", START, ToldBecause.FIRES),)
    delivery_id = await world.put(told=told, person="ann")
    await world.service.deliver_due("mail")
    await world.service.deliver_due("sms")
    ((second_id, address),) = world.senders["sms"].taken
    assert address == "+49123"
    assert world.all()[delivery_id].status is DeliveryStatus.FAILED
    assert world.all()[delivery_id].answer == "no such user (550 5.1.1)"
    assert world.all()[second_id].person == "ann"
    with read(world.engine) as connection:
        assert list_told_of(connection, [second_id]) == list(told)
    assert world.service.given_up == {"mail": 1}


async def test_without_a_further_way_a_permanent_failure_is_the_end(world):
    world.senders["mail"].failures = [SendFailed("no such user", is_permanent=True)]
    await world.put(fallbacks=())
    await world.service.deliver_due("mail")
    assert [one.status for one in world.all().values()] == [DeliveryStatus.FAILED]


async def test_what_does_not_get_through_for_minutes_goes_the_next_way_too_and_only_once(world):
    delivery_id = await world.put()
    while world.clock.now() < START + FALL_BACK_AFTER:
        world.senders["mail"].failures = [SendFailed("busy")]
        await world.service.deliver_due("mail")
        world.clock.wind(30)
    for _number in range(3):
        await world.service.look_after()
    await world.service.deliver_due("sms")
    assert len(world.senders["sms"].taken) == 1
    assert world.all()[delivery_id].status is DeliveryStatus.WAITING
    assert len(world.all()) == 2


async def test_after_hours_a_message_is_given_up_and_counted(world):
    delivery_id = await world.put(fallbacks=())
    world.senders["mail"].failures = [SendFailed("busy"), SendFailed("busy")]
    await world.service.deliver_due("mail")
    world.clock.wind(GIVE_UP_AFTER.total_seconds())
    await world.service.deliver_due("mail")
    assert world.all()[delivery_id].status is DeliveryStatus.FAILED
    assert world.service.given_up == {"mail": 1}


async def test_a_channel_that_hangs_ends_at_its_deadline_and_keeps_no_other_waiting(world):
    channels = world.channels()
    channels["mail"] = Channel("mail", world.senders["mail"], timedelta(milliseconds=10), 100)
    await world.use(channels)
    world.senders["mail"].hangs = True
    hanging = await world.put()
    other = await world.put(channel="sms", address="+1")
    await world.service.deliver_due("sms")
    assert world.senders["sms"].taken == [(other, "+1")]
    await world.service.deliver_due("mail")
    assert world.all()[hanging].answer == "no complete answer within 0.01 seconds"
    assert world.outcomes(hanging) == [AttemptOutcome.TEMPORARY]


async def test_an_address_that_fails_does_not_hold_up_another_one(world):
    world.senders["mail"].failures = [SendFailed("mailbox full")]
    await world.put("full@example.net")
    other = await world.put("bob@example.net")
    await world.service.deliver_due("mail")
    assert world.senders["mail"].taken == [(other, "bob@example.net")]


async def test_what_waited_together_leaves_as_one_digest_that_tells_all_of_it(world):
    world.senders["mail"].failures = [SendFailed("busy")]
    first = await world.put(told=(Told("f1", START, ToldBecause.FIRES),))
    await world.service.deliver_due("mail")
    second = await world.put(told=(Told("f2", START, ToldBecause.FIRES),))
    world.clock.wind(10)
    await world.service.deliver_due("mail")
    ((digest, _address),) = world.senders["mail"].taken
    kept = world.all()
    assert kept[digest].kind is MessageKind.DIGEST
    assert {kept[first].status, kept[second].status} == {DeliveryStatus.MERGED}
    assert kept[first].digest_id == digest
    with read(world.engine) as connection:
        assert [one.fingerprint for one in list_told_of(connection, [digest])] == ["f1", "f2"]


async def test_above_the_limit_of_a_minute_the_rest_waits_and_is_merged(world):
    await world.use(world.channels(most_per_minute=1))
    first = await world.put()
    await world.service.deliver_due("mail")
    for _number in range(5):
        await world.put()
    assert await world.service.deliver_due("mail") == START + 60 * SECOND
    world.clock.wind(60)
    await world.service.deliver_due("mail")
    (sent_first, _one), (digest, _two) = world.senders["mail"].taken
    assert sent_first == first
    assert world.all()[digest].kind is MessageKind.DIGEST


async def test_a_robot_of_a_group_chat_has_one_limit_for_whomever_it_names(world):
    await world.use(world.channels(most_per_minute=1, is_shared=True))
    await world.put("ann")
    await world.put("bob")
    assert await world.service.deliver_due("mail") == START + 60 * SECOND
    assert len(world.senders["mail"].taken) == 1


async def test_a_message_for_later_waits_for_its_time(world):
    later = START + 3600 * SECOND
    await world.put(not_before=later)
    assert await world.service.deliver_due("mail") == later
    await world.service.look_after()
    assert world.service.oldest_seconds == 0
    world.clock.wind(3600)
    await world.service.look_after()
    assert world.service.oldest_seconds == 0, "the outbox is not stuck because somebody slept"
    await world.service.deliver_due("mail")
    assert len(world.senders["mail"].taken) == 1


async def test_an_attempt_whose_answer_was_lost_with_the_daemon_is_made_again_and_counted(world):
    delivery_id = await world.put()
    await world.writer.submit_and_wait(lambda connection: lease(connection, delivery_id))
    await world.restart()
    await world.service.deliver_due("mail")
    assert world.senders["mail"].taken == [(delivery_id, "ann@example.net")]
    assert world.outcomes(delivery_id) == [AttemptOutcome.UNKNOWN, AttemptOutcome.TAKEN]
    assert world.service.outcomes["mail", "unknown"] == 1


async def test_what_was_sent_is_not_sent_again_after_a_restart(world):
    await world.put()
    await world.service.deliver_due("mail")
    await world.restart()
    await world.service.deliver_due("mail")
    assert len(world.senders["mail"].taken) == 1


async def test_a_channel_that_is_gone_from_the_settings_hands_over_to_the_next_way(world):
    delivery_id = await world.put()
    await world.use({"sms": Channel("sms", world.senders["sms"], 5 * SECOND, 100)})
    await world.service.deliver_due("sms")
    assert [address for _id, address in world.senders["sms"].taken] == ["+49123"]
    assert world.all()[delivery_id].status is DeliveryStatus.FAILED
    assert world.senders["mail"].is_closed


async def test_a_mistake_inside_a_sender_is_an_attempt_that_failed_and_stops_nothing(world, caplog):
    world.senders["mail"].failures = [KeyError("secret-token")]
    delivery_id = await world.put()
    await world.service.deliver_due("mail")
    assert world.outcomes(delivery_id) == [AttemptOutcome.TEMPORARY]
    assert world.all()[delivery_id].answer == "failed inside netops: KeyError"
    assert "failed inside netops" in caplog.text
    world.clock.wind(10)
    await world.service.deliver_due("mail")
    assert len(world.senders["mail"].taken) == 1


async def test_a_worker_sends_what_is_put_in_and_waked_for(world):
    await world.service.stop()
    await world.service.start(world.channels())
    await world.put()
    world.service.wake()
    await world.senders["mail"].has_taken.wait()
    await world.service.stop()
    assert world.senders["mail"].is_closed


async def test_an_outcome_that_the_database_did_not_take_is_stored_as_soon_as_it_does(world):
    """Else it stays under way until the next start, and nobody tries it again."""
    sender = world.senders["mail"]
    sender.failures = [SendFailed("busy")]
    sender.before = lambda: setattr(world.writer, "refusals", 1)
    delivery_id = await world.put()
    with pytest.raises(StoreError):
        await world.service.deliver_due("mail")
    sender.before = None
    assert world.all()[delivery_id].status is DeliveryStatus.SENDING
    await world.service.deliver_due("mail")
    assert world.all()[delivery_id].status is DeliveryStatus.WAITING
    world.clock.wind(10)
    await world.service.deliver_due("mail")
    assert sender.taken == [(delivery_id, "ann@example.net")]
    assert world.outcomes(delivery_id) == [AttemptOutcome.TEMPORARY, AttemptOutcome.TAKEN]


async def test_a_look_while_a_channel_changes_does_not_take_it_for_gone(world):
    delivery_id = await world.put(fallbacks=())
    changed = world.channels()
    sender = world.senders["mail"]
    sender.on_close = world.service.look_after
    await world.service.change_channels(changed)
    assert world.all()[delivery_id].status is not DeliveryStatus.FAILED
    await world.service.stop()


async def test_a_database_in_trouble_during_a_reload_leaves_no_channel_without_its_worker(world):
    delivery_id = await world.put(fallbacks=())
    world.writer.refusals = 100
    changed = world.channels()
    with pytest.raises(StoreError):
        await world.service.change_channels(changed)
    assert set(world.service._lanes) == {"mail", "sms"}
    world.writer.refusals = 0
    await world.service.look_after()
    await world.senders["mail"].has_taken.wait()
    await world.service.stop()
    assert world.all()[delivery_id].status is DeliveryStatus.SENT


async def test_a_sender_that_cannot_be_closed_does_not_keep_the_others_from_going_on(world, caplog):
    world.senders["mail"].on_close = None.__class__  # takes no await: fails
    await world.service.change_channels(world.channels())
    assert set(world.service._lanes) == {"mail", "sms"}
    assert "could not be closed" in caplog.text
    world.senders["mail"].on_close = None


@pytest.mark.parametrize("count", [1, 3])
async def test_what_waited_for_the_morning_is_neither_given_up_nor_late_at_its_first_failure(world, count):
    for _number in range(count):
        await world.put(not_before=START + 9 * 3600 * SECOND)
    world.clock.wind(9 * 3600)
    world.senders["mail"].failures = [SendFailed("busy")]
    await world.service.deliver_due("mail")
    await world.service.look_after()
    assert not world.senders["sms"].taken
    assert {one.status for one in world.all().values()} <= {DeliveryStatus.WAITING, DeliveryStatus.MERGED}
    assert {one.channel for one in world.all().values()} == {"mail"}
    world.clock.wind(10)
    await world.service.deliver_due("mail")
    assert len(world.senders["mail"].taken) == 1


async def test_a_first_attempt_under_way_is_not_late(world):
    """A look at what waits meanwhile must not send the other way what is just being taken."""
    await world.put(not_before=START + 3600 * SECOND)
    world.clock.wind(3600)
    await world.writer.submit_and_wait(lambda connection: lease(connection, 1))
    await world.service.look_after()
    assert len(world.all()) == 1


async def test_a_digest_of_what_failed_for_long_is_as_late_as_that(world):
    world.senders["mail"].failures = [SendFailed("busy")] * 2
    await world.put()
    await world.service.deliver_due("mail")
    world.clock.wind(FALL_BACK_AFTER.total_seconds())
    await world.put()
    await world.service.deliver_due("mail")
    await world.service.look_after()
    await world.service.deliver_due("sms")
    assert len(world.senders["sms"].taken) == 1


async def test_a_channel_that_goes_at_night_wakes_nobody_over_the_next_one(world):
    morning = START + 6 * 3600 * SECOND
    await world.put(not_before=morning)
    await world.use({"sms": Channel("sms", world.senders["sms"], 5 * SECOND, 100)})
    assert await world.service.deliver_due("sms") == morning
    assert not world.senders["sms"].taken
    world.clock.wind(6 * 3600)
    await world.service.deliver_due("sms")
    assert len(world.senders["sms"].taken) == 1


async def test_thousands_that_wait_for_one_address_do_not_starve_another(world):
    def store(connection):
        for _number in range(2100):
            insert_delivery(connection, NewDelivery("mail", "full@example.net"), START)

    await world.writer.submit_and_wait(store)
    world.service._lanes["mail"].resting["full@example.net"] = 1, START + 60 * SECOND
    other = await world.put("bob@example.net")
    assert await world.service.deliver_due("mail") == START + 60 * SECOND
    assert world.senders["mail"].taken == [(other, "bob@example.net")]


async def test_two_people_behind_one_address_get_messages_of_their_own(world):
    """A link in a message acknowledges in the name of its reader."""
    await world.put("desk@example.net", person="ann")
    await world.put("desk@example.net", person="bob")
    await world.service.deliver_due("mail")
    assert len(world.senders["mail"].taken) == 2


async def test_a_clock_that_is_set_back_holds_up_neither_what_failed_nor_what_is_new(world):
    world.senders["mail"].failures = [SendFailed("busy")]
    await world.put()
    await world.service.deliver_due("mail")
    await world.put("bob@example.net")
    await world.put("cleo@example.net", not_before=START + 3600 * SECOND)
    world.clock.wind(-5 * 3600)
    await world.service.deliver_due("mail")
    assert {address for _id, address in world.senders["mail"].taken} == {"ann@example.net", "bob@example.net"}


async def test_a_clock_that_was_set_back_before_the_start_holds_up_nothing(world):
    await world.put()
    world.clock.wind(-5 * 3600)
    await world.restart()
    await world.service.deliver_due("mail")
    assert len(world.senders["mail"].taken) == 1


async def test_what_has_nothing_to_tell_any_more_is_not_sent_and_its_record_says_so(world):
    world.service._make_message = lambda _delivery: None
    delivery_id = await world.put()
    assert await world.service.deliver_due("mail") is None
    assert not world.senders["mail"].taken
    kept = world.all()[delivery_id]
    assert (kept.status, kept.attempts, kept.ended_at) == (DeliveryStatus.OBSOLETE, 0, START)
    assert world.outcomes(delivery_id) == []


async def test_a_code_for_a_channel_that_is_gone_is_not_kept(world):
    await world.put(kind=MessageKind.VERIFICATION, text="123456", fallbacks=())
    await world.use({"sms": Channel("sms", world.senders["sms"], 5 * SECOND, 100)})
    assert [one.text for one in world.all().values()] == [""]


async def test_behind_a_channel_that_takes_nothing_what_was_never_tried_goes_the_next_way_too(world):
    """A server that hangs for half a minute at each message would keep the tenth person waiting for minutes."""
    world.senders["mail"].failures = [SendFailed("busy")]
    await world.put("ann@example.net", fallbacks=())
    await world.service.deliver_due("mail")
    later = START + 60 * SECOND
    await world.put("bob@example.net")
    await world.put("eve@example.net", not_before=later)
    world.clock.wind(FALL_BACK_AFTER.total_seconds())
    await world.service.look_after()
    await world.service.deliver_due("sms")
    assert len(world.senders["sms"].taken) == 1, "bob's; eve's is not late yet"


async def test_a_limit_of_a_minute_is_no_reason_to_go_another_way(world):
    await world.use(world.channels(most_per_minute=1))
    for _number in range(2):
        await world.put()
        await world.service.deliver_due("mail")
    world.clock.wind(FALL_BACK_AFTER.total_seconds())
    await world.service.look_after()
    await world.service.deliver_due("sms")
    assert not world.senders["sms"].taken
