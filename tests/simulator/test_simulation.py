"""Whole networks: addresses, seeds, cables, truth, and the files that a daemon reads."""

from ipaddress import IPv4Address

import pytest
import yaml

from netops.model.access import UserCredential
from netops.model.interface import COUNTER_NAMES, InterfaceStatus
from netops.settings.devices import DevicesFile
from netops.simulator.device import SimulatedDevice
from netops.simulator.errors import SimulatorError
from netops.simulator.simulation import Simulation, loopback_addresses
from netops.snmp import codec
from netops.snmp.types import Oid
from simulator.asking import HC_IN_OCTETS, IF_NAME, IF_X_ENTRY, SYS_NAME, build, build_request, column, get

REMOTE = Oid.parse("1.0.8802.1.1.2.1.4.1.1")
LOCAL_PORT = Oid.parse("1.0.8802.1.1.2.1.3.7.1")
CHASSIS_ID = Oid.parse("1.0.8802.1.1.2.1.3.2.0")
CARRIED = COUNTER_NAMES[:8]


@pytest.fixture
def mixed() -> Simulation:
    return build("mixed")[0]


def neighbours(device: SimulatedDevice) -> set[tuple[str, str, str]]:
    """Read (local port, remote device, remote port) as a manager would."""
    locals_ = column(device, LOCAL_PORT / 3)
    ports, names = column(device, REMOTE / 7), column(device, REMOTE / 9)
    return {(_text(locals_[index[1],]), _text(names[index]), _text(port)) for index, port in ports.items()}


def _text(value: object) -> str:
    assert isinstance(value, bytes)
    return value.decode()


# --- cables


def test_mixed_is_the_network_of_the_demonstration(mixed: Simulation) -> None:
    kinds = [device.blueprint.name for device in mixed.devices]
    assert len(kinds) == 13
    assert kinds.count("core") == 2
    assert kinds.count("access") == 4
    assert {"firewall", "web-1", "db-1", "ups", "pdu", "sensor", "printer"} < set(kinds)


def test_every_neighbour_sees_the_other_end_of_the_same_cable(mixed: Simulation) -> None:
    seen = {
        (device.name, port, peer, peer_port)
        for device in mixed.devices
        for port, peer, peer_port in neighbours(device)
    }
    assert len(seen) >= 24
    assert {(peer, peer_port, name, port) for name, port, peer, peer_port in seen} == seen


def test_a_neighbours_chassis_is_the_one_it_tells_itself(mixed: Simulation) -> None:
    core = mixed.device("core-1")
    names, chassis = column(core, REMOTE / 9), column(core, REMOTE / 5)
    for index, name in names.items():
        assert get(mixed.device(_text(name)), CHASSIS_ID) == [chassis[index]]


def test_both_ends_of_every_link_count_the_same_at_any_time() -> None:
    simulation, clock = build("mixed")
    for seconds in (0, 61.7, 5000.25):
        clock.wind(seconds)
        for device in simulation.devices:
            for row, (peer, peer_row) in device.links.items():
                near = device.truth(device.interfaces[row])
                far = peer.truth(peer.interfaces[peer_row])
                for name in CARRIED:
                    other = name.replace("in_", "?").replace("out_", "in_").replace("?", "out_")
                    assert near.counters[name] == far.counters[other]
                    assert near.rates[name] == far.rates[other]


def test_both_ends_agree_on_the_wire(mixed: Simulation) -> None:
    core, access = mixed.device("core-1"), mixed.device("access-2")
    core_index, access_index = core.truth("Te0/0/2").if_index, access.truth("Te1/1/1").if_index
    sent = get(core, IF_X_ENTRY / 10 / core_index)
    assert sent == get(access, HC_IN_OCTETS / access_index)
    assert sent != [0]


def test_a_cut_link_is_down_at_both_ends_and_its_neighbours_are_gone(mixed: Simulation) -> None:
    core, access = mixed.device("core-1"), mixed.device("access-2")
    core.set_link("Te0/0/2", up=False)
    assert access.truth("Te1/1/1").oper_status == InterfaceStatus.DOWN
    assert ("Te0/0/2", "access-2", "Te1/1/1") not in neighbours(core)
    assert "core-1" not in {peer for _port, peer, _remote in neighbours(access)}
    access.clear()
    assert core.truth("Te0/0/2").oper_status == InterfaceStatus.UP
    assert ("Te0/0/2", "access-2", "Te1/1/1") in neighbours(core)


def test_a_shuffle_keeps_lldp_bridge_ports_and_addresses_with_their_interfaces(mixed: Simulation) -> None:
    access = mixed.device("access-1")
    before = neighbours(access)
    access.shuffle()
    names = {index[0]: name for index, name in column(access, IF_NAME).items()}
    assert neighbours(access) == before
    bridge_ports = column(access, Oid.parse("1.3.6.1.2.1.17.1.4.1.2"))
    assert names[bridge_ports[1,]] == b"Gi1/0/1"  # type: ignore[index] # an ifIndex
    (holder,) = column(access, Oid.parse("1.3.6.1.2.1.4.20.1.2")).values()
    assert names[holder] == b"Vl99"  # type: ignore[index] # an ifIndex


def test_further_rooms_are_of_the_same_make_and_cut_short_where_devices_end() -> None:
    simulation, _clock = build("mixed", 15)
    assert [device.name for device in simulation.devices][13:] == ["r2-core-1", "r2-core-2"]
    assert neighbours(simulation.device("r2-core-1")) == {("Te0/0/0", "r2-core-2", "Te0/0/0")}
    assert len(build("mixed", 1)[0].devices) == 1


# --- counters


@pytest.mark.parametrize("kind", ["switch48", "mixed"])
def test_counters_move_at_the_stated_rate(kind: str) -> None:
    simulation, clock = build(kind)
    for device in simulation.devices:
        for interface in device.interfaces:
            before = device.truth(interface)
            clock.wind(10)
            after = device.truth(interface)
            for name in COUNTER_NAMES:
                mean = (before.rates[name] + after.rates[name]) / 2
                moved = after.counters[name] - before.counters[name]
                assert moved == pytest.approx(mean * 10, rel=1e-4, abs=2)


def test_what_the_agent_says_is_the_truth() -> None:
    simulation, clock = build()
    switch = simulation.devices[0]
    clock.wind(1234.5)
    for if_index, octets in column(switch, HC_IN_OCTETS).items():
        (name,) = get(switch, IF_NAME / if_index)
        truth = switch.truth(_text(name))
        assert truth.if_index == if_index[0]
        assert truth.counters["in_octets"] == octets


def test_the_same_seed_gives_the_same_network_and_another_seed_another() -> None:
    def rates(seed: int) -> dict[str, float]:
        return build(devices=3, seed=seed)[0].truth("sw-3", "Gi1/0/9").rates

    assert rates(1) == rates(1)
    assert rates(1) != rates(2)


def test_equal_switches_share_what_they_show() -> None:
    simulation, _clock = build(devices=50)
    assert len({id(device.shape) for device in simulation.devices}) == 1
    assert get(simulation.devices[49], SYS_NAME) == [b"sw-50"]


def test_each_port_of_each_device_has_a_mac_address_of_its_own() -> None:
    simulation, _clock = build("mixed")
    macs = [
        mac
        for device in simulation.devices
        for mac in column(device, Oid.parse("1.3.6.1.2.1.2.2.1.6")).values()
        if mac
    ]
    assert len(set(macs)) == len(macs)


# --- addresses


def test_addresses_follow_each_other_without_network_and_broadcast_numbers() -> None:
    addresses = loopback_addresses("127.1.0.253", 4)
    assert [str(address) for address in addresses] == ["127.1.0.253", "127.1.0.254", "127.1.1.1", "127.1.1.2"]


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ("10.0.0.1", "10.0.0.1 is not in 127.0.0.0/8"),
        ("0.0.0.0", "not in 127.0.0.0/8"),
        ("::1", "not an IPv4 address: ::1"),
        ("localhost", "not an IPv4 address: localhost"),
    ],
)
def test_addresses_outside_loopback_are_refused(first: str, message: str) -> None:
    with pytest.raises(SimulatorError, match=message):
        build(first_address=first)


def test_running_out_of_loopback_addresses_is_refused() -> None:
    with pytest.raises(SimulatorError, match="stays on loopback"):
        loopback_addresses("127.255.255.250", 10)


@pytest.mark.parametrize("devices", [0, -1, 20_001])
def test_a_number_of_devices_out_of_range_is_refused(devices: int) -> None:
    with pytest.raises(SimulatorError, match="1 to 20000 devices"):
        build(devices=devices)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(SimulatorError, match="mixed, switch48"):
        build("campus")


def test_a_datagram_reaches_the_device_of_its_address_only() -> None:
    simulation, _clock = build(devices=2)
    request = build_request(codec.GET, [SYS_NAME])
    assert simulation.answer(request, "127.1.0.2") == simulation.device("sw-2").answer(request)
    assert simulation.answer(request, "127.1.0.3") == []


def test_an_unknown_device_is_named() -> None:
    with pytest.raises(SimulatorError, match="no such simulated device: sw-9"):
        build()[0].truth("sw-9", "Gi1/0/1")


# --- files


def test_the_devices_file_is_one_that_the_daemon_reads(mixed: Simulation) -> None:
    read = DevicesFile.model_validate(yaml.safe_load(mixed.devices_yaml()))
    assert [entry.name for entry in read.devices] == [device.name for device in mixed.devices]
    assert {entry.credential for entry in read.devices} == {"sim-v2c", "sim-v3"}
    assert {
        entry.credential
        for entry in DevicesFile.model_validate(
            yaml.safe_load(mixed.devices_yaml(credential="sim-v3"))
        ).devices
    } == {"sim-v3"}


def test_the_credentials_are_those_that_the_agents_know(mixed: Simulation) -> None:
    section = yaml.safe_load(mixed.credentials_yaml())["credentials"]
    assert section["sim-v2c"] == {"version": "2c", "community": "public"}
    assert section["sim-v3"] == {
        "version": 3,
        "user": "simulator",
        "auth": "SHA256",
        "auth_password": "simulator-auth",
        "priv": "AES",
        "priv_password": "simulator-priv",
    }


def test_a_plain_user_needs_no_passwords_in_the_file() -> None:
    simulation, _clock = build(users=[UserCredential("plain")])
    section = yaml.safe_load(simulation.credentials_yaml())["credentials"]
    assert section["sim-v3"] == {"version": 3, "user": "plain"}


def test_engine_ids_are_unique_and_carry_the_address(mixed: Simulation) -> None:
    ids = [device.engine_id for device in mixed.devices]
    assert len(set(ids)) == len(ids)
    assert all(IPv4Address(engine_id[-4:]).is_loopback for engine_id in ids)
