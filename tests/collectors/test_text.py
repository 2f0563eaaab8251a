import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.collectors.text import decode_line, decode_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"core uplink", "core uplink"),
        ("机房二层".encode(), "机房二层"),
        ("机房二层".encode("gbk"), "机房二层"),
        ("鎔基".encode("gb18030"), "鎔基"),
        (b"caf\xe9", "café"),
        (b"padded\0\0\0", "padded"),
        (b"  \r\nname ", "name"),
        (b"", ""),
        (None, ""),
        (42, ""),
    ],
)
def test_text_is_read_as_its_makers_wrote_it(raw, text):
    assert decode_text(raw) == text


@given(st.binary(max_size=40))
def test_any_bytes_give_some_text(raw):
    assert "\0" not in decode_text(raw)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1, max_size=30))
def test_utf_8_comes_back_unchanged(text):
    assert decode_text(text.encode()) == text.strip()


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"core-1", "core-1"),
        (b"two\r\nlines", "two lines"),
        (b"\x1b[31mred\x07", "[31mred"),
        ("机房\u202e二层".encode(), "机房 二层"),
        (b"\x01\x02", ""),
        (None, ""),
    ],
)
def test_a_line_holds_nothing_that_a_terminal_obeys(raw, line):
    assert decode_line(raw) == line
