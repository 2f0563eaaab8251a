"""OIDs in order, and the cells under them."""

from ipaddress import IPv4Address

import pytest

from netops.errors import MalformedReply
from netops.simulator.encoding import bound, counter_heads, encode_cell
from netops.simulator.shape import ShapeBuilder, arcs_of, read_names
from netops.snmp import codec
from netops.snmp.types import Oid, Tag

ENTRY = "1.3.6.1.4.1.32473.1"


def test_cells_stand_in_the_order_of_their_arcs() -> None:
    builder = ShapeBuilder()
    for index in (16384, 127, 128, 16383, 2, 1):
        builder.add(ENTRY, (index,), Tag.INTEGER, index)
    shape = builder.build()
    assert [Oid(oid).arcs[-1] for oid in shape.oids] == [1, 2, 127, 128, 16383, 16384]
    assert shape.after(Oid.parse(ENTRY) / 200) == 4
    assert shape.after(Oid.parse("2.0")) == 6


def test_two_cells_of_one_index_are_a_mistake_of_the_mib() -> None:
    builder = ShapeBuilder()
    builder.scalar(ENTRY, Tag.INTEGER, 1)
    with pytest.raises(ValueError, match="two cells"):
        builder.scalar(ENTRY, Tag.INTEGER, 2)


def test_the_object_of_an_oid_is_found_at_arc_boundaries_only() -> None:
    builder = ShapeBuilder()
    builder.add(f"{ENTRY}.1", (5,), Tag.INTEGER, 1)
    shape = builder.build()
    assert shape.object_of(Oid.parse(f"{ENTRY}.1.7.7")) == Oid.parse(f"{ENTRY}.1")
    assert shape.object_of(Oid.parse(f"{ENTRY}.129")) is None
    assert shape.object_of(Oid.parse(ENTRY)) is None


@pytest.mark.parametrize(
    ("tag", "value", "read"),
    [
        (Tag.INTEGER, -7, -7),
        (Tag.COUNTER32, 2**32 + 5, 5),
        (Tag.TIME_TICKS, 2**33 + 9, 9),
        (Tag.GAUGE32, 10_000_000_000, 2**32 - 1),
        (Tag.GAUGE32, -3, 0),
        (Tag.COUNTER64, 2**64 - 1, 2**64 - 1),
        (Tag.OCTET_STRING, "25 °C", "25 °C".encode()),
        (Tag.IP_ADDRESS, IPv4Address("10.0.0.1"), IPv4Address("10.0.0.1")),
        (Tag.OBJECT_IDENTIFIER, Oid.parse("0.0"), Oid.parse("0.0")),
    ],
)
def test_a_value_that_outgrew_its_type_wraps_or_stays_at_its_limit(
    tag: Tag, value: int, read: object
) -> None:
    oid = Oid.parse(ENTRY)
    varbind = encode_cell(oid, tag, value)
    packed = codec.decode_varbinds(varbind, 0, len(varbind))
    assert (packed.oids, packed.tags, packed.values) == ([oid], [tag], [read])


@pytest.mark.parametrize("value", [0, 127, 128, 255, 2**31, 2**32 - 1, 2**63, 2**64 - 1])
def test_a_counters_head_fits_the_fewest_bytes_of_its_value(value: int) -> None:
    oid = Oid.parse(ENTRY)
    size = value.bit_length() // 8
    head = counter_heads(oid, Tag.COUNTER64)[size]
    assert head + value.to_bytes(size + 1, "big") == encode_cell(oid, Tag.COUNTER64, value)


@pytest.mark.parametrize(
    "bindings", ["30020500", "3006060001010500", "30040600 0500", "3005060181 0500", "31"]
)
def test_names_that_are_none_are_malformed(bindings: str) -> None:
    with pytest.raises(MalformedReply):
        read_names(bytes.fromhex(bindings))


def test_no_names_are_none() -> None:
    assert read_names(b"") == ()
    assert arcs_of("1.3.6") == (1, 3, 6)


@pytest.mark.parametrize(("value", "held"), [(-0.6, 0), (0.4, 0), (99.6, 100), (250.0, 100)])
def test_bound_rounds_and_holds(value: float, held: int) -> None:
    assert bound(0, 100, value) == held
