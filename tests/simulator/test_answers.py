"""GET, GETNEXT, GETBULK and SET, over v1 and v2c, and their limits."""

import pytest

from netops.simulator.device import SimulatedDevice
from netops.snmp import codec
from netops.snmp.types import Absent, Oid, Tag
from simulator.asking import (
    HC_IN_OCTETS,
    IF_ENTRY,
    IF_NAME,
    IF_X_ENTRY,
    REQUEST_ID,
    SYS_DESCR,
    SYS_NAME,
    SYS_UPTIME,
    ask,
    build,
    build_request,
    column,
    get,
    read_reply,
    walk,
)

COLUMNS = [IF_X_ENTRY / number for number in (1, 6, 7, 8, 9, 10, 11, 12, 13, 15, 18)]
COLUMNS += [IF_ENTRY / number for number in (7, 8, 14, 20)]


@pytest.fixture
def switch() -> SimulatedDevice:
    return build()[0].devices[0]


def test_get_gives_the_values_in_the_order_asked(switch: SimulatedDevice) -> None:
    reply = ask(switch, codec.GET, SYS_NAME, SYS_DESCR)
    assert reply.request_id == REQUEST_ID
    assert [varbind.oid for varbind in reply.varbinds] == [SYS_NAME, SYS_DESCR]
    assert reply.values[0] == b"sw-1"


def test_get_tells_a_missing_object_from_a_missing_instance(switch: SimulatedDevice) -> None:
    values = get(switch, Oid.parse("1.3.6.1.2.1.1.99.0"), Oid.parse("1.3.6.1.2.1.1.5.7"), IF_NAME / 1)
    assert values == [Absent.NO_SUCH_OBJECT, Absent.NO_SUCH_INSTANCE, Absent.NO_SUCH_INSTANCE]


def test_v1_get_of_a_missing_name_names_its_place_and_sends_the_question_back(
    switch: SimulatedDevice,
) -> None:
    missing = Oid.parse("1.3.6.1.2.1.1.99.0")
    reply = ask(switch, codec.GET, SYS_NAME, missing, version=codec.VERSION_1)
    assert (reply.status, reply.index) == (2, 2)
    assert [varbind.oid for varbind in reply.varbinds] == [SYS_NAME, missing]


def test_v1_get_of_a_counter64_is_no_such_name(switch: SimulatedDevice) -> None:
    assert ask(switch, codec.GET, HC_IN_OCTETS / 10101, version=codec.VERSION_1).status == 2


def test_v1_walk_meets_no_counter64_and_misses_nothing_else(switch: SimulatedDevice) -> None:
    narrow = [varbind.oid for varbind in walk(switch) if varbind.tag != Tag.COUNTER64]
    assert [varbind.oid for varbind in walk(switch, codec.VERSION_1)] == narrow


def test_v1_get_next_at_the_end_is_no_such_name(switch: SimulatedDevice) -> None:
    reply = ask(switch, codec.GET_NEXT, Oid.parse("2.5"), version=codec.VERSION_1)
    assert (reply.status, reply.index) == (2, 1)


def test_v1_get_bulk_is_not_answered(switch: SimulatedDevice) -> None:
    request = build_request(codec.GET_BULK, [IF_NAME], repetitions=3, version=codec.VERSION_1)
    assert switch.answer(request) == []


def test_a_walk_is_in_strict_order_and_whole(switch: SimulatedDevice) -> None:
    arcs = [varbind.oid.arcs for varbind in walk(switch)]
    assert arcs == sorted(set(arcs))
    assert len(arcs) == len(switch.shape.oids)


@pytest.mark.parametrize(
    ("asked", "follows"),
    [
        ("0.0", "1.3.6.1.2.1.1.1.0"),
        ("1.3.6.1.2.1.1.1", "1.3.6.1.2.1.1.1.0"),
        ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"),
        ("1.3.6.1.2.1.1.1.0.5", "1.3.6.1.2.1.1.2.0"),
        ("1.3.6.1.2.1.2.2.1.1.10150", "1.3.6.1.2.1.2.2.1.2.10101"),
        ("1.3.6.1.2.1.2.2.1.1.127", "1.3.6.1.2.1.2.2.1.1.10101"),
        ("1.3.6.1.2.1.2.2.1.1.16384", "1.3.6.1.2.1.2.2.1.2.10101"),
    ],
)
def test_get_next_follows_the_order_of_arcs_not_of_bytes(
    switch: SimulatedDevice, asked: str, follows: str
) -> None:
    reply = ask(switch, codec.GET_NEXT, Oid.parse(asked))
    assert str(reply.varbinds[0].oid) == follows


def test_get_bulk_gives_rows_of_all_columns_in_turn(switch: SimulatedDevice) -> None:
    reply = ask(switch, codec.GET_BULK, SYS_DESCR, IF_NAME, IF_ENTRY / 2, heads=1, repetitions=2)
    assert [str(varbind.oid) for varbind in reply.varbinds] == [
        "1.3.6.1.2.1.1.2.0",
        f"{IF_NAME}.10101",
        f"{IF_ENTRY}.2.10101",
        f"{IF_NAME}.10102",
        f"{IF_ENTRY}.2.10102",
    ]


def test_get_bulk_at_the_end_repeats_the_last_name_once(switch: SimulatedDevice) -> None:
    last = Oid(switch.shape.oids[-1])
    reply = ask(switch, codec.GET_BULK, last, repetitions=10)
    assert reply.varbinds == [(last, Tag.END_OF_MIB_VIEW, Absent.END_OF_MIB_VIEW)]


def test_get_bulk_beyond_the_end_of_one_column_goes_on_with_the_other(switch: SimulatedDevice) -> None:
    before_last = Oid(switch.shape.oids[-2])
    reply = ask(switch, codec.GET_BULK, before_last, SYS_DESCR, repetitions=3)
    assert reply.values[0] is not Absent.END_OF_MIB_VIEW
    assert [reply.values[2], reply.values[4]] == [Absent.END_OF_MIB_VIEW] * 2
    assert str(reply.varbinds[5].oid) == "1.3.6.1.2.1.1.4.0"


@pytest.mark.parametrize("repetitions", [0, 1, 127])
def test_get_bulk_never_gives_more_repetitions_than_asked(switch: SimulatedDevice, repetitions: int) -> None:
    count = len(ask(switch, codec.GET_BULK, SYS_UPTIME, repetitions=repetitions).varbinds)
    assert count <= repetitions


def test_get_bulk_is_cut_to_the_largest_reply(switch: SimulatedDevice) -> None:
    (datagram,) = switch.answer(build_request(codec.GET_BULK, COLUMNS, repetitions=50))
    assert 1400 < len(datagram) <= 1472
    assert 60 < len(read_reply(datagram).varbinds) < 15 * 50


def test_a_reply_larger_than_the_limit_is_too_big() -> None:
    switch = build(largest=484)[0].devices[0]
    reply = ask(switch, codec.GET, *[SYS_DESCR] * 8)
    assert (reply.status, reply.varbinds) == (1, [])
    assert len(ask(switch, codec.GET, *[SYS_DESCR] * 3).varbinds) == 3


def test_v1_too_big_sends_the_question_back() -> None:
    switch = build(largest=484)[0].devices[0]
    reply = ask(switch, codec.GET, *[SYS_DESCR] * 8, version=codec.VERSION_1)
    assert (reply.status, len(reply.varbinds)) == (1, 8)


@pytest.mark.parametrize(("version", "status"), [(codec.VERSION_1, 4), (codec.VERSION_2C, 17)])
def test_set_is_refused(switch: SimulatedDevice, version: int, status: int) -> None:
    reply = ask(switch, 0xA3, SYS_NAME, version=version)
    assert (reply.status, reply.index) == (status, 1)
    assert get(switch, SYS_NAME) == [b"sw-1"]


@pytest.mark.parametrize("tag", [0xA2, 0xA6, 0xA7, 0xA8])
def test_responses_and_notifications_are_not_answered(switch: SimulatedDevice, tag: int) -> None:
    assert switch.answer(build_request(tag, [SYS_NAME])) == []


def test_an_unknown_community_meets_silence(switch: SimulatedDevice) -> None:
    assert switch.answer(build_request(codec.GET, [SYS_NAME], community=b"private")) == []


def test_both_ways_to_encode_a_counter_agree(switch: SimulatedDevice) -> None:
    rows = column(switch, HC_IN_OCTETS)
    bulk = ask(switch, codec.GET_BULK, HC_IN_OCTETS, repetitions=5)
    assert bulk.values == list(rows.values())[:5]
    assert get(switch, HC_IN_OCTETS / 10103) == [rows[10103,]]


def test_the_same_question_many_times_over_keeps_its_memory_bounded(switch: SimulatedDevice) -> None:
    for number in range(4200):
        ask(switch, codec.GET_NEXT, SYS_NAME / number)
    assert len(switch.shape._asked) <= 4096
