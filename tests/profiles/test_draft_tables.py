"""Tables found from OIDs alone."""

import pytest

from netops.profiles.draft_tables import Cell, find_groups
from netops.snmp.types import Tag

BASE = (1, 3, 6, 1, 4, 1, 32473)


def walk(*rows):
    """Give variables below BASE: (dotted, value); whole numbers are INTEGER, texts OCTET STRING."""
    return {
        (*BASE, *map(int, dotted.split("."))): Cell(
            Tag.INTEGER if isinstance(value, int) else Tag.OCTET_STRING, value
        )
        for dotted, value in rows
    }


def outline(variables, **options):
    """Give entry below BASE to columns with their rows."""
    return {
        ".".join(map(str, group.entry[7:])): {arc: sorted(cells) for arc, cells in group.columns.items()}
        for group in find_groups(variables, **options)
    }


def table(entry, columns, indexes):
    return [
        (f"{entry}.{column}.{index}", make(index)) for column, make in columns.items() for index in indexes
    ]


NUMBER_AND_TEXT = {1: lambda _index: 1, 2: lambda index: f"row {index}", 5: lambda _index: 3}


def test_an_entry_is_where_columns_share_their_rows():
    assert outline(walk(*table("2.3.1", NUMBER_AND_TEXT, ["1", "2"]))) == {
        "2.3.1": {1: [(1,), (2,)], 2: [(1,), (2,)], 5: [(1,), (2,)]}
    }


def test_scalars_beside_a_table_are_a_group_of_their_own():
    variables = walk(("2.1.0", 1), ("2.2.0", "text"), *table("2.3.1", NUMBER_AND_TEXT, ["1"]))
    assert set(outline(variables)) == {"2", "2.3.1"}
    assert outline(variables)["2"] == {1: [(0,)], 2: [(0,)]}


def test_an_entry_below_nodes_that_are_1_as_well_is_not_taken_for_one_of_those():
    assert set(outline(walk(*table("1.1.1.1", NUMBER_AND_TEXT, ["1", "2"])))) == {"1.1.1.1"}


def test_two_tables_of_the_same_shape_below_a_1_stay_two():
    variables = walk(*table("1.1.1", NUMBER_AND_TEXT, ["1"]), *table("1.2.1", NUMBER_AND_TEXT, ["1"]))
    assert set(outline(variables)) == {"1.1.1", "1.2.1"}


def test_scalars_of_two_groups_below_a_1_are_no_table():
    variables = walk(("1.1.1.0", 1), ("1.1.2.0", "a"), ("1.2.1.0", 1), ("1.2.2.0", "b"))
    assert set(outline(variables)) == {"1.1", "1.2"}


@pytest.mark.parametrize("indexes", [["1.1.0.0", "2.1.0.0"], ["3.97.98", "2.97.98"], ["0", "1"]])
def test_indexes_of_many_arcs_are_read_whole(indexes):
    rows = sorted(tuple(map(int, index.split("."))) for index in indexes)
    assert outline(walk(*table("4.1", NUMBER_AND_TEXT, indexes))) == {"4.1": dict.fromkeys((1, 2, 5), rows)}


def test_a_table_of_one_column_is_found():
    assert outline(walk(("6.1.2.1", 5), ("6.1.2.2", 6))) == {"6.1": {2: [(1,), (2,)]}}


def test_what_is_laid_out_otherwise_is_kept_by_its_last_arc():
    found = find_groups(walk(("7.2.3", 5), ("7.2.4", "x"), ("9", 1)))
    assert sum(len(cells) for group in found for cells in group.columns.values()) == 3


def test_a_mib_goes_before_every_guess():
    def column_of(arcs):
        return arcs[:-2]

    assert outline(walk(*table("2.3.1", {1: lambda _index: 1}, ["4.5"])), column_of=column_of) == {
        "2.3.1": {1: [(4, 5)]}
    }


def test_a_walk_that_nests_without_end_is_read_all_the_same():
    variables = walk((".".join(["1"] * 100), 1), (".".join(["1"] * 99 + ["2"]), 2))
    found = find_groups(variables)
    assert sum(len(cells) for group in found for cells in group.columns.values()) == 2


def test_nothing_gives_nothing():
    assert find_groups({}) == []
