"""Object identifiers: what is one, what is not, and how cells relate to their columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.snmp.types import Oid, decode_arcs, encode_arcs

arc = st.integers(0, 2**32 - 1)
oid_arcs = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39)), st.tuples(st.just(2), st.integers(0, 2**32 - 81))
).flatmap(lambda top: st.lists(arc, max_size=126).map(lambda rest: (*top, *rest)))


@given(oid_arcs)
def test_arcs_come_back_as_they_went_in(arcs: tuple[int, ...]) -> None:
    oid = Oid.of(*arcs)
    assert oid.arcs == arcs
    assert Oid.parse(str(oid)) == oid
    assert Oid.parse(f".{oid}") == oid


@pytest.mark.parametrize(
    ("dotted", "content"),
    [
        ("0.0", "00"),
        ("1.3", "2b"),
        ("1.39", "4f"),
        ("2.0", "50"),
        ("2.999", "8837"),  # the example of X.690 section 8.19.5 is 2.100.3
        ("2.100.3", "813403"),
        ("1.3.6.1.4.1.127", "2b060104017f"),
        ("1.3.6.1.4.1.128", "2b060104018100"),
        ("1.3.6.1.4.1.4294967295", "2b060104018fffffff7f"),
    ],
)
def test_content_is_that_of_x690(dotted: str, content: str) -> None:
    assert Oid.parse(dotted) == bytes.fromhex(content)
    assert str(Oid(bytes.fromhex(content))) == dotted


@pytest.mark.parametrize(
    "dotted",
    ["", ".", "1", "1.", "1..3", "3.1", "1.40", "0.40", "1.3.-1", "1.3.4294967296", "1.3.1_0", "1.3.+1",
     "1.3.\uff13", "ifDescr", "1.3.6 .1", "1.-3", "0x1.3"],
)  # fmt: skip
def test_what_is_no_oid_is_refused(dotted: str) -> None:
    with pytest.raises(ValueError, match=r"not an object identifier|outside 0"):
        Oid.parse(dotted)


@pytest.mark.parametrize("arcs", [(), (1,), (3, 1), (-1, 45), (1, -5), (1, 3, -1), (1, 3, 2**32)])
def test_arcs_that_cannot_be_are_refused(arcs: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"not an object identifier|outside 0"):
        encode_arcs(arcs)


def test_an_arc_cut_short_is_refused() -> None:
    with pytest.raises(ValueError, match="cut short"):
        decode_arcs(b"\x01\x81")


def test_no_bytes_are_no_arcs() -> None:
    assert decode_arcs(b"") == ()
    assert Oid(b"").arcs == ()
    assert str(Oid(b"")) == ""


@given(oid_arcs, st.lists(arc, min_size=1, max_size=4))
def test_a_cell_begins_with_its_column_and_tells_its_index(arcs: tuple[int, ...], index: list[int]) -> None:
    column = Oid.of(*arcs)
    cell = column / tuple(index)
    assert cell.startswith(column)
    assert cell.index_below(column) == tuple(index)


def test_a_column_is_no_prefix_of_its_neighbour_with_a_longer_arc() -> None:
    assert not Oid.parse("1.3.6.1.200.1").startswith(Oid.parse("1.3.6.1.2"))


def test_repr_can_be_pasted_into_code() -> None:
    assert repr(Oid.parse("1.3.6.1")) == "Oid.parse('1.3.6.1')"
