"""Our BER and pysnmp's: each reads from the other's bytes what was put in."""

from ipaddress import IPv4Address

from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ
from pysnmp.proto.api import v1, v2c

from netops.snmp import codec
from netops.snmp.types import Absent, Oid, Tag, Varbind

SYS_DESCR = Oid.parse("1.3.6.1.2.1.1.1.0")
RESPONSE_ID = 0x40000001


def read_message(data: bytes) -> list[Varbind]:
    _, at, end = codec.read_version(data)
    pdu = codec.read_community_pdu(data, at, end)
    return codec.as_varbinds(codec.decode_varbinds(pdu.data, pdu.start, pdu.end))


values = st.one_of(
    st.tuples(st.just(Tag.INTEGER), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.sampled_from([Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS]), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(Tag.COUNTER64), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(Tag.OCTET_STRING), st.binary(max_size=300)),
    st.tuples(st.just(Tag.IP_ADDRESS), st.integers(0, 2**32 - 1).map(IPv4Address)),
    st.tuples(st.just(Tag.NULL), st.none()),
    st.sampled_from([(Tag(absent.value), absent) for absent in Absent]),
    st.tuples(
        st.just(Tag.OBJECT_IDENTIFIER),
        st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda arcs: Oid.of(1, 3, *arcs)),
    ),
)
varbinds = st.lists(
    st.builds(
        lambda arcs, typed: Varbind(Oid.of(1, 3, *arcs), *typed),
        st.lists(st.integers(0, 2**32 - 1), max_size=30),
        values,
    ),
    max_size=12,
)


def as_plain(tag: int, theirs: object) -> object:
    """Bring pysnmp's value into our form."""
    if tag in (Tag.OCTET_STRING, Tag.OPAQUE):
        return bytes(theirs)  # type: ignore[call-overload]
    if tag == Tag.IP_ADDRESS:
        return IPv4Address(bytes(theirs))  # type: ignore[call-overload]
    if tag == Tag.OBJECT_IDENTIFIER:
        return Oid.of(*theirs)  # type: ignore[misc]
    if tag == Tag.NULL:
        return None
    return Absent(tag) if tag >= 0x80 else int(theirs)  # type: ignore[call-overload]


@settings(deadline=None)
@given(varbinds, st.integers(0x40000000, 0x7FFFFFFF), st.integers(0, 18), st.integers(0, 12))
def test_pysnmp_reads_from_our_response_what_we_put_in(
    items: list[Varbind], request_id: int, status: int, index: int
) -> None:
    message = codec.encode_message(
        codec.VERSION_2C, b"public", codec.encode_response(codec.RESPONSE, request_id, status, index, items)
    )
    theirs, rest = decoder.decode(message, asn1Spec=v2c.Message())
    assert not rest
    pdu = v2c.apiMessage.get_pdu(theirs)
    assert int(v2c.apiPDU.get_request_id(pdu)) == request_id
    assert int(v2c.apiPDU.get_error_status(pdu)) == status
    got = [
        Varbind(Oid.of(*name), item.tag, as_plain(item.tag, value))
        for item, (name, value) in zip(items, v2c.apiPDU.get_varbinds(pdu), strict=True)
    ]
    assert got == items
    assert read_message(message) == items


@settings(deadline=None)
@given(varbinds)
def test_we_read_from_pysnmps_response_what_it_put_in(items: list[Varbind]) -> None:
    classes = {
        Tag.INTEGER: v2c.Integer32, Tag.OCTET_STRING: v2c.OctetString, Tag.NULL: v2c.Null,
        Tag.OBJECT_IDENTIFIER: v2c.ObjectIdentifier, Tag.IP_ADDRESS: v2c.IpAddress,
        Tag.COUNTER32: v2c.Counter32, Tag.GAUGE32: v2c.Gauge32, Tag.TIME_TICKS: v2c.TimeTicks,
        Tag.COUNTER64: v2c.Counter64,
    }  # fmt: skip
    exceptions = {0x80: v2c.NoSuchObject, 0x81: v2c.NoSuchInstance, 0x82: v2c.EndOfMibView}
    pdu = v2c.ResponsePDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_request_id(pdu, RESPONSE_ID)
    theirs = []
    for item in items:
        if isinstance(item.value, Absent):
            value = exceptions[item.tag]("")
        elif item.value is None:
            value = v2c.Null("")
        elif isinstance(item.value, Oid):
            value = v2c.ObjectIdentifier(item.value.arcs)
        elif isinstance(item.value, IPv4Address):
            value = v2c.IpAddress(str(item.value))
        else:
            value = classes[Tag(item.tag)](item.value)
        theirs.append((item.oid.arcs, value))
    v2c.apiPDU.set_varbinds(pdu, theirs)
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_community(message, "public")
    v2c.apiMessage.set_pdu(message, pdu)
    assert read_message(encoder.encode(message)) == items


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=20), max_size=10), st.integers(0, 500))
def test_pysnmp_reads_our_requests(names: list[list[int]], repetitions: int) -> None:
    oids = [Oid.of(1, 3, *arcs) for arcs in names]
    pdu = codec.encode_pdu(codec.GET_BULK, RESPONSE_ID, 0, repetitions, codec.encode_bindings(oids))
    message = codec.encode_message(codec.VERSION_2C, b"public", pdu)
    theirs, rest = decoder.decode(message, asn1Spec=v2c.Message())
    assert not rest
    bulk = v2c.apiMessage.get_pdu(theirs)
    assert int(v2c.apiBulkPDU.get_max_repetitions(bulk)) == repetitions
    assert int(v2c.apiBulkPDU.get_non_repeaters(bulk)) == 0
    assert [Oid.of(*name) for name, _ in v2c.apiBulkPDU.get_varbinds(bulk)] == oids


def test_pysnmp_reads_our_v1_requests() -> None:
    pdu = codec.encode_pdu(codec.GET_NEXT, RESPONSE_ID, 0, 0, codec.encode_bindings([SYS_DESCR]))
    message, _ = decoder.decode(codec.encode_message(codec.VERSION_1, b"public", pdu), asn1Spec=v1.Message())
    assert int(v1.apiMessage.get_version(message)) == 0
    assert bytes(v1.apiMessage.get_community(message)) == b"public"


@given(st.integers(-(2**63), 2**63 - 1))
def test_pyasn1_reads_our_integers(number: int) -> None:
    theirs, _ = decoder.decode(codec.encode_integer(number))
    assert theirs == univ.Integer(number)
