"""CPU of one poll of a 48-port switch: our engine, and the whole path, against Debian's snmp_exporter.

All three read the same 15 columns of the same simulated switches in one run; figures are ratios. CPU is user
plus system time of the polling process, as the kernel accounts it.

    .venv/bin/python bench/snmp_engine.py [--polls 400] [--rounds 3]
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whole_path import poll_all, whole_path

from netops.model.access import (
    AuthProtocol,
    CommunityCredential,
    Credential,
    PrivProtocol,
    SnmpAccess,
    UserCredential,
)
from netops.snmp import session as session_module
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from netops.snmp.types import Oid

DEVICES = 20
COLUMNS = {
    "ifName": ("1.3.6.1.2.1.31.1.1.1.1", "DisplayString"),
    "ifAdminStatus": ("1.3.6.1.2.1.2.2.1.7", "gauge"),
    "ifOperStatus": ("1.3.6.1.2.1.2.2.1.8", "gauge"),
    "ifHCInOctets": ("1.3.6.1.2.1.31.1.1.1.6", "counter"),
    "ifHCOutOctets": ("1.3.6.1.2.1.31.1.1.1.10", "counter"),
    "ifHCInUcastPkts": ("1.3.6.1.2.1.31.1.1.1.7", "counter"),
    "ifHCOutUcastPkts": ("1.3.6.1.2.1.31.1.1.1.11", "counter"),
    "ifHCInMulticastPkts": ("1.3.6.1.2.1.31.1.1.1.8", "counter"),
    "ifHCOutMulticastPkts": ("1.3.6.1.2.1.31.1.1.1.12", "counter"),
    "ifHCInBroadcastPkts": ("1.3.6.1.2.1.31.1.1.1.9", "counter"),
    "ifHCOutBroadcastPkts": ("1.3.6.1.2.1.31.1.1.1.13", "counter"),
    "ifInErrors": ("1.3.6.1.2.1.2.2.1.14", "counter"),
    "ifOutErrors": ("1.3.6.1.2.1.2.2.1.20", "counter"),
    "ifInDiscards": ("1.3.6.1.2.1.2.2.1.13", "counter"),
    "ifOutDiscards": ("1.3.6.1.2.1.2.2.1.19", "counter"),
}
CREDENTIALS: dict[str, Credential] = {
    "v2c": CommunityCredential("2c", "public"),
    "v3": UserCredential(
        "simulator", AuthProtocol.SHA256, "simulator-auth", PrivProtocol.AES, "simulator-priv"
    ),
}
_EXPORTER_AUTH = {
    "v2c": "  version: 2\n  auth:\n    community: public\n",
    "v3": "  version: 3\n  auth:\n    security_level: authPriv\n    username: simulator\n"
    "    password: simulator-auth\n    auth_protocol: SHA256\n    priv_protocol: AES\n"
    "    priv_password: simulator-priv\n",
}


def cpu_seconds(pid: int | None = None) -> float:
    """User and system time of a process so far, its threads included; of this one by default."""
    if pid is None:
        return time.process_time()
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def simulator() -> Iterator[list[tuple[str, int]]]:
    """Start simulated switches; give their addresses."""
    command = [sys.executable, "-m", "netops", "simulate", "--kind", "switch48", "--devices", str(DEVICES)]
    command += ["--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield [(device["address"], ready["port"]) for device in ready["devices"]]
    finally:
        process.terminate()
        process.wait()


def write_exporter_module(path: Path) -> None:
    """A module with just these columns, once for each version; the package ships none."""
    text = ""
    for version, auth in _EXPORTER_AUTH.items():
        text += f"{version}:\n  walk:\n" + "".join(f"  - {oid}\n" for oid, _ in COLUMNS.values())
        text += "  metrics:\n"
        for name, (oid, kind) in COLUMNS.items():
            text += f"  - name: {name}\n    oid: {oid}\n    type: {kind}\n    help: {name}\n"
            text += "    indexes:\n    - labelname: ifIndex\n      type: gauge\n"
        text += auth
    path.write_text(text)


def measure_exporter(targets: list[tuple[str, int]], polls: int, folder: Path) -> dict[str, float]:
    """Milliseconds of CPU per poll of snmp_exporter, by version."""
    config = folder / "snmp.yml"
    write_exporter_module(config)
    port = 19_116
    command = ["prometheus-snmp-exporter", f"--config.file={config}", "--log.level=error"]
    process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.PIPE)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{base}/metrics")
        found = {}
        for version in _EXPORTER_AUTH:
            for count in (DEVICES, polls):  # the first round warms it up
                before = cpu_seconds(process.pid)
                for number in range(count):
                    host, agent_port = targets[number % DEVICES]
                    query = f"{base}/snmp?module={version}&target={host}:{agent_port}"
                    with urllib.request.urlopen(query) as answer:
                        assert answer.read().count(b"ifHCInOctets{") >= 48
            found[version] = (cpu_seconds(process.pid) - before) / polls * 1e3
        return found
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    for _ in range(200):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            subprocess.run(["sleep", "0.05"], check=True)
        else:
            return
    raise SystemExit(f"{url} does not answer")


async def measure_engine(targets: list[tuple[str, int]], version: str, polls: int, *, predict: bool) -> float:
    """Milliseconds of CPU per poll of our engine, devices polled side by side."""
    engine = SnmpEngine()
    await engine.start()
    columns = [Oid.parse(oid) for oid, _ in COLUMNS.values()]
    sessions = [
        open_session(engine, SnmpAccess(host, CREDENTIALS[version], port=port)) for host, port in targets
    ]
    for _ in range(3 if predict else 1):
        for session in sessions:
            tables = await session.read_columns(columns)
            assert all(len(table) >= 48 for table in tables)

    async def run(session: session_module.EngineSession) -> None:
        for _ in range(polls // DEVICES):
            if not predict:
                session._memories.clear()  # noqa: SLF001 - what a poll costs without it
            await session.read_columns(columns)

    before = cpu_seconds()
    await asyncio.gather(*map(run, sessions))
    spent = cpu_seconds() - before
    await engine.stop()
    return spent / (polls // DEVICES * DEVICES) * 1e3


async def measure_whole_path(targets: list[tuple[str, int]], version: str, polls: int) -> float:
    """Milliseconds of CPU per poll with collectors, rates, state, store and exposition; the writer's too."""
    async with whole_path(targets, CREDENTIALS[version]) as (polling, writer, exposition):
        await poll_all(polling, 3)
        before = cpu_seconds()
        await poll_all(polling, polls // DEVICES)
        await writer.stop()
        spent = cpu_seconds() - before
        assert exposition.metrics().count(b"netops_interface_in_bytes_total{") >= DEVICES * 48
        assert writer.failed_total == 0
        return spent / (polls // DEVICES * DEVICES) * 1e3


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polls", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not shutil.which("prometheus-snmp-exporter"):
        raise SystemExit("prometheus-snmp-exporter is missing; as root, make peers installs it")
    try:
        import uvloop

        run = uvloop.run
    except ImportError:
        run = asyncio.run
    rows: dict[str, list[float]] = {}
    with simulator() as targets, tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            exporter = measure_exporter(targets, options.polls, Path(folder))
            for version in CREDENTIALS:
                rows.setdefault(f"snmp_exporter {version}", []).append(exporter[version])
                for predict in (True, False):
                    cost = run(measure_engine(targets, version, options.polls, predict=predict))
                    label = f"engine {version}" + ("" if predict else ", every reply decoded in full")
                    rows.setdefault(label, []).append(cost)
                    rows.setdefault(f"ratio: {label}", []).append(cost / exporter[version])
                cost = run(measure_whole_path(targets, version, options.polls))
                rows.setdefault(f"whole path {version}", []).append(cost)
                rows.setdefault(f"ratio: whole path {version}", []).append(cost / exporter[version])
    print(f"{'':48} {'median':>8} {'min':>8} {'max':>8}")
    for label, values in rows.items():
        unit = "" if label.startswith("ratio") else " ms"
        print(f"{label:48} {statistics.median(values):8.3f} {min(values):8.3f} {max(values):8.3f}{unit}")


if __name__ == "__main__":
    main()
