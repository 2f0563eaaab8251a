"""What a poll hands to the history: exact deltas, the time they took, and nothing where it cannot be told."""

from collectors.switch import SYS_UP_TIME, Switch, interface
from netops.model.interface import COUNTER_NAMES


async def poll_after(switch, seconds=60.0, **steps):
    switch.wind(seconds)
    for if_index in (1, 2):
        switch.count(if_index, **steps)
    return (await switch.poll()).traffic


async def test_a_first_poll_has_no_deltas():
    assert (await Switch(interface(1, "a")).poll()).traffic is None


async def test_deltas_are_exact_and_say_the_time_of_the_device():
    switch = Switch(interface(1, "a"), interface(2, "b"))
    await switch.poll()
    switch.clock.wind(3)  # our clock ran ahead; the device counted 61.25 seconds of its own
    traffic = await poll_after(switch, 61.25, in_octets=7_000_000_001, out_errors=3)
    assert traffic.seconds == 61.25
    assert traffic.keys == ["a", "b"]
    assert len(traffic.deltas[0]) == len(COUNTER_NAMES)
    assert (traffic.deltas[0][0], traffic.deltas[0][9]) == (7_000_000_001, 3)


async def test_a_reboot_leaves_a_gap_and_the_next_poll_is_whole():
    switch = Switch(interface(1, "a"))
    await switch.poll()
    switch.session.set({SYS_UP_TIME: 100})
    assert await poll_after(switch, in_octets=600) is None
    assert (await poll_after(switch, in_octets=600)).deltas[0][0] == 600


async def test_of_two_polls_in_one_second_the_second_has_no_deltas_and_nothing_is_lost():
    switch = Switch(interface(1, "a"))
    await switch.poll()
    assert (await poll_after(switch, 60, in_octets=600)).deltas[0][0] == 600
    assert await poll_after(switch, 0.4, in_octets=5) is None
    traffic = await poll_after(switch, 59.6, in_octets=595)
    assert (traffic.seconds, traffic.deltas[0][0]) == (60.0, 600)
