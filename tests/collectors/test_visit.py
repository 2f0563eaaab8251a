"""When a subject is due."""

from datetime import timedelta

import pytest

from fakes import FakeClock
from netops.collectors import DeviceMemory, Visit
from netops.collectors.visit import DEFAULT_PERIODS, SPREAD
from netops.model.reading import PollResult

PERIOD = timedelta(minutes=10)


def visit_to(device, clock, memory=None):
    return Visit(memory or DeviceMemory(), clock, PollResult(device, clock.now()), {"forwarding": PERIOD})


def test_a_fleet_polled_at_once_reads_its_large_tables_at_different_times():
    clock = FakeClock()
    visits = [visit_to(f"switch-{number}", clock) for number in range(600)]
    for visit in visits:
        visit.mark_done("forwarding")
    served: list[int] = []
    for _minute in range(30):
        clock.wind(60)
        due = [visit for visit in visits if visit.is_due("forwarding")]
        served.append(len(due))
        for visit in due:
            visit.mark_done("forwarding")
    assert max(served) < 100, "a tenth of the fleet in each minute, give or take"
    assert sum(served[10:20]) == sum(served[20:30]) == 600


@pytest.mark.parametrize("setting", sorted(SPREAD))
def test_after_its_first_period_a_subject_keeps_it(setting):
    clock, memory = FakeClock(), DeviceMemory()
    period = DEFAULT_PERIODS[setting].total_seconds()
    visit = visit_to("sw-1", clock, memory)
    visit.periods = {}
    visit.mark_done(setting)
    assert memory.last_run[setting] <= clock.monotonic()
    clock.wind(period)
    visit.mark_done(setting)
    clock.wind(period * 0.9)
    assert not visit.is_due(setting)
    clock.wind(period * 0.1)
    assert visit.is_due(setting)


def test_forgetting_periods_makes_all_due_but_the_system_group():
    clock = FakeClock()
    visit = visit_to("sw-1", clock)
    for setting in ("system", "interfaces", "forwarding"):
        visit.mark_done(setting)
    visit.forget_periods()
    assert visit.memory.last_run.keys() == {"system"}
