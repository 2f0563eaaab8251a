"""The devices of the simulated networks, as blueprints."""

from netops.simulator.blueprint import SOFTWARE_LOOPBACK, VLAN, Blueprint, Filler, Port
from netops.simulator.mibs.bridge import bridge
from netops.simulator.mibs.entity import Measure, Part, Physical, Unit, entities, sway
from netops.simulator.mibs.host import Disk, Machine, host
from netops.simulator.mibs.interfaces import fill_addresses, fill_interfaces
from netops.simulator.mibs.lldp import lldp
from netops.simulator.mibs.power import pdu, ups
from netops.simulator.mibs.printer import fill_printer
from netops.simulator.mibs.system import system

_TEN_GIGABIT = 10_000_000_000
_HUNDRED_MEGABIT = 100_000_000
_CONTACT = "noc@example.net"
_BRIDGE = b"\x20"  # LldpSystemCapabilitiesMap: bridge(2)
_BRIDGE_ROUTER = b"\x28"  # bridge(2), router(4)
_ROUTER = b"\x08"
_STATION = b"\x01"  # stationOnly(7)
_CISCO_SWITCH = "1.3.6.1.4.1.9.1.1208"
_CISCO_ROUTER = "1.3.6.1.4.1.9.1.1861"
_FORTIGATE = "1.3.6.1.4.1.12356.101.1.1041"
_NET_SNMP_LINUX = "1.3.6.1.4.1.8072.3.2.10"
_EATON_UPS = "1.3.6.1.4.1.534.1"
_APC_RACK_PDU = "1.3.6.1.4.1.318.1.3.4.6"
_POSEIDON = "1.3.6.1.4.1.21796.3.3"
_HP_PRINTER = "1.3.6.1.4.1.11.2.3.9.1"
_SWITCH_TEXT = "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E8, simulated"
_ROUTER_TEXT = "Cisco IOS Software [Amsterdam], ASR1000 Software, Version 17.3.6, simulated"
_GIB = 2**30
_VLANS = {1: "default", 10: "office", 20: "voice", 30: "servers", 99: "management"}


def _access_ports(networks: tuple[str, ...] = ()) -> tuple[Port, ...]:
    """48 gigabit ports, the VLAN interface and the management port: 50 rows."""
    ports = [
        Port(
            f"Gi1/0/{number}",
            f"GigabitEthernet1/0/{number}",
            alias=f"room {200 + number}",
            up=number % 12 != 0 or number == 48,
            vlan=20 if number % 6 == 5 else 10,
        )
        for number in range(1, 49)
    ]
    ports.append(Port("Vl99", "Vlan99", alias="management", type=VLAN, networks=networks))
    ports.append(Port("Fa0", "FastEthernet0", speed_bps=_HUNDRED_MEGABIT, vlan=99))
    return tuple(ports)


def switch48() -> Blueprint:
    """Plan the switch of benchmarks: 50 interfaces with every column, and nothing else."""
    location = "rack 4, room 12"
    words = system(_SWITCH_TEXT, _CISCO_SWITCH, location, _CONTACT, 2)
    return Blueprint(
        name="switch48",
        description=_SWITCH_TEXT,
        object_id=_CISCO_SWITCH,
        location=location,
        ports=_access_ports(),
        fillers=(words, fill_interfaces),
        services=2,
        first_if_index=10101,
        tags=("access", "simulated"),
    )


def mixed(room: int) -> dict[str, Blueprint]:
    """Plan one room of the mixed network, in the order in which addresses are given out."""
    subnet = f"10.20.{room & 0xFF}"
    return {
        "core-1": _core(1, room, subnet),
        "core-2": _core(2, room, subnet),
        **{f"access-{number}": _access(number, room, subnet) for number in range(1, 5)},
        "firewall": _firewall(room, subnet),
        "web-1": _server("web-1", room, f"{subnet}.31/24", 4, 22.0),
        "db-1": _server("db-1", room, f"{subnet}.32/24", 8, 38.0),
        "ups-1": _ups(room, subnet),
        "pdu-1": _pdu(room, subnet),
        "sensor-1": _sensor(room, subnet),
        "printer-1": _printer(room, subnet),
    }


def _plan(
    name: str,
    text: str,
    object_id: str,
    location: str,
    ports: tuple[Port, ...],
    fillers: tuple[Filler, ...],
    *,
    services: int = 72,
    capabilities: bytes | None = None,
    tags: tuple[str, ...] = (),
    credential: str = "sim-v2c",
    first_if_index: int = 1,
) -> Blueprint:
    """Put the fillers that every device has before its own."""
    common: tuple[Filler, ...] = (
        system(text, object_id, location, _CONTACT, services),
        fill_interfaces,
        fill_addresses,
    )
    if capabilities is not None:
        common += (lldp(text, capabilities),)
    return Blueprint(
        name=name,
        description=text,
        object_id=object_id,
        location=location,
        ports=ports,
        fillers=common + fillers,
        services=services,
        capabilities=capabilities,
        tags=(*tags, "simulated"),
        credential=credential,
        first_if_index=first_if_index,
    )


def _place(room: int, rack: int) -> str:
    return f"room {11 + room}, rack {rack}"


def _core(number: int, room: int, subnet: str) -> Blueprint:
    ports = tuple(
        Port(
            f"Te0/0/{port}",
            f"TenGigabitEthernet0/0/{port}",
            alias=alias,
            speed_bps=_TEN_GIGABIT,
            mtu=9216,
            up=port < 6,
            networks=(f"10.30.{room & 0xFF}.{number * 64 + port * 4 + 1}/30",) if port < 6 else (),
        )
        for port, alias in enumerate(
            ("to the other core", *[f"to access-{switch}" for switch in range(1, 5)], "to firewall", "", "")
        )
    )
    ports += (
        Port("Vl99", "Vlan99", alias="management", type=VLAN, networks=(f"{subnet}.{number}/24",)),
        Port("Lo0", "Loopback0", type=SOFTWARE_LOOPBACK, speed_bps=8_000_000_000, mtu=1514),
    )
    return _plan(
        "core",
        _ROUTER_TEXT,
        _CISCO_ROUTER,
        _place(room, 1),
        ports,
        (entities(_core_parts(number, room)),),
        services=78,
        capabilities=_ROUTER,
        tags=("core",),
        credential="sim-v3",
    )


def _core_parts(number: int, room: int) -> tuple[Part, ...]:
    return (
        Part(
            1,
            "Chassis",
            Physical.CHASSIS,
            0,
            "ASR1001-X",
            f"SIM{room:02}CORE{{number:03}}",
            "Cisco",
            software="17.3.6",
        ),
        Part(
            2,
            "Power Supply 0",
            Physical.POWER_SUPPLY,
            1,
            "ASR1001-X-PWR-AC",
            f"SIMPS{room}0{{number:03}}",
            "Cisco",
        ),
        Part(
            3,
            "Power Supply 1",
            Physical.POWER_SUPPLY,
            1,
            "ASR1001-X-PWR-AC",
            f"SIMPS{room}1{{number:03}}",
            "Cisco",
        ),
        Part(4, "Fan Tray", Physical.FAN, 1, "ASR1001-X-FAN", "", "Cisco"),
        _thermometer(10, "Inlet temperature", 1, sway(27, 2, 7200, number, warming=14)),
        _thermometer(11, "CPU temperature", 1, sway(46, 4, 3600, number, warming=12)),
        Part(
            12, "Fan speed", Physical.SENSOR, 4, unit=Unit.RPM, measure=sway(6400, 250, 1800), display="rpm"
        ),
    )


def _thermometer(index: int, name: str, parent: int, measure: Measure) -> Part:
    return Part(
        index, name, Physical.SENSOR, parent, unit=Unit.CELSIUS, precision=1, measure=measure, display="°C"
    )


def _access(number: int, room: int, subnet: str) -> Blueprint:
    uplinks = tuple(
        Port(
            f"Te1/1/{core}",
            f"TenGigabitEthernet1/1/{core}",
            alias=f"to core-{core}",
            speed_bps=_TEN_GIGABIT,
            vlan=1,
        )
        for core in (1, 2)
    )
    parts = (
        Part(
            1,
            "Switch 1",
            Physical.CHASSIS,
            0,
            "WS-C2960X-48TD-L",
            f"SIM{room:02}ACC{{number:03}}",
            "Cisco",
            software="15.2(7)E8",
        ),
        Part(2, "Power Supply", Physical.POWER_SUPPLY, 1, "PWR-CLX-250", "", "Cisco"),
        _thermometer(10, "System temperature", 1, sway(38, 2, 5400, number, warming=12)),
    )
    return _plan(
        "access",
        _SWITCH_TEXT,
        _CISCO_SWITCH,
        _place(room, number),
        _access_ports((f"{subnet}.{10 + number}/24",)) + uplinks,
        (bridge(_VLANS, trunks=frozenset(("Te1/1/1", "Te1/1/2"))), entities(parts)),
        services=2,
        capabilities=_BRIDGE,
        tags=("access",),
        first_if_index=10101,
    )


def _firewall(room: int, subnet: str) -> Blueprint:
    names = ("port1", "port2", "wan1", "wan2")
    ports = tuple(
        Port(
            name,
            name,
            alias="to the provider" if name == "wan1" else "",
            up=name != "wan2",
            networks=(f"198.51.100.{room & 0x7F}/24",)
            if name == "wan1"
            else (f"{subnet}.{5 + at}/24",)
            if at < 2
            else (),
        )
        for at, name in enumerate(names)
    )
    parts = (
        Part(
            1,
            "FortiGate-100E",
            Physical.CHASSIS,
            0,
            "FGT_100E",
            f"FG100ESIM{room:02}{{number:03}}",
            "Fortinet",
            software="v7.0.12",
        ),
        _thermometer(10, "On-board temperature", 1, sway(41, 2, 4000, warming=12)),
    )
    return _plan(
        "firewall",
        "FortiGate-100E, simulated",
        _FORTIGATE,
        _place(room, 1),
        ports,
        (entities(parts),),
        services=78,
        capabilities=_BRIDGE_ROUTER,
        tags=("firewall",),
        credential="sim-v3",
    )


def _server(name: str, room: int, network: str, processors: int, load: float) -> Blueprint:
    ports = (
        Port("lo", "lo", type=SOFTWARE_LOOPBACK, speed_bps=10_000_000, mtu=65536, networks=("127.0.0.1/8",)),
        Port("eth0", "eth0", alias="front", networks=(network,)),
        Port("eth1", "eth1", alias="spare", up=False),
    )
    machine = Machine(
        processors=processors,
        memory_bytes=processors * 8 * _GIB,
        swap_bytes=4 * _GIB,
        disks=(
            Disk("/", "sda", 80 * _GIB, 0.41),
            Disk("/var", "sdb", 400 * _GIB, 0.63, 900_000.0),
            Disk("/srv", "sdc", 3000 * _GIB, 0.72, 2_400_000.0),
        ),
        load_percent=load,
    )
    return _plan(
        name,
        f"Linux {name} 6.1.0-40-amd64 #1 SMP PREEMPT_DYNAMIC Debian x86_64, simulated",
        _NET_SNMP_LINUX,
        _place(room, 2),
        ports,
        (host(machine),),
        capabilities=_STATION,
        tags=("server",),
        credential="sim-v3",
    )


def _management_card(network: str) -> tuple[Port, ...]:
    return (Port("eth0", "eth0", alias="management", speed_bps=_HUNDRED_MEGABIT, networks=(network,)),)


def _ups(room: int, subnet: str) -> Blueprint:
    return _plan(
        "ups",
        "Eaton 9PX 5000i RT3U, simulated",
        _EATON_UPS,
        _place(room, 1),
        _management_card(f"{subnet}.41/24"),
        (ups(),),
        tags=("power",),
    )


def _pdu(room: int, subnet: str) -> Blueprint:
    return _plan(
        "pdu",
        "APC Switched Rack PDU (MB:v4.1.0 PF:v6.9.6 PN:apc_hw05_aos_696.bin AF1:v6.9.6), simulated",
        _APC_RACK_PDU,
        _place(room, 1),
        _management_card(f"{subnet}.42/24"),
        (pdu(),),
        tags=("power",),
    )


def _sensor(room: int, subnet: str) -> Blueprint:
    parts = (
        Part(
            1,
            "Room monitor",
            Physical.CHASSIS,
            0,
            "Poseidon 4002",
            f"SIMPOS{room:02}{{number:03}}",
            "HW group",
        ),
        _thermometer(101, "Cold aisle", 1, sway(22.5, 1.2, 10_800, warming=15)),
        _thermometer(102, "Hot aisle", 1, sway(33.0, 1.8, 10_800, 0.4, warming=15)),
        Part(
            103,
            "Room humidity",
            Physical.SENSOR,
            1,
            unit=Unit.PERCENT_HUMIDITY,
            precision=1,
            measure=sway(45, 4, 21_600),
            display="%RH",
        ),
    )
    return _plan(
        "sensor",
        "Poseidon 4002 SNMP Supervisor v2.0.15, simulated",
        _POSEIDON,
        _place(room, 2),
        _management_card(f"{subnet}.43/24"),
        (entities(parts),),
        tags=("room",),
    )


def _printer(room: int, subnet: str) -> Blueprint:
    return _plan(
        "printer",
        "HP ETHERNET MULTI-ENVIRONMENT, HP Color LaserJet M553, simulated",
        _HP_PRINTER,
        f"room {11 + room}, hallway",
        _management_card(f"{subnet}.50/24"),
        (fill_printer,),
        tags=("printer",),
    )
