"""Neighbours: what the device hears by LLDP, CDP, EDP and FDP."""

from netops.collectors.cells import integers
from netops.collectors.inet import address_from_value, is_nowhere
from netops.collectors.known_interfaces import KnownInterfaces
from netops.collectors.lldp import STANDARD, TIMETRA, VERSION_2, read_lldp, unique
from netops.collectors.sources import Sources, enterprise_of
from netops.collectors.text import decode_line
from netops.collectors.visit import Visit
from netops.model.neighbour import NeighbourReading
from netops.snmp.types import Column, Index, Oid, SnmpSession, Value

CDP = Oid.parse("1.3.6.1.4.1.9.9.23.1.2.1.1")
FDP = Oid.parse("1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1")
EDP = Oid.parse("1.3.6.1.4.1.1916.1.13.2.1")
EDP_NAME, EDP_VERSION, EDP_SLOT, EDP_PORT = (EDP / place for place in (3, 4, 5, 6))
EDP_VLAN_ADDRESS = Oid.parse("1.3.6.1.4.1.1916.1.13.3.1.3")
FDP_VENDOR = FDP / 10
TP_LINK_LLDP = Oid.parse("1.3.6.1.4.1.11863.6.35.1.2.2.1")
EXTREME, FOUNDRY, NOKIA, TP_LINK = 1916, 1991, 6527, 11863
"""Enterprise numbers."""
HEARD_AS_CDP = 2
"""snFdpCacheVendorId: the neighbour speaks CDP."""
NO_DEVICE = frozenset({"", "Not advertised"})


class NeighboursCollector:
    """Reads the neighbours by every protocol the device tells of; each neighbour once per protocol."""

    subject = "neighbours"
    period_setting = "neighbours"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read LLDP-MIB, else LLDP-V2-MIB; CISCO-CDP-MIB; EXTREME-EDP-MIB; FOUNDRY-SN-SWITCH-GROUP-MIB.

        Raises:
            DeviceError: Nothing could be read.
        """
        sources = Sources(session, visit, self.period_setting)
        interfaces = KnownInterfaces.of(visit)
        readings: list[NeighbourReading] = []
        maker = enterprise_of(visit)
        tables = (STANDARD, VERSION_2, TIMETRA) if maker == NOKIA else (STANDARD, VERSION_2)
        for table in tables:
            # A device with both tells the same in both.
            readings = readings or await read_lldp(sources, table, interfaces)
        if maker == TP_LINK and not readings:
            readings = await _read_tplink(sources, interfaces)
        readings += await _read_cdp(sources, interfaces)  # many makers have it, not Cisco alone
        if maker == FOUNDRY:
            readings += await _read_fdp(sources, interfaces)
        if maker == EXTREME:
            readings += await _read_edp(sources, interfaces)
        sources.finish()
        visit.result.neighbours = list(unique(readings))


async def _read_cdp(sources: Sources, interfaces: KnownInterfaces) -> list[NeighbourReading]:
    """Read cdpCacheTable (CISCO-CDP-MIB), whose index is ifIndex and a number."""
    return await _read_cache(sources, "CISCO-CDP-MIB", CDP, interfaces)


async def _read_fdp(sources: Sources, interfaces: KnownInterfaces) -> list[NeighbourReading]:
    """Read snFdpCacheTable of Foundry, Brocade and Ruckus, laid out like Cisco's; it holds CDP speakers too."""
    return await _read_cache(sources, "FOUNDRY-SN-SWITCH-GROUP-MIB", FDP, interfaces)


async def _read_cache(
    sources: Sources, name: str, entry: Oid, interfaces: KnownInterfaces
) -> list[NeighbourReading]:
    address, version, device, port, platform = (entry / place for place in (4, 5, 6, 7, 8))
    if entry == FDP:
        device, address, version = entry / 3, entry / 5, entry / 6
    columns = (device, address, version, port, platform)
    found = await sources.read(name, columns if entry == CDP else (*columns, FDP_VENDOR))
    vendors: Column = found.get(FDP_VENDOR, {})
    readings = []
    for index in found[device]:
        remote = decode_line(found[device][index])
        if len(index) != 2 or remote in NO_DEVICE:
            continue
        is_cdp = entry == CDP or vendors.get(index) == HEARD_AS_CDP
        told = [decode_line(found[column].get(index)) for column in (platform, version)]
        readings.append(
            NeighbourReading(
                protocol="cdp" if is_cdp else "fdp",
                local_interface=interfaces.key(index[0]),
                remote_device=remote,
                remote_interface=decode_line(found[port].get(index)),
                remote_address=_usable(found[address].get(index)),
                remote_chassis="",
                remote_port="",
                remote_description=", ".join(text.strip('"') for text in told if text),
            )
        )
    return readings


async def _read_edp(sources: Sources, interfaces: KnownInterfaces) -> list[NeighbourReading]:
    """Read extremeEdpTable (EXTREME-EDP-MIB), whose index is ifIndex and the neighbour's 8-octet identifier."""
    columns = (EDP_NAME, EDP_VERSION, EDP_SLOT, EDP_PORT, EDP_VLAN_ADDRESS)
    found = await sources.read("EXTREME-EDP-MIB", columns)
    addresses: dict[Index, str] = {}
    for index, value in found[EDP_VLAN_ADDRESS].items():
        if text := _usable(value):
            addresses.setdefault(index[:9], text)
    slots = integers(found[EDP_SLOT], EDP_SLOT, sources.misfits)
    ports = integers(found[EDP_PORT], EDP_PORT, sources.misfits)
    readings = []
    for index, value in found[EDP_NAME].items():
        identifier = index[1:9]
        if len(identifier) != 8 or not all(arc < 256 for arc in identifier):
            continue
        chassis = bytes(identifier[2:]).hex(":")  # two octets of priority stand before the MAC address
        readings.append(
            NeighbourReading(
                protocol="edp",
                local_interface=interfaces.key(index[0]),
                remote_device=decode_line(value) or chassis,
                remote_interface=_edp_port(slots.get(index), ports.get(index)),
                remote_address=addresses.get(index[:9], ""),
                remote_chassis=chassis,
                remote_description=decode_line(found[EDP_VERSION].get(index)),
            )
        )
    return readings


async def _read_tplink(sources: Sources, interfaces: KnownInterfaces) -> list[NeighbourReading]:
    """Read lldpNeighborInfoTable (TPLINK-LLDPINFO-MIB) of JetStream switches: text throughout, index ifIndex and a number."""
    chassis, port, label, name, description, address = (
        TP_LINK_LLDP / place for place in (4, 6, 8, 9, 10, 13)
    )
    found = await sources.read("TPLINK-LLDPINFO-MIB", (chassis, port, label, name, description, address))
    readings = []
    for index in dict.fromkeys((*found[chassis], *found[name])):
        texts = {column: decode_line(cells.get(index)) for column, cells in found.items()}
        if len(index) == 2 and (texts[chassis] or texts[name]):
            readings.append(
                NeighbourReading(
                    protocol="lldp",
                    local_interface=interfaces.key(index[0]),
                    remote_device=texts[name] or texts[chassis].lower(),
                    remote_interface=texts[port] or texts[label],
                    remote_address=_usable(found[address].get(index)),
                    remote_chassis=texts[chassis].lower(),
                    remote_port=texts[port],
                    remote_description=texts[description],
                )
            )
    return readings


def _edp_port(slot: int | None, port: int | None) -> str:
    if port is None:
        return ""
    return f"{slot}:{port}" if slot else str(port)


def _usable(value: Value) -> str:
    """Give an address, "" for none and for 0.0.0.0, which stands where the neighbour has none."""
    address = address_from_value(value)
    return "" if address is None or is_nowhere(address) else address
