import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.notify.neutral import cut, cut_bytes, lines, one_line, size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("core-sw-1", "core-sw-1"),
        ("  a \t b\r\nc ", "a b c"),
        ("a\u202eb\u2066c\u200b\ufeff", "abc"),
        ("a\u2028b\u0085c", "a b c"),
        ("a\ud83d", "a\ufffd"),
        ("核心交换机", "核心交换机"),
        ("é\U0001f600", "é\U0001f600"),
        ("", ""),
    ],
)
def test_a_line_holds_only_what_shows(text, expected):
    assert one_line(text) == expected


def test_lines_stay_lines_without_empty_ends():
    assert lines("\n\n a\r\nb\x0bc\n\n") == ["a", "b", "c"]
    assert lines("\n \n") == []
    assert len(lines("x\n" * 1000, 5000)) == 40


@given(st.text(), st.integers(0, 60))
def test_a_cut_is_never_longer_than_asked_nor_inside_a_character(text, most):
    short = cut_bytes(text, most)
    assert size(short) <= most
    assert short == text or text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize(("most", "expected"), [(6, "雨雪"), (5, "…"), (3, "…"), (2, ""), (0, "")])
def test_bytes_are_cut_on_both_sides_of_each_character(most, expected):
    assert cut_bytes("雨雪", most) == expected


@pytest.mark.parametrize(("most", "expected"), [(3, "abc"), (2, "a…"), (1, "…"), (0, "…")])
def test_characters_are_cut(most, expected):
    assert cut("abc", most) == expected
