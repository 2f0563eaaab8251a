"""Counters, clocks and interface states as functions of time."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeClock
from netops.model.interface import COUNTER_NAMES, InterfaceStatus
from netops.simulator.state import WIDTH, DeviceState, work_speed, work_time

RATES = [1000.0, 250.5, 8.0, 2.0, 0.5, 0.25, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0]


def make(clock: FakeClock, *, interfaces: int = 2, wave: float = 0.0, age: float = 100.0) -> DeviceState:
    return DeviceState(
        "sw-1",
        IPv4Address("127.1.0.1"),
        lambda: clock.seconds,
        rates=RATES * interfaces,
        ages=[age] * interfaces,
        age=age,
        wave=wave,
    )


def counters(state: DeviceState, row: int = 0) -> list[int]:
    work = state.work()
    return [state.counter(slot, work) for slot in range(row * WIDTH, row * WIDTH + WIDTH)]


def test_counters_begin_where_their_age_put_them_and_move_at_their_rate() -> None:
    clock = FakeClock()
    state = make(clock)
    assert counters(state)[:2] == [100_000, 25_050]
    clock.wind(60)
    assert counters(state)[:2] == [160_000, 40_080]
    assert counters(state)[7] == 0


@given(st.floats(0, 1e7), st.floats(0, 1e5), st.floats(0, 0.9))
def test_work_time_never_runs_backwards(start: float, step: float, wave: float) -> None:
    assert work_time(start + step, wave) >= work_time(start, wave) - 1e-6


@pytest.mark.parametrize("seconds", [0.0, 900.0, 2000.0, 100_000.0])
def test_work_speed_is_the_slope_of_work_time(seconds: float) -> None:
    slope = (work_time(seconds + 0.01, 0.4) - work_time(seconds - 0.01, 0.4)) / 0.02
    assert slope == pytest.approx(work_speed(seconds, 0.4), abs=1e-4)


def test_an_interface_that_is_down_stands_still_and_goes_on_from_there() -> None:
    clock = FakeClock()
    state = make(clock)
    clock.wind(10)
    state.set_status(0, admin=InterfaceStatus.UP, oper=InterfaceStatus.DOWN)
    held = counters(state)
    clock.wind(1000)
    assert counters(state) == held
    assert counters(state, 1)[0] == held[0] + 1_000_000
    state.set_status(0, admin=InterfaceStatus.UP, oper=InterfaceStatus.UP)
    assert counters(state) == held
    clock.wind(10)
    assert counters(state)[0] == held[0] + 10_000


def test_last_change_is_the_uptime_at_the_change_and_only_then() -> None:
    clock = FakeClock()
    state = make(clock)
    clock.wind(5)
    state.set_status(0, admin=InterfaceStatus.UP, oper=InterfaceStatus.DOWN)
    clock.wind(5)
    state.set_status(0, admin=InterfaceStatus.DOWN, oper=InterfaceStatus.DOWN)
    assert list(state.last_change) == [10_500, 0]
    assert state.admin[0] == InterfaceStatus.DOWN


@pytest.mark.parametrize("bits", [32, 64])
def test_a_wrap_comes_after_the_seconds_asked_for(bits: int) -> None:
    clock = FakeClock()
    state = make(clock)
    clock.wind(7)
    state.wrap(0, bits, 30)
    mask = 2**bits - 1
    assert counters(state)[0] == 2**bits - 30_000
    assert state.discontinuity[0] == 10_700
    clock.wind(29)
    assert counters(state)[0] & mask == 2**bits - 1000
    clock.wind(2)
    assert counters(state)[0] & mask == 1000


def test_a_counter_that_stands_still_is_put_before_its_wrap_and_stays() -> None:
    clock = FakeClock()
    state = make(clock)
    state.wrap(0, 64, 30)
    clock.wind(1e6)
    assert counters(state)[7] == 2**64 - 1


def test_a_reboot_begins_everything_anew() -> None:
    clock = FakeClock()
    state = make(clock)
    state.wrap(0, 32, 5)
    state.set_status(1, admin=InterfaceStatus.UP, oper=InterfaceStatus.DOWN)
    clock.wind(50)
    state.reboot()
    assert counters(state) == [0] * WIDTH
    assert (state.uptime(), state.engine_boots, state.engine_time()) == (0, 2, 0)
    assert (list(state.last_change), list(state.discontinuity)) == ([0, 0], [0, 0])
    clock.wind(3)
    assert counters(state)[0] == 3000
    assert counters(state, 1) == [0] * WIDTH, "what is down stays down"


def test_sys_uptime_wraps_only_where_it_is_encoded() -> None:
    clock = FakeClock()
    state = make(clock, age=500 * 86_400.0)
    assert state.uptime_ticks() > 2**32


def test_engine_time_follows_a_clock_jump_and_never_is_negative() -> None:
    state = make(FakeClock())
    state.engine_offset = 1000
    assert state.engine_time() == 1100
    state.engine_offset = -5000
    assert state.engine_time() == 0


@given(
    st.lists(st.sampled_from(["down", "up", "wrap32", "wrap64", "wind"]), max_size=30),
    st.floats(0.1, 5000),
)
def test_no_history_makes_a_counter_run_backwards_but_at_a_wrap(history: list[str], step: float) -> None:
    clock = FakeClock()
    state = make(clock, wave=0.4)
    for event in history:
        before = counters(state)
        if event == "down":
            state.set_status(0, admin=InterfaceStatus.UP, oper=InterfaceStatus.DOWN)
        elif event == "up":
            state.set_status(0, admin=InterfaceStatus.UP, oper=InterfaceStatus.UP)
        elif event == "wind":
            clock.wind(step)
        else:
            state.wrap(0, int(event[4:]), 60)
            continue
        for name, old, new in zip(COUNTER_NAMES, before, counters(state), strict=True):
            assert (new - old) % 2**64 < 2**40, name
