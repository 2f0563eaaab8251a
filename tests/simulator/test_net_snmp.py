"""Net-snmp's own programs ask the simulated agents, with every version and pair that they offer."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from netops.model.access import CommunityCredential, Credential
from netops.simulator.faults import Faults
from netops.simulator.simulation import SIMULATOR_USER, Simulation
from netops.snmp.types import Oid
from peers.snmpd import credential_options, offered_pairs, parse_walk, user_for

pytestmark = pytest.mark.peer("snmpget", "snmpwalk", "snmpbulkwalk")

V1 = CommunityCredential("1", "public")
V2C = CommunityCredential("2c", "public")
SYS_NAME = "1.3.6.1.2.1.1.5.0"
USERS = [SIMULATOR_USER, user_for(None)]


def _all_users() -> list[Credential]:
    return [user_for(*pair) for pair in offered_pairs()] if _has_snmpget() else []


def _has_snmpget() -> bool:
    return any(os.access(os.path.join(folder, "snmpget"), os.X_OK) for folder in os.get_exec_path())  # noqa: PTH118


@pytest.fixture
async def network() -> AsyncIterator[Simulation]:
    users = [*USERS, *_all_users()]
    started = Simulation(kind="mixed", port=0, users=users)  # type: ignore[arg-type] # users, all of them
    await started.start()
    yield started
    await started.stop()


async def run(
    network: Simulation, program: str, credential: Credential, device: str, *words: str
) -> tuple[int, str]:
    target = f"udp:{network.device(device).address}:{network.port}"
    options = ["-m", "", "-OnxtUe", "-t", "2", "-r", "1", *credential_options(credential)]
    process = await asyncio.create_subprocess_exec(
        program,
        *options,
        target,
        *words,
        env={**os.environ, "MIBS": "", "LC_ALL": "C", "SNMPCONFPATH": "/nonexistent"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _nothing = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode(errors="surrogateescape")


@pytest.mark.parametrize(
    "credential",
    [V1, V2C, SIMULATOR_USER, user_for(None), *_all_users()],
    ids=lambda credential: getattr(credential, "user", None) or f"v{credential.version}",
)
async def test_snmpget_reads_the_name_with_every_credential(
    network: Simulation, credential: Credential
) -> None:
    code, output = await run(network, "snmpget", credential, "access-1", SYS_NAME)
    assert code == 0, output
    assert "61 63 63 65 73 73 2D 31" in output  # access-1


@pytest.mark.parametrize(
    ("program", "credential"),
    [("snmpwalk", V1), ("snmpwalk", V2C), ("snmpbulkwalk", V2C), ("snmpbulkwalk", SIMULATOR_USER)],
    ids=["v1", "v2c", "v2c bulk", "v3 bulk"],
)
async def test_a_walk_finds_every_variable_of_every_device_in_order(
    network: Simulation, program: str, credential: Credential
) -> None:
    for device in network.devices:
        code, output = await run(network, program, credential, device.name, ".1")
        assert code == 0, output
        found = [bytes(oid) for oid in parse_walk(output)]
        expected = [
            oid
            for at, oid in enumerate(device.shape.oids)
            if credential is not V1 or at not in device.shape.wide
        ]
        assert found == expected


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        ("1.3.6.1.2.1.33.1.1.1.0", "45 61 74 6F 6E"),  # Eaton
        ("1.3.6.1.2.1.33.1.4.1.0", "3"),
        ("1.3.6.1.2.1.1.2.0", ".1.3.6.1.4.1.534.1"),
    ],
)
async def test_values_read_as_they_were_meant(network: Simulation, oid: str, value: str) -> None:
    _code, output = await run(network, "snmpget", V2C, "ups-1", oid)
    assert parse_walk(output)[Oid.parse(oid)][1].strip() == value


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["-A", "wrong-password"], "Authentication failure"),
        (["-X", "wrong-password"], "Decryption error"),
        (["-u", "nobody"], "Unknown user name"),
        (["-l", "authNoPriv"], "authorizationError"),
        (["-n", "vlan-7"], "context"),
    ],
)
async def test_net_snmp_names_each_refusal(network: Simulation, changes: list[str], words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "snmpget",
        *["-m", "", "-t", "2", "-r", "0", *credential_options(SIMULATOR_USER), *changes],
        f"udp:127.1.0.1:{network.port}",
        SYS_NAME,
        env={**os.environ, "MIBS": "", "LC_ALL": "C", "SNMPCONFPATH": "/nonexistent"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _nothing = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode != 0
    assert words in output.decode()


async def test_net_snmp_notices_a_loop(network: Simulation) -> None:
    network.device("core-1").faults = Faults(loop=True)
    code, output = await run(network, "snmpwalk", V2C, "core-1", "1.3.6.1.2.1.2.2.1.2")
    assert code != 0
    assert "OID not increasing" in output


async def test_net_snmp_finds_its_way_after_a_reboot(network: Simulation) -> None:
    assert (await run(network, "snmpget", SIMULATOR_USER, "core-1", SYS_NAME))[0] == 0
    network.device("core-1").reboot()
    assert (await run(network, "snmpget", SIMULATOR_USER, "core-1", SYS_NAME))[0] == 0
