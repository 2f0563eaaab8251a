"""IP addresses of the device itself, loopbacks too."""

from collections.abc import Iterator
from ipaddress import ip_address

from netops.collectors.inet import (
    address_from_arcs,
    address_from_inet_index,
    prefix_from_mask,
    prefix_from_pointer,
)
from netops.collectors.sources import Sources
from netops.collectors.visit import Visit
from netops.model.address import AddressReading
from netops.snmp.types import Column, Index, Oid, SnmpSession, Value

IP_ADDRESS = Oid.parse("1.3.6.1.2.1.4.34.1")
IP_ADDRESS_IF_INDEX, IP_ADDRESS_TYPE, IP_ADDRESS_PREFIX = IP_ADDRESS / 3, IP_ADDRESS / 4, IP_ADDRESS / 5
IP_ADDRESS_PREFIX_TABLE = Oid.parse("1.3.6.1.2.1.4.32.1")
IP_AD_ENT = Oid.parse("1.3.6.1.2.1.4.20.1")
IP_AD_ENT_IF_INDEX, IP_AD_ENT_NET_MASK = IP_AD_ENT / 2, IP_AD_ENT / 3
IPV6_ADDR = Oid.parse("1.3.6.1.2.1.55.1.8.1")
IPV6_ADDR_PFX_LENGTH = IPV6_ADDR / 2
C_IP_ADDRESS = Oid.parse("1.3.6.1.4.1.9.10.86.1.1.2.1")
C_IP_ADDRESS_IF_INDEX, C_IP_ADDRESS_TYPE, C_IP_ADDRESS_PREFIX = (C_IP_ADDRESS / place for place in (3, 4, 5))
C_IP_ADDRESS_PFX_TABLE = Oid.parse("1.3.6.1.4.1.9.10.86.1.1.1.1")

IP_COLUMNS = (
    IP_ADDRESS_IF_INDEX,
    IP_ADDRESS_TYPE,
    IP_ADDRESS_PREFIX,
    IP_AD_ENT_IF_INDEX,
    IP_AD_ENT_NET_MASK,
)
BROADCAST = 3
"""IpAddressType: no address of the device's own."""


class AddressesCollector:
    """Reads ipAddressTable and ipAddrTable of IP-MIB (RFC 4293), one after the other where the first is short.

    IPv6 addresses come from IPV6-MIB (RFC 2465) or CISCO-IETF-IP-MIB where IP-MIB tells of none.
    """

    subject = "addresses"
    period_setting = "addresses"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read the addresses; an empty list when the device tells of none.

        Raises:
            DeviceError: Nothing could be read.
        """
        sources = Sources(session, visit, self.period_setting)
        book = _Book()
        found = await sources.read("IP-MIB", IP_COLUMNS)
        for reading in _read_inet(
            found[IP_ADDRESS_IF_INDEX],
            found[IP_ADDRESS_TYPE],
            found[IP_ADDRESS_PREFIX],
            IP_ADDRESS_PREFIX_TABLE,
        ):
            book.add(reading)
        for reading in _read_classic(found[IP_AD_ENT_IF_INDEX], found[IP_AD_ENT_NET_MASK]):
            book.add(reading)
        if not book.has_ipv6:
            columns = (C_IP_ADDRESS_IF_INDEX, C_IP_ADDRESS_TYPE, C_IP_ADDRESS_PREFIX, IPV6_ADDR_PFX_LENGTH)
            found = await sources.read("IPV6-MIB", columns)
            for reading in _read_ipv6_mib(found[IPV6_ADDR_PFX_LENGTH]):
                book.add(reading)
            for reading in _read_inet(
                found[C_IP_ADDRESS_IF_INDEX],
                found[C_IP_ADDRESS_TYPE],
                found[C_IP_ADDRESS_PREFIX],
                C_IP_ADDRESS_PFX_TABLE,
            ):
                book.add(reading)
        sources.finish()
        visit.result.addresses = book.list()


class _Book:
    """Each address once; what one table does not tell of it comes from the next."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int | None], AddressReading] = {}

    def add(self, reading: AddressReading) -> None:
        address = ip_address(reading.address)
        if address.is_unspecified or address.is_multicast:  # some agents tell the groups they joined
            return
        # The same link-local address may stand on every interface, and is another one on each.
        is_local = address.is_link_local
        known = self._rows.setdefault((reading.address, reading.if_index if is_local else None), reading)
        if known.prefix_length is None:
            known.prefix_length = reading.prefix_length
        if known.if_index is None:
            known.if_index = reading.if_index

    @property
    def has_ipv6(self) -> bool:
        return any(":" in address for address, _ in self._rows)

    def list(self) -> list[AddressReading]:
        return list(self._rows.values())


def _read_inet(
    interfaces: Column, types: Column, prefixes: Column, prefix_table: Oid
) -> Iterator[AddressReading]:
    for index in dict.fromkeys((*interfaces, *types, *prefixes)):
        address = address_from_inet_index(index)
        if address is not None and types.get(index) != BROADCAST:
            prefix = prefix_from_pointer(prefixes.get(index), prefix_table)
            yield AddressReading(address, prefix, _if_index(interfaces.get(index)))


def _read_classic(interfaces: Column, masks: Column) -> Iterator[AddressReading]:
    for index in dict.fromkeys((*interfaces, *masks)):
        # Ascom's base stations put an arc of their own before the address.
        address = address_from_arcs(index[-4:]) if len(index) in (4, 5) else None
        if address is not None:
            yield AddressReading(
                address, prefix_from_mask(masks.get(index)), _if_index(interfaces.get(index))
            )


def _read_ipv6_mib(lengths: Column) -> Iterator[AddressReading]:
    for index, length in lengths.items():
        octets: Index = index[2:] if len(index) == 18 else index[1:]  # with its length before it, or without
        address = address_from_arcs(octets) if len(octets) == 16 else None
        if address is not None:
            prefix = length if isinstance(length, int) and 0 <= length <= 128 else None
            yield AddressReading(address, prefix, index[0])


def _if_index(value: Value) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
