"""Streams are taken apart the same way however they are cut, and hold no more than one message back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.syslog.framing import FrameReader, FramingError
from netops.syslog.parser import LONGEST


def read_all(data, sizes=(), longest=LONGEST):
    reader, found, at = FrameReader(longest), [], 0
    for size in sizes:
        found += reader.feed(data[at : at + size])
        at += size
    return found + reader.feed(data[at:]) + reader.finish()


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        (b"5 <1>ab5 <1>cd", [b"<1>ab", b"<1>cd"]),
        (b"<1>ab\n<1>cd\r\n", [b"<1>ab", b"<1>cd\r"]),
        (b"<1>ab\0<1>cd\0", [b"<1>ab", b"<1>cd"]),
        (b"<1>no end", [b"<1>no end"]),
        (b"7 <1>a\nbc<1>line\n5 <1>xy", [b"<1>a\nbc", b"<1>line", b"<1>xy"]),
        (b"2026-11-24 a line that begins with a number\n", [b"2026-11-24 a line that begins with a number"]),
        (b"12 apples\n<1>x\n", [b"12 apples", b"<1>x"]),
        (b"\n\n\r\n", []),
        (b"9 <1>cut", []),
        (b"", []),
    ],
)
def test_both_framings_are_read_and_may_follow_each_other(data, messages):
    assert read_all(data) == messages


def test_a_long_message_gives_its_start_and_the_next_is_in_step():
    for data in (b"30 <1>" + b"x" * 27, b"<1>" + b"x" * 27 + b"\n"):
        for sizes in ((), (1,) * 40, (7,) * 6):
            assert read_all(data + b"5 <1>ab", sizes, longest=10) == [b"<1>xxxxxxxx", b"<1>ab"]


@pytest.mark.parametrize("count", [b"1000001", b"9999999999"])
def test_a_count_that_no_message_has_ends_the_stream(count):
    with pytest.raises(FramingError):
        FrameReader().feed(count + b" <1>")


def frame(message, counted):
    return b"%d %s" % (len(message), message) if counted else message + b"\n"


MESSAGES = st.lists(
    st.tuples(
        st.binary(max_size=40).map(lambda body: b"<13>" + body.replace(b"\n", b"").replace(b"\0", b"")),
        st.booleans(),
    ),
    max_size=8,
)


@given(MESSAGES, st.lists(st.integers(1, 30), max_size=40))
def test_however_a_stream_is_cut_the_messages_are_the_same(messages, sizes):
    data = b"".join(frame(message, counted) for message, counted in messages)
    assert read_all(data, sizes) == [message for message, _counted in messages]


@given(st.binary(max_size=4000), st.lists(st.integers(1, 50), max_size=20))
def test_any_bytes_are_read_and_little_waits(data, sizes):
    reader = FrameReader(100)
    at = 0
    try:
        for size in (*sizes, len(data)):
            found = reader.feed(data[at : at + size])
            at += size
            assert all(len(message) <= 101 for message in found)
            assert len(reader._waiting) <= 113
    except FramingError:
        pass
