"""Columns of many rows, and what expressions pick of them."""

from netops.profiles.expression import Expression

LIMITS = {(1,): 700, (2,): 800, (3,): 0, (4,): 50}
SEVERITY = {(1,): 10, (2,): 20, (3,): 30}
RELATION = {(1,): 4, (2,): 4, (3,): 4, (4,): 2}
ROW = {"limit": LIMITS, "severity": SEVERITY, "relation": RELATION}


def work_out(text: str) -> object:
    return Expression(text)(ROW)


def test_pick_gives_the_values_whose_rows_hold_all_conditions() -> None:
    assert work_out("pick(limit, severity, (20, 30), relation, (3, 4))") == (800, 0)
    assert work_out("pick(limit)") == (700, 800, 0, 50)


def test_a_row_without_the_other_column_is_not_picked() -> None:
    assert work_out("pick(limit, relation, (2,), severity, (10,))") == ()


def test_last_prefers_what_is_not_zero() -> None:
    assert work_out("last(pick(limit, severity, (20, 30), relation, (4,)))") == 800
    assert work_out("last(pick(limit, severity, (30,)))") == 0
    assert work_out("last(pick(limit, severity, (99,)))") is None


def test_pick_of_a_missing_column_is_nothing() -> None:
    assert work_out("pick(other, severity, (20,))") is None
