"""How fast messages leave, from plain values."""

from datetime import timedelta

import pytest

from fakes import START
from netops.notify.pace import FIRST_WAIT, LONGEST_WAIT, RateLimit, decide_wait

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("attempts", "factor"), [(1, 1), (2, 2), (3, 4), (6, 32)])
def test_the_wait_doubles_with_every_attempt(attempts, factor):
    assert decide_wait(attempts, None, lambda: 0.5) == FIRST_WAIT * factor


@pytest.mark.parametrize("attempts", [8, 100, 10_000])
def test_the_wait_has_an_end(attempts):
    assert decide_wait(attempts, None, lambda: 0.5) == LONGEST_WAIT


def test_the_wait_is_spread_so_that_what_failed_together_does_not_come_back_together():
    waits = [decide_wait(3, None, lambda share=share: share) for share in (0.0, 0.5, 1.0)]
    assert waits == [15 * SECOND, 20 * SECOND, 25 * SECOND]


def test_a_receiver_that_asks_for_more_time_gets_it():
    assert decide_wait(1, 90 * SECOND, lambda: 0.5) == 90 * SECOND
    assert decide_wait(5, SECOND, lambda: 0.5) == FIRST_WAIT * 16


def test_so_many_a_minute_and_the_next_when_the_first_is_a_minute_old():
    limit = RateLimit(2)
    limit.note("a", START)
    assert limit.next_free("a", START) == START
    limit.note("a", START + 10 * SECOND)
    assert limit.next_free("a", START + 20 * SECOND) == START + 60 * SECOND
    assert limit.next_free("a", START + 60 * SECOND) == START + 60 * SECOND


def test_addresses_do_not_share_a_limit():
    limit = RateLimit(1)
    limit.note("a", START)
    assert limit.next_free("b", START) == START


def test_a_clock_that_was_set_back_holds_nothing_up():
    limit = RateLimit(1)
    limit.note("a", START)
    assert limit.next_free("a", START - 3600 * SECOND) == START - 3600 * SECOND
