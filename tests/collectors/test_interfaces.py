from datetime import timedelta

import pytest

from collectors.switch import (
    DUPLEX,
    IF_TABLE,
    IF_X_TABLE,
    SYS_UP_TIME,
    Switch,
    arcs,
    by_key,
    interface,
    rates_of,
)
from netops.errors import ErrorStatus, NoAnswer
from netops.model.interface import COUNTER_NAMES, InterfaceStatus
from netops.model.reading import Reach

NARROW_OCTETS = f"{IF_TABLE}.10"
WIDE_OCTETS = f"{IF_X_TABLE}.6"


async def poll_twice(switch, if_index=1, seconds=60.0, **steps):
    await switch.poll()
    switch.wind(seconds)
    switch.count(if_index, **steps)
    return by_key(await switch.poll())


async def test_an_interface_is_read_whole():
    reading = by_key(await Switch(interface(1, "Gi0/1")).poll())["Gi0/1"]
    assert (reading.if_index, reading.description, reading.alias) == (1, "Port 1", "to the core")
    assert (reading.type, reading.speed_bps, reading.mtu) == ("ethernetCsmacd", 1_000_000_000, 1500)
    assert (reading.mac, reading.duplex) == ("00:11:22:aa:bb:01", "full")
    assert reading.admin_status is reading.oper_status is InterfaceStatus.UP
    assert reading.counters == (1000,) * 12
    assert reading.wide == 0xFF
    assert reading.rates == ()


async def test_the_second_poll_gives_rates():
    rates = rates_of((await poll_twice(Switch(interface(1, "a")), in_octets=6000, out_errors=60))["a"])
    assert (rates["in_octets"], rates["out_errors"], rates["out_octets"]) == (100.0, 1.0, 0.0)


async def test_rates_go_by_the_clock_of_the_device():
    """Our poll came a second late; the device counted 60 seconds of its own."""
    switch = Switch(interface(1, "a"))
    await switch.poll()
    switch.wind(60)
    switch.clock.wind(1)
    switch.count(1, in_octets=6000)
    assert rates_of(by_key(await switch.poll())["a"])["in_octets"] == 100.0


async def test_rates_go_by_our_clock_where_the_device_has_none():
    switch = Switch(interface(1, "a"))
    switch.session.drop(SYS_UP_TIME)
    await switch.poll()
    switch.clock.wind(30)
    switch.count(1, in_octets=6000)
    assert rates_of(by_key(await switch.poll())["a"])["in_octets"] == 200.0


async def test_a_quiet_poll_is_one_question_for_sixteen_columns():
    switch = Switch(interface(1, "a"), interface(2, "b"))
    await poll_twice(switch)
    switch.wind()
    switch.session.asked.clear()
    await switch.poll()
    tables = [oid for oid in switch.session.asked if oid.startswith((IF_TABLE, IF_X_TABLE))]
    assert len(tables) == 16
    assert IF_TABLE + ".10" not in tables


async def test_a_wrap_of_sys_up_time_is_no_reboot():
    switch = Switch(interface(1, "a"), uptime_seconds=2**32 / 100 - 10)
    rates = rates_of((await poll_twice(switch, in_octets=6000))["a"])
    assert rates["in_octets"] == 100.0


async def test_a_narrow_counter_wraps_into_a_true_rate():
    switch = Switch(interface(1, "a", speed_mbps=100, wide=False))
    switch.session.set({f"{NARROW_OCTETS}.1": 2**32 - 1000})
    readings = await poll_twice(switch, in_octets=6000)
    assert rates_of(readings["Port 1"])["in_octets"] == 100.0
    assert readings["Port 1"].wide == 0


async def test_a_reboot_gives_no_rates_and_the_next_poll_does():
    switch = Switch(interface(1, "a"))
    await switch.poll()
    switch.wind()
    switch.session.set({SYS_UP_TIME: 2000, f"{WIDE_OCTETS}.1": 50})
    assert set(rates_of(by_key(await switch.poll())["a"]).values()) == {None}
    switch.wind()
    switch.count(1, in_octets=600)
    assert rates_of(by_key(await switch.poll())["a"])["in_octets"] == 10.0


async def test_a_discontinuity_gives_no_rates_for_that_interface_only():
    switch = Switch(interface(1, "a"), interface(2, "b"))
    await switch.poll()
    switch.wind()
    switch.session.set({f"{IF_X_TABLE}.19.1": 77})
    readings = by_key(await switch.poll())
    assert set(rates_of(readings["a"]).values()) == {None}
    assert set(rates_of(readings["b"]).values()) == {0.0}


async def test_rates_bridge_a_poll_that_was_not_answered():
    switch = Switch(interface(1, "a"))
    await switch.poll()
    switch.wind()
    switch.session.faults[IF_X_TABLE] = NoAnswer("no answer")
    lost = await switch.poll()
    assert lost.interfaces is None
    assert lost.reachability.snmp is Reach.YES
    assert [(error.subject, error.kind) for error in lost.errors] == [("interfaces", "timeout")]
    switch.session.faults.clear()
    switch.wind()
    switch.count(1, in_octets=12_000)
    assert rates_of(by_key(await switch.poll())["a"])["in_octets"] == 100.0


async def test_a_device_without_wide_counters_is_asked_for_narrow_ones_only():
    switch = Switch(interface(1, "a", wide=False))
    await poll_twice(switch)
    switch.session.asked.clear()
    reading = by_key(await switch.poll())["Port 1"]
    assert not [oid for oid in switch.session.asked if oid.startswith(IF_X_TABLE)]
    values = dict(zip(COUNTER_NAMES, reading.counters, strict=True))
    assert values["in_octets"] == values["out_discards"] == 1000
    assert values["in_multicast_packets"] is None


async def test_non_unicast_packets_stand_in_where_multicast_and_broadcast_are_not_told_apart():
    switch = Switch(interface(1, "a", wide=False))
    switch.session.set({f"{IF_TABLE}.12.1": 40, f"{IF_TABLE}.18.1": 50})
    values = dict(zip(COUNTER_NAMES, by_key(await switch.poll())["Port 1"].counters, strict=True))
    assert (values["in_multicast_packets"], values["out_multicast_packets"]) == (40, 50)
    assert values["in_broadcast_packets"] is None


async def test_non_unicast_packets_are_not_taken_for_multicast_where_that_is_told():
    switch = Switch(interface(1, "a"))
    switch.session.set({f"{IF_TABLE}.12.1": 40, f"{IF_X_TABLE}.8.1": 0, f"{IF_X_TABLE}.2.1": 0})
    values = dict(zip(COUNTER_NAMES, by_key(await switch.poll())["a"].counters, strict=True))
    assert values["in_multicast_packets"] == 0


async def test_a_row_without_wide_counters_falls_back_by_itself():
    switch = Switch(interface(1, "a"), interface(2, "b", speed_mbps=100))
    switch.session.drop(f"{WIDE_OCTETS}.2")
    readings = await poll_twice(switch, if_index=2, in_octets=600)
    assert readings["a"].wide & 1
    assert not readings["b"].wide & 1
    assert rates_of(readings["b"])["in_octets"] == 10.0


async def test_wide_counters_stuck_at_zero_give_way_to_the_narrow_ones():
    switch = Switch(interface(1, "a", speed_mbps=100))
    switch.session.set({f"{WIDE_OCTETS}.1": 0})
    await switch.poll()
    for _ in range(2):
        switch.wind()
        switch.session.values[arcs(f"{NARROW_OCTETS}.1")] += 600
        reading = by_key(await switch.poll())["a"]
        assert rates_of(reading)["in_octets"] == 10.0
        assert not reading.wide & 1


async def test_a_moved_if_index_is_followed_by_name():
    switch = Switch(interface(1, "a"), interface(2, "b"))
    await switch.poll()
    switch.wind()
    for index in (1, 2):
        for table in (IF_TABLE, IF_X_TABLE):
            for column in range(1, 21):
                switch.session.drop(f"{table}.{column}.{index}")
    switch.session.set(interface(5, "a") | interface(6, "b"))
    switch.session.drop(f"{IF_X_TABLE}.19.6")
    readings = by_key(await switch.poll())
    assert {key: reading.if_index for key, reading in readings.items()} == {"a": 5, "b": 6}
    assert rates_of(readings["a"])["in_octets"] == 0.0, "its discontinuity time says that its counters ran on"
    assert rates_of(readings["b"])["in_octets"] is None, "nothing says so of this one"
    switch.wind()
    assert rates_of(by_key(await switch.poll())["b"])["in_octets"] == 0.0


async def test_two_interfaces_of_one_name_get_keys_of_their_own_and_keep_them():
    switch = Switch(interface(1, "eth"), interface(2, "eth"), interface(3, "other"))
    assert list(by_key(await switch.poll())) == ["eth#1", "eth#2", "other"]
    switch.session.drop(f"{IF_X_TABLE}.1.2")
    for column in range(1, 21):
        switch.session.drop(f"{IF_TABLE}.{column}.2")
    assert list(by_key(await switch.poll())) == ["eth#1", "other"]


async def test_an_interface_that_vanishes_is_no_longer_read_and_starts_afresh_on_return():
    switch = Switch(interface(1, "a"), interface(2, "b"))
    await switch.poll()
    switch.wind()
    gone = {at: value for at, value in switch.session.values.items() if at[-1] == 2 and len(at) > 9}
    for at in gone:
        del switch.session.values[at]
    assert list(by_key(await switch.poll())) == ["a"]
    switch.wind()
    switch.session.values |= gone
    assert by_key(await switch.poll())["b"].rates == ()


async def test_an_alias_in_gbk_is_read():
    switch = Switch(interface(1, "a"))
    switch.session.set({f"{IF_X_TABLE}.18.1": "核心交换机".encode("gbk")})
    assert by_key(await switch.poll())["a"].alias == "核心交换机"


async def test_a_value_of_the_wrong_kind_costs_one_cell_and_is_told_once():
    switch = Switch(interface(1, "a"), interface(2, "b"))
    switch.session.set({f"{WIDE_OCTETS}.1": b"many", f"{IF_TABLE}.14.2": -3, f"{IF_TABLE}.8.1": 99})
    switch.session.drop(f"{NARROW_OCTETS}.1")
    result = await switch.poll()
    readings = by_key(result)
    assert readings["a"].counters[0] is None
    assert readings["a"].counters[1] == 1000
    assert readings["b"].counters[COUNTER_NAMES.index("in_errors")] is None
    assert readings["a"].oper_status is InterfaceStatus.UNKNOWN
    assert [error.kind for error in result.errors] == ["unexpected_reply"]
    assert "2 values" in result.errors[0].error


async def test_a_column_that_upsets_the_agent_costs_only_itself():
    switch = Switch(interface(1, "a"))
    switch.session.faults[f"{IF_X_TABLE}.9"] = ErrorStatus("genErr", status=5)
    result = await switch.poll()
    values = dict(zip(COUNTER_NAMES, by_key(result)["a"].counters, strict=True))
    assert values["in_octets"] == 1000
    assert values["in_broadcast_packets"] == 1000, "the 32-bit column serves"
    assert [(error.subject, error.kind) for error in result.errors] == [("interfaces", "error_status")]


async def test_details_that_fail_leave_the_counters_and_are_asked_again():
    switch = Switch(interface(1, "a"))
    switch.session.faults[f"{IF_TABLE}.6"] = NoAnswer("no answer")
    result = await switch.poll()
    assert by_key(result)["a"].counters[0] == 1000
    assert [error.kind for error in result.errors] == ["timeout"]
    switch.session.faults.clear()
    switch.wind()
    assert by_key(await switch.poll())["a"].mac == "00:11:22:aa:bb:01"


async def test_details_are_read_at_their_own_pace():
    switch = Switch(interface(1, "a"))
    switch.periods["interface_details"] = timedelta(minutes=10)
    await switch.poll()
    switch.session.set({f"{IF_X_TABLE}.18.1": b"new words"})
    switch.wind(300)
    assert by_key(await switch.poll())["a"].alias == "to the core"
    switch.wind(290)
    assert by_key(await switch.poll())["a"].alias == "new words"


async def test_a_link_that_changes_brings_its_speed_and_duplex_at_once():
    switch = Switch(interface(1, "a"), interface(2, "b"))
    await switch.poll()
    switch.wind()
    switch.session.set({f"{IF_TABLE}.8.1": 2})
    assert by_key(await switch.poll())["a"].oper_status is InterfaceStatus.DOWN
    switch.wind()
    switch.session.set(
        {f"{IF_TABLE}.8.1": 1, f"{IF_TABLE}.5.1": 100_000_000, f"{IF_X_TABLE}.15.1": 100, f"{DUPLEX}.1": 2}
    )
    reading = by_key(await switch.poll())["a"]
    assert (reading.speed_bps, reading.duplex) == (100_000_000, "half")


@pytest.mark.parametrize("what", ["table_change", "new_row"])
async def test_what_hints_at_new_details_has_them_read_at_once(what):
    switch = Switch(interface(1, "a"))
    await switch.poll()
    switch.wind()
    switch.session.set({f"{IF_X_TABLE}.18.1": b"new words"})
    if what == "table_change":
        switch.session.set({"1.3.6.1.2.1.31.1.5.0": 9_999})
    else:
        switch.session.set(interface(2, "b"))
    assert by_key(await switch.poll())["a"].alias == "new words"


async def test_a_table_that_says_it_changes_at_every_poll_is_soon_not_believed():
    """Some agents repeat sysUpTime as ifTableLastChange."""
    switch = Switch(interface(1, "a"))
    requests = []
    for poll in range(7):
        switch.session.set({"1.3.6.1.2.1.31.1.5.0": 1000 + poll})
        before = switch.session.requests
        await switch.poll()
        requests.append(switch.session.requests - before)
        switch.wind()
    assert requests[-1] == requests[-2] == requests[1] - 1


async def test_a_device_without_interfaces_is_not_surveyed_at_every_poll():
    switch = Switch()
    await switch.poll()
    switch.wind()
    switch.session.asked.clear()
    await switch.poll()
    assert len([oid for oid in switch.session.asked if oid.startswith((IF_TABLE, IF_X_TABLE))]) < 5


async def test_a_speed_exceeded_once_is_a_fault_and_exceeded_twice_is_a_wrong_speed():
    switch = Switch(interface(1, "tunnel", speed_mbps=1))
    await switch.poll()
    seen = []
    for _ in range(4):
        switch.wind()
        switch.count(1, in_octets=6_000_000_000)
        seen.append(rates_of(by_key(await switch.poll())["tunnel"])["in_octets"])
    assert seen == [None, 10**8, 10**8, 10**8]


async def test_two_polls_in_a_moment_give_no_rate_and_keep_the_base():
    switch = Switch(interface(1, "a"))
    await switch.poll()
    switch.wind(59.9)
    switch.count(1, in_octets=5990)
    first = rates_of(by_key(await switch.poll())["a"])["in_octets"]
    switch.wind(0.1)
    switch.count(1, in_octets=10)
    assert rates_of(by_key(await switch.poll())["a"])["in_octets"] is None
    switch.wind(59.9)
    switch.count(1, in_octets=5990)
    assert first == rates_of(by_key(await switch.poll())["a"])["in_octets"] == 100.0


async def test_a_device_without_interfaces_has_an_empty_list():
    assert (await Switch().poll()).interfaces == []


async def test_a_row_known_to_one_table_only_is_still_an_interface():
    switch = Switch(interface(1, "a"))
    switch.session.set({f"{IF_X_TABLE}.1.9": b"ghost"})
    reading = by_key(await switch.poll())["ghost"]
    assert reading.oper_status is InterfaceStatus.UNKNOWN
    assert reading.counters == (None,) * 12
