"""The socket: real datagrams on loopback, asked by our own engine."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from netops import errors
from netops.model.access import CommunityCredential, Credential, SnmpAccess
from netops.simulator.errors import SimulatorError
from netops.simulator.faults import Faults
from netops.simulator.simulation import SIMULATOR_USER, Simulation
from netops.snmp import codec
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import EngineSession, open_session
from simulator.asking import HC_IN_OCTETS, IF_NAME, SYS_NAME, build_request, read_reply

V2C = CommunityCredential("2c", "public")
REQUEST = build_request(codec.GET, [SYS_NAME])


@pytest.fixture
async def simulation() -> AsyncIterator[Simulation]:
    started = Simulation(kind="switch48", devices=3, port=0)
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def engine() -> AsyncIterator[SnmpEngine]:
    started = SnmpEngine()
    await started.start()
    yield started
    await started.stop()


def session(
    engine: SnmpEngine,
    simulation: Simulation,
    name: str,
    credential: Credential = V2C,
    *,
    timeout: float = 5.0,
) -> EngineSession:
    device = simulation.device(name)
    access = SnmpAccess(device.address, credential, simulation.port, timeout_seconds=timeout, retries=1)
    return open_session(engine, access)


@pytest.mark.parametrize(
    "credential",
    [CommunityCredential("1", "public"), V2C, SIMULATOR_USER],
    ids=["v1", "v2c", "v3"],
)
async def test_each_device_answers_at_its_own_address(
    engine: SnmpEngine, simulation: Simulation, credential: Credential
) -> None:
    for device in simulation.devices:
        (varbind,) = await session(engine, simulation, device.name, credential).get([SYS_NAME])
        assert varbind.value == device.name.encode()


async def test_our_engine_reads_whole_columns_over_v3(engine: SnmpEngine, simulation: Simulation) -> None:
    asking = session(engine, simulation, "sw-2", SIMULATOR_USER)
    names, octets = await asking.read_columns([IF_NAME, HC_IN_OCTETS])
    assert len(names) == len(octets) == 50
    assert names[10101,] == b"Gi1/0/1"


@pytest.mark.parametrize(
    "fault",
    [Faults(bad_id=True), Faults(duplicate=True), Faults(latency_ms=30, jitter_ms=20)],
    ids=["bad id first", "duplicate", "latency"],
)
async def test_what_an_engine_must_bear_it_bears(
    engine: SnmpEngine, simulation: Simulation, fault: Faults
) -> None:
    simulation.device("sw-1").faults = fault
    names, _octets = await session(engine, simulation, "sw-1").read_columns([IF_NAME, HC_IN_OCTETS])
    assert len(names) == 50


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Faults(silence=True), errors.NoAnswer),
        (Faults(gen_err=True), errors.ErrorStatus),
        (Faults(loop=True), errors.OidNotIncreasing),
        (Faults(truncated=True), errors.MalformedReply),
    ],
    ids=["silence", "genErr", "loop", "truncated"],
)
async def test_what_an_engine_cannot_bear_it_names(
    engine: SnmpEngine, simulation: Simulation, fault: Faults, error: type[errors.DeviceError]
) -> None:
    simulation.device("sw-1").faults = fault
    with pytest.raises(error):
        await session(engine, simulation, "sw-1", timeout=0.1).read_columns([IF_NAME])


async def test_a_silent_device_leaves_the_others_in_peace(engine: SnmpEngine, simulation: Simulation) -> None:
    simulation.device("sw-1").faults = Faults(silence=True)
    silent = asyncio.create_task(session(engine, simulation, "sw-1", timeout=0.2).get([SYS_NAME]))
    (varbind,) = await session(engine, simulation, "sw-3").get([SYS_NAME])
    assert varbind.value == b"sw-3"
    with pytest.raises(errors.NoAnswer):
        await silent


async def exchange(simulation: Simulation, *targets: str) -> list[tuple[str, bytes]]:
    """Send one request to each address from one socket; give the first reply, and where it came from."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.bind(("127.0.0.1", 0))
        for target in targets:
            await loop.sock_sendto(asking, REQUEST, (target, simulation.port))
        data, sender = await asyncio.wait_for(loop.sock_recvfrom(asking, 2000), 5)
        return [(sender[0], data)]


async def test_an_address_without_a_device_is_silent(simulation: Simulation) -> None:
    ((sender, data),) = await exchange(simulation, "127.1.0.200", "127.0.0.1", "127.1.0.2")
    assert sender == "127.1.0.2"
    assert read_reply(data).values == [b"sw-2"]


async def test_a_device_whose_queue_is_full_loses_replies(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netops.simulator.server._MOST_DELAYED", 0)
    simulation.device("sw-1").faults = Faults(latency_ms=1)
    ((sender, _data),) = await exchange(simulation, "127.1.0.1", "127.1.0.2")
    assert sender == "127.1.0.2"
    assert simulation.dropped == 1


async def test_stopping_forgets_what_is_delayed_and_frees_the_port(simulation: Simulation) -> None:
    simulation.device("sw-1").faults = Faults(latency_ms=600_000)
    ((sender, _data),) = await exchange(simulation, "127.1.0.1", "127.1.0.2")
    assert sender == "127.1.0.2"
    port = simulation.port
    await simulation.stop()
    again = Simulation(kind="switch48", port=port)
    await again.start()
    assert again.port == port
    await again.stop()


async def test_a_port_that_is_taken_is_named(simulation: Simulation) -> None:
    other = Simulation(kind="switch48", port=simulation.port)
    with pytest.raises(SimulatorError, match=f"UDP port {simulation.port} cannot be taken"):
        await other.start()
    await other.stop()


async def test_a_port_that_cannot_be_is_named() -> None:
    with pytest.raises(SimulatorError, match="UDP port 70000 cannot be taken"):
        await Simulation(kind="switch48", port=70_000).start()
