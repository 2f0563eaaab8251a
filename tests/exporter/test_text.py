import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.polls import parse
from netops.exporter.families import INTERFACE_COUNTERS
from netops.exporter.text import escape, make_block, make_distinct, make_tail, word_labels, word_number

IN_BYTES = INTERFACE_COUNTERS[0]
HOSTILE = st.text(st.one_of(st.sampled_from('\\"\n\r\t{}=,# \u2028\x85\x1c'), st.characters(codec="utf-8")))


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        ("plain", "plain"),
        ('say "hi"', 'say \\"hi\\"'),
        ("a\\nb", "a\\\\nb"),
        ("a\nb", "a\\nb"),
        ("机房", "机房"),
        ("bad \udcff byte", "bad \ufffd byte"),
        ("nul \0 byte", "nul \ufffd byte"),
        ("", ""),
    ],
)
def test_label_values_are_escaped(raw: str, escaped: str) -> None:
    assert escape(raw) == escaped


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-1, "-1"),
        (True, "1"),
        (2**64 - 1, "18446744073709551615"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (-0.0, "-0.0"),
    ],
)
def test_numbers_take_their_shortest_form(number: float, text: str) -> None:
    assert word_number(number) == text


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_left_out(number: float) -> None:
    assert word_number(number) is None


def test_a_block_without_samples_is_empty() -> None:
    assert make_block("netops_x", []) == b""


def test_a_block_ends_each_line_with_its_instant() -> None:
    block = make_block("netops_x", ['a="1"} 5', 'a="2"} 6'], make_tail(1234))
    assert block == b'netops_x{a="1"} 5 1234\nnetops_x{a="2"} 6 1234\n'


def test_twins_are_numbered_without_meeting_a_name_already_there() -> None:
    assert make_distinct(["a", "a", "a#2", "b", "a"]) == ["a", "a#2", "a#2#2", "b", "a#3"]


@given(st.lists(st.text(max_size=3)))
def test_distinct_names_are_distinct_and_as_many(names: list[str]) -> None:
    distinct = make_distinct(names)
    assert len(distinct) == len(set(distinct)) == len(names)


def without_nul(text: str) -> str:
    return text.replace("\0", "\ufffd")


@given(
    st.dictionaries(
        st.tuples(HOSTILE, HOSTILE).map(lambda pair: (without_nul(pair[0]), without_nul(pair[1]))),
        st.one_of(st.integers(0, 2**53), st.floats(allow_nan=False, allow_infinity=False)),
        min_size=1,
        max_size=5,
    )
)
def test_hostile_labels_and_any_number_come_back_equal_from_the_parser(
    samples: dict[tuple[str, str], float],
) -> None:
    rows = [f"{word_labels(IN_BYTES, labels)}}} {word_number(value)}" for labels, value in samples.items()]
    page = IN_BYTES.header + make_block(IN_BYTES.name, rows, make_tail(1_772_366_400_000))
    expected = {
        (IN_BYTES.name, (("device", device), ("interface", interface))): value
        for (device, interface), value in samples.items()
    }
    assert parse(page) == expected
