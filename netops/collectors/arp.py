"""ARP and neighbour discovery: which hardware address answers for an IP address."""

from collections.abc import Iterator

from netops.collectors.inet import address_from_arcs, address_from_inet_index, is_nowhere
from netops.collectors.interface_details import format_mac
from netops.collectors.sources import Sources
from netops.collectors.visit import Visit
from netops.model.arp import ArpReading
from netops.snmp.types import Column, Index, Oid, SnmpSession

IP_NET_TO_MEDIA = Oid.parse("1.3.6.1.2.1.4.22.1")
IP_NET_TO_MEDIA_PHYS_ADDRESS, IP_NET_TO_MEDIA_TYPE = IP_NET_TO_MEDIA / 2, IP_NET_TO_MEDIA / 4
IP_NET_TO_PHYSICAL = Oid.parse("1.3.6.1.2.1.4.35.1")
IP_NET_TO_PHYSICAL_PHYS_ADDRESS, IP_NET_TO_PHYSICAL_TYPE = IP_NET_TO_PHYSICAL / 4, IP_NET_TO_PHYSICAL / 6
IPV6_NET_TO_MEDIA = Oid.parse("1.3.6.1.2.1.55.1.12.1")
IPV6_NET_TO_MEDIA_PHYS_ADDRESS, IPV6_NET_TO_MEDIA_TYPE = IPV6_NET_TO_MEDIA / 2, IPV6_NET_TO_MEDIA / 3

PHYSICAL = (IP_NET_TO_PHYSICAL_PHYS_ADDRESS, IP_NET_TO_PHYSICAL_TYPE)
MEDIA = (IP_NET_TO_MEDIA_PHYS_ADDRESS, IP_NET_TO_MEDIA_TYPE)
IPV6_MEDIA = (IPV6_NET_TO_MEDIA_PHYS_ADDRESS, IPV6_NET_TO_MEDIA_TYPE)

INVALID = 2
KINDS = {1: "other", 3: "dynamic", 4: "static", 5: "local"}
"""IpNetToPhysicalType; ipNetToMediaType has the first four."""
IPV6_KINDS = {1: "other", 2: "dynamic", 3: "static", 4: "local"}
"""ipv6NetToMediaType (RFC 2465), which has no "invalid"."""


class ArpCollector:
    """Reads ipNetToPhysicalTable (RFC 4293), and ipNetToMediaTable, which older agents have.

    Entries without a hardware address (incomplete) and entries called invalid are left out.
    """

    subject = "arp"
    period_setting = "arp"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read both tables into one list; an empty one when the device has neither.

        Raises:
            DeviceError: Nothing could be read.
        """
        sources = Sources(session, visit, self.period_setting)
        rows: dict[tuple[int, str], ArpReading] = {}
        physical = await sources.read("IP-MIB ipNetToPhysicalTable", PHYSICAL)
        media = await sources.read("IP-MIB ipNetToMediaTable", MEDIA)
        readings = [*_read_physical(*physical.values()), *_read_media(*media.values())]
        if not any(":" in reading.address for reading in readings):
            older = await sources.read("IPV6-MIB", IPV6_MEDIA)
            readings += _read_ipv6_media(*older.values())
        for reading in readings:
            if not is_nowhere(reading.address):
                rows.setdefault((reading.if_index, reading.address), reading)
        sources.finish()
        visit.result.arp = list(rows.values())


def _read_physical(macs: Column, kinds: Column) -> Iterator[ArpReading]:
    for index, value in macs.items():
        kind = kinds.get(index)
        mac, address = format_mac(value), address_from_inet_index(index[1:])
        if mac and address and kind != INVALID:
            yield ArpReading(address, mac, index[0], _word(kind, KINDS))


def _read_media(macs: Column, kinds: Column) -> Iterator[ArpReading]:
    for index, value in macs.items():
        # Some agents put the type of the address before it: ifIndex, 1, four octets.
        octets: Index = index[2:] if len(index) == 6 else index[1:]
        kind = kinds.get(index)
        mac, address = format_mac(value), address_from_arcs(octets) if len(octets) == 4 else None
        if mac and address and kind != INVALID:
            yield ArpReading(address, mac, index[0], _word(kind, KINDS))


def _read_ipv6_media(macs: Column, kinds: Column) -> Iterator[ArpReading]:
    for index, value in macs.items():
        octets: Index = index[2:] if len(index) == 18 else index[1:]
        mac, address = format_mac(value), address_from_arcs(octets) if len(octets) == 16 else None
        if mac and address:
            yield ArpReading(address, mac, index[0], _word(kinds.get(index), IPV6_KINDS))


def _word(kind: object, words: dict[int, str]) -> str:
    return words.get(kind, "dynamic") if isinstance(kind, int) else "dynamic"
