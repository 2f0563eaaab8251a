"""The simulator as a process of its own: announced, driven over its input, ended tidily."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from netops.errors import NoAnswer
from netops.model.access import CommunityCredential, SnmpAccess
from netops.simulator.errors import SimulatorError
from netops.simulator.faults import Faults
from netops.simulator.serve import ServeOptions, build, describe, serve
from netops.simulator.simulation import Simulation
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from simulator.asking import SYS_NAME

PROGRAM = """
import asyncio, json, sys
from netops.simulator.serve import ServeOptions, serve
asyncio.run(serve(ServeOptions(**json.loads(sys.argv[1]))))
"""


@asynccontextmanager
async def process(**options: object) -> AsyncIterator[asyncio.subprocess.Process]:
    words = json.dumps({"kind": "switch48", "devices": 2, "port": 0, "json": True, **options})
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def read(started: asyncio.subprocess.Process) -> dict[str, object]:
    assert started.stdout is not None
    line = await asyncio.wait_for(started.stdout.readline(), 30)
    told: dict[str, object] = json.loads(line)
    return told


async def order(started: asyncio.subprocess.Process, line: str) -> dict[str, object]:
    assert started.stdin is not None
    started.stdin.write(f"{line}\n".encode())
    return await read(started)


async def sys_name(port: int, address: str) -> object:
    engine = SnmpEngine()
    await engine.start()
    access = SnmpAccess(address, CommunityCredential("2c", "public"), port, timeout_seconds=0.4, retries=1)
    try:
        return (await open_session(engine, access).get([SYS_NAME]))[0].value
    finally:
        await engine.stop()


async def test_a_process_is_driven_over_its_input_and_ends_with_it() -> None:
    async with process(control=True, faults=["sw-2 silence"]) as started:
        port = (await read(started))["port"]
        assert isinstance(port, int)
        assert await sys_name(port, "127.1.0.1") == b"sw-1"
        with pytest.raises(NoAnswer):
            await sys_name(port, "127.1.0.2")
        assert await order(started, "clear sw-2") == {"ok": True}
        assert await sys_name(port, "127.1.0.2") == b"sw-2"
        assert (await order(started, "dance"))["ok"] is False
        assert started.stdin is not None
        started.stdin.close()
        assert await asyncio.wait_for(started.wait(), 30) == 0
        assert started.stderr is not None
        assert await started.stderr.read() == b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_tidily(number: signal.Signals) -> None:
    async with process() as started:
        await read(started)
        started.send_signal(number)
        assert await asyncio.wait_for(started.wait(), 30) == 0
        assert started.stderr is not None
        assert await started.stderr.read() == b""


async def test_the_announcement_lists_the_devices() -> None:
    async with process() as started:
        told = await read(started)
        assert told["devices"] == [
            {"name": f"sw-{n}", "address": f"127.1.0.{n}", "kind": "switch48", "credential": "sim-v2c"}
            for n in (1, 2)
        ]


async def test_the_files_carry_the_port_that_was_taken(tmp_path: Path) -> None:
    devices, credentials = tmp_path / "devices.yaml", tmp_path / "credentials.yaml"
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        signal.raise_signal(signal.SIGTERM)

    options = ServeOptions(port=0, devices_file=devices, credentials_file=credentials)
    await asyncio.wait_for(serve(options, say), 30)
    entries = yaml.safe_load(devices.read_text())["devices"]
    assert len(entries) == 13
    assert lines == [f"13 simulated devices answer on 127.1.0.1 to 127.1.0.13 port {entries[0]['port']}"]
    assert set(yaml.safe_load(credentials.read_text())["credentials"]) == {"sim-v2c", "sim-v3"}


async def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match=r"absent.devices.yaml cannot be written: No such file"):
        await serve(
            ServeOptions(port=0, devices_file=tmp_path / "absent" / "devices.yaml"), lambda _line: None
        )


async def test_control_from_a_plain_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines"
    path.write_text("devices\n")
    with path.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        with pytest.raises(SimulatorError, match="a pipe or a terminal only"):
            await serve(ServeOptions(port=0, control=True), lambda _line: None)


def test_faults_from_the_start_are_in_force() -> None:
    simulation = build(ServeOptions(kind="switch48", devices=2, faults=["sw-2 loss 50", "* dup"]))
    assert [device.faults for device in simulation.devices] == [
        Faults(duplicate=True),
        Faults(duplicate=True, loss_percent=50),
    ]


def test_a_wrong_fault_from_the_start_is_refused() -> None:
    with pytest.raises(SimulatorError, match="no such simulated device: sw-7"):
        build(ServeOptions(kind="switch48", faults=["sw-7 silence"]))


def test_one_device_is_announced_in_the_singular() -> None:
    assert describe(Simulation(kind="switch48", port=5)) == "1 simulated device answers on 127.1.0.1 port 5"
