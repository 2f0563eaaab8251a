"""What a device does wrong when told to, and what happens to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netops.errors import MalformedReply
from netops.model.interface import InterfaceStatus
from netops.simulator.device import SimulatedDevice
from netops.simulator.errors import SimulatorError
from netops.simulator.faults import COMMUNITIES, NO_FAULTS, Faults, with_fault
from netops.snmp import codec
from netops.snmp.types import Oid
from simulator.asking import (
    HC_IN_OCTETS,
    IF_ENTRY,
    IF_NAME,
    IF_X_ENTRY,
    REQUEST_ID,
    SYS_NAME,
    SYS_UPTIME,
    V3Manager,
    ask,
    build,
    build_request,
    column,
    get,
    read_reply,
)

OPER_STATUS = IF_ENTRY / 8
ADMIN_STATUS = IF_ENTRY / 7
LAST_CHANGE = IF_ENTRY / 9
IN_OCTETS = IF_ENTRY / 10
DISCONTINUITY = IF_X_ENTRY / 19
REQUEST = build_request(codec.GET, [SYS_NAME])


@pytest.fixture
def switch() -> SimulatedDevice:
    return build()[0].devices[0]


def answer(device: SimulatedDevice, community: bytes) -> list[bytes]:
    return device.answer(build_request(codec.GET, [SYS_NAME], community=community))


# --- faults of replies, by setting and by community


def choose(device: SimulatedDevice, fault: str, *, by_community: bool) -> bytes:
    """Give the community to ask with."""
    if by_community:
        return fault.encode()
    device.faults = with_fault(NO_FAULTS, fault, ["10"] if fault == "toobig" else [])
    return b"public"


both_ways = pytest.mark.parametrize("by_community", [True, False], ids=["community", "fault"])


@both_ways
def test_silence_answers_nothing(switch: SimulatedDevice, by_community: bool) -> None:
    assert answer(switch, choose(switch, "silent", by_community=by_community)) == []


@both_ways
def test_a_loop_gives_names_that_do_not_grow(switch: SimulatedDevice, by_community: bool) -> None:
    community = choose(switch, "loop", by_community=by_community)
    start = IF_NAME / 10120
    reply = ask(switch, codec.GET_NEXT, start, community=community)
    assert reply.varbinds[0].oid.arcs <= start.arcs
    rows = ask(switch, codec.GET_BULK, start, repetitions=4, community=community).varbinds
    assert {row.oid for row in rows} == {IF_NAME / 10101}


@both_ways
def test_too_big_begins_over_the_limit(switch: SimulatedDevice, by_community: bool) -> None:
    community = choose(switch, "toobig", by_community=by_community)
    assert ask(switch, codec.GET, *[SYS_NAME] * 10, community=community).status == 0
    assert ask(switch, codec.GET, *[SYS_NAME] * 11, community=community).status == 1
    assert ask(switch, codec.GET_BULK, IF_NAME, SYS_NAME, repetitions=5, community=community).status == 0
    assert ask(switch, codec.GET_BULK, IF_NAME, SYS_NAME, repetitions=6, community=community).status == 1


@both_ways
def test_gen_err_sends_the_question_back(switch: SimulatedDevice, by_community: bool) -> None:
    reply = ask(switch, codec.GET, SYS_NAME, community=choose(switch, "generr", by_community=by_community))
    assert (reply.status, reply.index, reply.values) == (5, 1, [None])


@both_ways
def test_a_wrong_id_stands_alone(switch: SimulatedDevice, by_community: bool) -> None:
    (reply,) = answer(switch, choose(switch, "wrongid", by_community=by_community))
    assert read_reply(reply).request_id != REQUEST_ID


@both_ways
def test_a_bad_id_goes_ahead_of_the_right_one(switch: SimulatedDevice, by_community: bool) -> None:
    replies = answer(switch, choose(switch, "badid", by_community=by_community))
    assert [read_reply(reply).request_id == REQUEST_ID for reply in replies] == [False, True]


@both_ways
def test_every_other_request_is_dropped_beginning_with_the_first(
    switch: SimulatedDevice, by_community: bool
) -> None:
    community = choose(switch, "drop1", by_community=by_community)
    assert [len(answer(switch, community)) for _again in range(4)] == [0, 1, 0, 1]


@both_ways
def test_a_duplicate_is_the_same_reply_twice(switch: SimulatedDevice, by_community: bool) -> None:
    first, second = answer(switch, choose(switch, "dup", by_community=by_community))
    assert first == second


@both_ways
def test_a_truncated_reply_cannot_be_read(switch: SimulatedDevice, by_community: bool) -> None:
    (reply,) = answer(switch, choose(switch, "truncated", by_community=by_community))
    with pytest.raises(MalformedReply):
        read_reply(reply)


@both_ways
def test_garbage_is_noise_of_the_replys_length(switch: SimulatedDevice, by_community: bool) -> None:
    (right,) = answer(switch, b"public")
    community = choose(switch, "garbage", by_community=by_community)
    (reply,) = answer(switch, community)
    assert len(reply) == len(right) - len(b"public") + len(community)
    assert reply[:2] != right[:2]


def test_loss_drops_its_share_and_the_same_ones_for_the_same_device() -> None:
    def pattern() -> list[int]:
        device = build()[0].devices[0]
        device.faults = Faults(loss_percent=30)
        return [len(device.answer(REQUEST)) for _again in range(500)]

    first = pattern()
    assert 300 < sum(first) < 400
    assert first == pattern()


def test_latency_and_jitter_bound_the_delay(switch: SimulatedDevice) -> None:
    assert switch.delay_seconds() == 0
    switch.faults = Faults(latency_ms=200, jitter_ms=50)
    delays = [switch.delay_seconds() for _again in range(200)]
    assert 0.15 <= min(delays) < 0.16
    assert 0.24 < max(delays) <= 0.25
    switch.faults = Faults(latency_ms=1, jitter_ms=500)
    assert min(switch.delay_seconds() for _again in range(200)) == 0


def test_v3_meets_the_devices_faults_too() -> None:
    simulation, clock = build()
    device = simulation.devices[0]
    manager = V3Manager(device, clock)
    manager.get(SYS_NAME)
    device.faults = Faults(gen_err=True, duplicate=True)
    replies = device.answer(manager.seal(SYS_NAME))
    assert [manager.open(reply).status for reply in replies] == [5, 5]


def test_faults_of_device_and_community_add_up(switch: SimulatedDevice) -> None:
    switch.faults = Faults(duplicate=True)
    assert len(answer(switch, b"badid")) == 4


# --- changes of the device


def test_link_down_shows_in_status_and_change_time_and_stops_the_counters() -> None:
    simulation, clock = build()
    switch = simulation.devices[0]
    clock.wind(10)
    switch.set_link("Gi1/0/4", up=False)
    before = get(switch, HC_IN_OCTETS / 10104)
    clock.wind(60)
    ticks, admin, oper, changed = get(
        switch, SYS_UPTIME, ADMIN_STATUS / 10104, OPER_STATUS / 10104, LAST_CHANGE / 10104
    )
    assert (admin, oper) == (1, 2)
    assert isinstance(ticks, int)
    assert isinstance(changed, int)
    assert ticks - changed == 6000
    assert get(switch, HC_IN_OCTETS / 10104) == before
    switch.set_link("Gi1/0/4", up=True)
    assert get(switch, OPER_STATUS / 10104) == [1]


def test_an_interface_shut_by_the_operator_is_administratively_down(switch: SimulatedDevice) -> None:
    switch.set_link("Gi1/0/4", up=False, admin=InterfaceStatus.DOWN)
    assert get(switch, ADMIN_STATUS / 10104, OPER_STATUS / 10104) == [2, 2]


def test_a_32_bit_counter_wraps_while_its_64_bit_twin_goes_on() -> None:
    simulation, clock = build()
    switch = simulation.devices[0]
    switch.wrap("Gi1/0/1", 32, 30)
    (narrow, wide, since) = get(switch, IN_OCTETS / 10101, HC_IN_OCTETS / 10101, DISCONTINUITY / 10101)
    assert narrow == wide
    assert isinstance(wide, int)
    assert wide < 2**32
    assert since != 0
    clock.wind(60)
    narrow_after, wide_after = get(switch, IN_OCTETS / 10101, HC_IN_OCTETS / 10101)
    assert isinstance(narrow_after, int)
    assert isinstance(wide_after, int)
    assert wide_after > 2**32
    assert narrow_after == wide_after - 2**32


def test_a_wrap_may_take_all_interfaces(switch: SimulatedDevice) -> None:
    switch.wrap(None, 64, 10)
    values = list(column(switch, HC_IN_OCTETS).values())
    assert all(isinstance(value, int) and value > 2**63 for value in values)


def test_cleared_counters_tell_their_discontinuity() -> None:
    simulation, clock = build()
    switch = simulation.devices[0]
    clock.wind(3)
    switch.clear_counters("Gi1/0/2")
    octets, since, ticks = get(switch, HC_IN_OCTETS / 10102, DISCONTINUITY / 10102, SYS_UPTIME)
    assert octets == 0
    assert since == ticks


def test_a_reboot_restarts_uptime_and_counters_and_may_leave_an_outage() -> None:
    simulation, clock = build()
    switch = simulation.devices[0]
    clock.wind(100)
    switch.reboot(outage_seconds=20)
    clock.wind(19)
    assert switch.answer(REQUEST) == []
    clock.wind(1)
    assert get(switch, SYS_UPTIME) == [2000]
    truth = switch.truth("Gi1/0/1")
    assert get(switch, HC_IN_OCTETS / 10101) == [truth.counters["in_octets"]]
    assert truth.counters["in_octets"] == int(truth.rates["in_octets"] * 20) or truth.counters[
        "in_octets"
    ] == pytest.approx(truth.rates["in_octets"] * 20, abs=1)


def test_a_shuffle_moves_indexes_and_leaves_each_name_its_own_counters(switch: SimulatedDevice) -> None:
    names_before = column(switch, IF_NAME)
    octets_before = {names_before[index]: value for index, value in column(switch, HC_IN_OCTETS).items()}
    switch.shuffle()
    names_after = column(switch, IF_NAME)
    assert names_after != names_before
    assert sorted(names_after.values()) == sorted(names_before.values())  # type: ignore[type-var] # bytes, all of them
    octets_after = {names_after[index]: value for index, value in column(switch, HC_IN_OCTETS).items()}
    assert octets_after == octets_before
    index = switch.truth("Gi1/0/7").if_index
    assert names_after[index,] == b"Gi1/0/7"


def test_a_shuffle_of_one_switch_leaves_the_others_alone() -> None:
    simulation, _clock = build(devices=2)
    first, second = simulation.devices
    first.shuffle()
    assert column(second, IF_NAME)[10101,] == b"Gi1/0/1"
    assert first.shape is not second.shape


def test_clear_ends_faults_and_mends_links(switch: SimulatedDevice) -> None:
    switch.faults = Faults(silence=True)
    switch.set_link("Gi1/0/4", up=False)
    switch.set_link("Gi1/0/5", up=False, admin=InterfaceStatus.DOWN)
    switch.set_condition("heat", holds=True)
    switch.clear()
    assert get(switch, OPER_STATUS / 10104, OPER_STATUS / 10105, ADMIN_STATUS / 10105) == [1, 1, 1]
    assert get(switch, OPER_STATUS / 10112) == [2], "nothing was ever plugged in there"
    assert not switch.state.conditions


def test_an_unknown_interface_is_named(switch: SimulatedDevice) -> None:
    for attempt in (switch.truth, switch.clear_counters, switch.row_of):
        with pytest.raises(SimulatorError, match="sw-1 has no interface Gi9/9/9"):
            attempt("Gi9/9/9")


# --- hostile datagrams


@given(st.binary(max_size=300))
def test_random_bytes_never_make_an_agent_raise(datagram: bytes) -> None:
    assert len(SWITCH.answer(datagram)) <= 1


def mutate(datagram: bytes, changes: list[tuple[int, int, int]]) -> bytes:
    data = bytearray(datagram)
    for kind, place, value in changes:
        at = place % max(1, len(data))
        if kind == 0 and data:
            data[at] = value
        elif kind == 1:
            data[at:at] = bytes((value,))
        elif kind == 2:
            del data[at : at + value % 8]
    return bytes(data)


@settings(max_examples=400)
@given(
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_mutated_requests_never_make_an_agent_raise_or_answer_too_much(
    which: int, changes: list[tuple[int, int, int]]
) -> None:
    replies = SWITCH.answer(mutate(REQUESTS[which], changes))
    assert len(replies) <= 1
    assert all(len(reply) <= 1472 for reply in replies)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=0, max_size=30), st.sampled_from([0, 1, 2]))
def test_whatever_is_asked_next_the_answer_is_further_on(tail: list[int], top: int) -> None:
    asked = Oid.of(top, *[arc % 40 for arc in tail[:1]] or [0], *tail[1:])
    reply = ask(SWITCH, codec.GET_NEXT, asked)
    assert reply.varbinds[0].oid.arcs > asked.arcs or reply.varbinds[0].oid == asked


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def test_no_number_of_repetitions_leads_astray(heads: int, repetitions: int) -> None:
    numbers = (
        codec.encode_integer(REQUEST_ID) + codec.encode_integer(heads) + codec.encode_integer(repetitions)
    )
    pdu = codec.encode_tlv(codec.GET_BULK, numbers + codec.encode_bindings([IF_NAME, SYS_NAME]))
    (reply,) = SWITCH.answer(codec.encode_message(codec.VERSION_2C, b"public", pdu))
    assert len(reply) <= 1472
    assert read_reply(reply).status == 0


@pytest.mark.parametrize("community", sorted(COMMUNITIES))
def test_no_fault_makes_a_hostile_datagram_worse(community: bytes) -> None:
    request = build_request(codec.GET, [SYS_NAME], community=community)
    for cut in range(len(request)):
        assert SWITCH.answer(request[:cut]) == []
    for tag in (0xA2, 0xA6, 0xA7, 0xA8):
        assert SWITCH.answer(build_request(tag, [SYS_NAME], community=community)) == []


def test_an_oid_of_too_many_or_too_large_arcs_is_not_answered() -> None:
    long = codec.encode_tlv(6, bytes([43]) + bytes(700))
    large = codec.encode_tlv(6, bytes([43, 0xBF]) + b"\xff" * 5 + b"\x7f")
    empty = codec.encode_tlv(6, b"")
    cut = codec.encode_tlv(6, b"\x2b\x86")
    for name in (long, large, empty, cut):
        bindings = codec.encode_tlv(0x30, codec.encode_tlv(0x30, name + b"\x05\x00"))
        pdu = codec.encode_pdu(codec.GET_NEXT, REQUEST_ID, 0, 0, bindings)
        assert SWITCH.answer(codec.encode_message(codec.VERSION_2C, b"public", pdu)) == []


def _requests() -> tuple[SimulatedDevice, list[bytes]]:
    simulation, clock = build()
    device = simulation.devices[0]
    manager = V3Manager(device, clock)
    discovery = manager.peer.seal_discovery(77)
    manager.get(SYS_NAME)
    return device, [
        REQUEST,
        build_request(codec.GET_BULK, [IF_NAME, HC_IN_OCTETS], repetitions=20),
        build_request(codec.GET_NEXT, [IF_NAME], version=codec.VERSION_1),
        discovery,
        manager.seal(SYS_NAME),
        manager.seal(SYS_NAME, private=False),
    ]


SWITCH, REQUESTS = _requests()
