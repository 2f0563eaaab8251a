"""IP addresses as they stand in indexes and in octets (INET-ADDRESS-MIB, RFC 4001)."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from netops.snmp.types import Index, Oid, Value

IPV4, IPV6, IPV4Z, IPV6Z = 1, 2, 3, 4
SIZES = {IPV4: 4, IPV6: 16, IPV4Z: 8, IPV6Z: 20}
FAMILIES = {1: 4, 2: 16}
"""Octets of an address by AddressFamilyNumbers, which LLDP uses (ipV4 1, ipV6 2)."""


def address_from_octets(octets: bytes) -> str | None:
    """Give an address of 4 or 16 octets, or with the 4 octets of a zone behind, which are dropped."""
    if len(octets) in (SIZES[IPV4], SIZES[IPV4Z]):
        return str(IPv4Address(octets[:4]))
    if len(octets) in (SIZES[IPV6], SIZES[IPV6Z]):
        return str(IPv6Address(octets[:16]))
    return None


def address_from_arcs(arcs: Index) -> str | None:
    """Give an address written as one arc an octet; None where it is none."""
    if not all(arc < 256 for arc in arcs):
        return None
    return address_from_octets(bytes(arcs))


def address_from_inet_index(arcs: Index) -> str | None:
    """Give the address of an index of InetAddressType and InetAddress.

    The length stands before the octets; some agents leave it out, and the size tells as much.
    """
    if len(arcs) < 2 or arcs[0] not in SIZES:
        return None
    size, octets = SIZES[arcs[0]], arcs[1:]
    if len(octets) == size + 1 and octets[0] == size:
        octets = octets[1:]
    return address_from_arcs(octets) if len(octets) == size else None


def address_from_value(value: Value) -> str | None:
    """Give an address of an IpAddress, of octets, or of text."""
    if isinstance(value, IPv4Address):
        return str(value)
    if not isinstance(value, bytes):
        return None
    if len(value) in (SIZES[IPV4], SIZES[IPV6]):
        return address_from_octets(value)
    try:
        return str(ip_address(value.decode("ascii").strip()))
    except ValueError:
        return None


def prefix_from_mask(value: Value) -> int | None:
    """Give the prefix length of a netmask, None for a mask with holes and for what is no mask."""
    text = address_from_value(value)
    if text is None or ":" in text:
        return None
    mask = int(IPv4Address(text))
    length = mask.bit_count()
    return length if mask == (0xFFFF_FFFF << (32 - length)) & 0xFFFF_FFFF else None


def prefix_from_pointer(value: Value, table: Oid) -> int | None:
    """Give the prefix length of a RowPointer into ipAddressPrefixTable: its last arc; None for a null pointer."""
    if not isinstance(value, Oid) or not value.startswith(table):
        return None
    index = value.index_below(table)
    return index[-1] if len(index) > 4 and index[-1] <= 128 else None


def is_nowhere(address: str) -> bool:
    """Say whether this is the unspecified address, which stands where there is none."""
    return ip_address(address).is_unspecified
