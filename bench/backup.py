"""What a backup costs: session time and CPU, slow streams, many devices, and an archive of years.

The devices run in a process of their own, so that only our side is counted. Parts: session, slow, many,
archive, compliance.
Run as ``python bench/backup.py [PART …] [--sessions N] [--devices N] [--revisions N]``.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh

from netops.backup.archive import Archive, Occasion, Texts, device_place
from netops.backup.compliance.judge import Evidence, judge
from netops.backup.compliance.rule_files import load_compliance_rules
from netops.backup.compliance.rules import Subject
from netops.backup.git import BRANCH
from netops.backup.known_hosts import HostKeys
from netops.backup.normalise import normalise
from netops.backup.platform_files import load_platforms
from netops.backup.reading import search
from netops.backup.session import fetch
from netops.model.shell_access import ShellAccess, ShellCredential

WORKERS = 64
PROMPT = "router1#"
PLATFORM = load_platforms().get("cisco_ios")


def make_configuration(size: int) -> str:
    lines, number = ["!", "version 15.2", "hostname router1"], 0
    while sum(map(len, lines)) < size:
        number += 1
        lines += [
            f"interface GigabitEthernet1/0/{number}",
            f" description room {number}",
            " switchport mode access",
            "!",
        ]
    half = len(lines) // 2
    banner = ["banner motd ^C", PROMPT, "will be down tonight; log in to " + PROMPT, PROMPT, "^C"]
    return "\n".join([*lines[:half], *banner, *lines[half:], "end"])


async def _send(process: Any, text: str, chunk: int, pause: float, dice: random.Random) -> None:
    data = text.replace("\n", "\r\n").encode()
    if not chunk:
        process.stdout.write(data)
        return
    while data:
        size = dice.randint(1, chunk)
        # A pause right behind a prompt in the middle is the worst that can happen.
        at = data.find(PROMPT.encode())
        size = at + len(PROMPT) if 0 <= at < size else size
        process.stdout.write(data[:size])
        data = data[size:]
        await asyncio.sleep(
            dice.uniform(0, pause) if not data.startswith(b"\r\n") or dice.random() < 0.9 else 0.15
        )


async def _serve(ready: Any, options: dict[str, Any]) -> None:
    text = f"Building configuration...\n\n{make_configuration(options['size'])}\n\n"
    dice = random.Random(1)

    async def session(process: Any) -> None:
        chunk, pause = options["chunk"], options["pause"]
        banner = f"Work tonight on\n{PROMPT}\nand {PROMPT}\n" if chunk else "hello\n"
        await _send(process, f"{banner}{PROMPT}", chunk, pause, dice)
        try:
            while line := await process.stdin.readline():
                command = line.decode().strip()
                if command == "exit":
                    break
                answer = text if command == "show running-config" else ""
                if answer and options["latency"]:
                    await asyncio.sleep(options["latency"])
                await _send(process, f"{command}\n{answer}{PROMPT}", chunk, pause, dice)
        except (ConnectionError, asyncssh.Error):
            return
        process.exit(0)

    class Server(asyncssh.SSHServer):
        def begin_auth(self, _username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, _username: str, _password: str) -> bool:
            return True

    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(
        Server,
        "127.0.0.1",
        0,
        server_host_keys=[key],
        process_factory=session,
        encoding=None,
        line_editor=False,
        backlog=512,
        login_timeout=600,
    )
    ready.send(server.get_port())
    await asyncio.to_thread(ready.recv)
    ready.send(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))


class Devices:
    """A process full of devices behind one port."""

    def __init__(self, *, size: int, chunk: int = 0, pause: float = 0.0, latency: float = 0.0) -> None:
        options = {"size": size, "chunk": chunk, "pause": pause, "latency": latency}
        self.pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=_run, args=(theirs, options), daemon=True)
        self.process.start()
        self.port = self.pipe.recv()

    def stop(self) -> float:
        self.pipe.send("stop")
        seconds = float(self.pipe.recv())
        self.process.join()
        return seconds


def _run(ready: Any, options: dict[str, Any]) -> None:
    asyncio.run(_serve(ready, options))


def visit(folder: Path, port: int, wanted: str) -> bool:
    access = ShellAccess("router1", "127.0.0.1", "cisco_ios", ShellCredential("bench", "bench"), port=port)
    fetched = fetch(access, PLATFORM, HostKeys(folder / "key"), HostKeys(folder / "jump"))
    return normalise(fetched.configuration, PLATFORM) == wanted


def cpu() -> float:
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def bench_session(folder: Path, sessions: int) -> None:
    devices, wanted = Devices(size=20_000), make_configuration(20_000) + "\n"
    visit(folder, devices.port, wanted)
    began, used = time.perf_counter(), cpu()
    assert all(visit(folder, devices.port, wanted) for _ in range(sessions))
    wall, used = (time.perf_counter() - began) / sessions, (cpu() - used) / sessions
    theirs = devices.stop() / (sessions + 1)
    print(
        f"session of 20 KB: {wall * 1000:.0f} ms, of which the device's CPU {theirs * 1000:.0f} ms; "
        f"beyond the device's own {(wall - theirs) * 1000:.0f} ms; our CPU {used * 1000:.1f} ms"
    )


def bench_slow(folder: Path, sessions: int) -> None:
    devices, wanted = Devices(size=4_000, chunk=200, pause=0.02), make_configuration(4_000) + "\n"
    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        whole = sum(pool.map(lambda _: visit(folder, devices.port, wanted), range(sessions)))
    print(f"{sessions} slow streams: {sessions - whole} truncated, in {time.perf_counter() - began:.0f} s")
    devices.stop()


def bench_many(folder: Path, count: int) -> None:
    devices, wanted = Devices(size=20_000, latency=2.0), make_configuration(20_000) + "\n"
    visit(folder, devices.port, wanted)
    began, used = time.perf_counter(), cpu()
    with ThreadPoolExecutor(WORKERS) as pool:
        whole = sum(pool.map(lambda _: visit(folder, devices.port, wanted), range(count)))
    wall = time.perf_counter() - began
    theirs = devices.stop()
    print(
        f"{count} devices with 2 s latency, {WORKERS} workers: {wall:.1f} s, {count - whole} incomplete; "
        f"our CPU {(cpu() - used) / count * 1000:.1f} ms each, the devices' {theirs / count * 1000:.1f} ms"
    )


def fill(archive: Archive, count: int, revisions: int, text: str) -> None:
    """Put devices and years of revisions in, with one fast-import instead of one commit each."""
    head = archive.git.head()
    ids = [f"{number:012x}"[::-1] for number in range(count)]
    index = {name: {"name": f"sw-{n}", "platform": "cisco_ios", "site": "main"} for n, name in enumerate(ids)}
    parts = [
        f"feature done\ncommit {BRANCH}\ncommitter b <b@b> 1700000000 +0000\ndata 0\nfrom {head}\n".encode()
    ]

    def put(path: str, content: str) -> None:
        data = content.encode()
        parts.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")

    put("index.json", json.dumps(index))
    for name in ids:
        put(f"devices/{name[:2]}/{name}/running-config", f"hostname {name}\n{text}")
        about = {"sealed": "none", "parts": ["running-config"], "platform": "cisco_ios"}
        put(f"devices/{name[:2]}/{name}/about.json", json.dumps(about))
    for number in range(revisions):
        name = ids[number * 7919 % count]
        when = 1_700_000_000 + number * 600
        parts.append(f"commit {BRANCH}\ncommitter b <b@b> {when} +0000\ndata 0\n".encode())
        put(f"devices/{name[:2]}/{name}/running-config", f"hostname {name}\n! {number}\n{text}")
    archive.git.run("fast-import", "--quiet", "--done", given=b"".join([*parts, b"done\n"]))


def bench_archive(folder: Path, count: int, revisions: int) -> None:
    archive = Archive(folder / "archive", folder / "key")
    archive.prepare()
    text = make_configuration(4_000)
    fill(archive, count, revisions, text)
    archive.git.run("gc", "--quiet")
    times = []
    for number in range(20):
        body = f"hostname x\n! {number}\n{text}"
        began = time.perf_counter()
        texts = Texts({"running-config": body}, {"running-config": body})
        archive.store(
            f"sw-{number * 31}",
            texts,
            Occasion(datetime.now(UTC), "bench"),
            platform="cisco_ios",
            site="main",
        )
        times.append(time.perf_counter() - began)
    times.sort()
    size = sum(
        path.stat().st_size for path in (folder / "archive" / "archive.git").rglob("*") if path.is_file()
    )
    print(
        f"{count} devices, {revisions} revisions ({size >> 20} MiB): a commit {times[10] * 1000:.0f} ms, "
        f"slowest of 20 {times[-1] * 1000:.0f} ms"
    )
    for words in ("hostname 100000000000", "description room 7"):
        began = time.perf_counter()
        hits = list(search(archive, words, BRANCH, is_pattern=False, ignore_case=False))
        seconds = time.perf_counter() - began
        print(f"a search over {count} devices with {len(hits)} hits: {seconds * 1000:.0f} ms")


def bench_compliance(folder: Path, count: int) -> None:
    archive = Archive(folder / "archive", folder / "key")
    archive.prepare()
    fill(archive, count, 0, make_configuration(20_000))
    problems: list[Any] = []
    rules = load_compliance_rules(
        sorted((Path(__file__).parents[1] / "configs" / "compliance").glob("*.yaml")),
        load_platforms().by_name,
        problems,
    )
    assert not problems
    subject, today = Subject("sw", "cisco_ios"), datetime.now(UTC).date()
    ids = list(archive.index())
    began, verdicts = time.perf_counter(), 0
    for start in range(0, count, 200):
        names = [f"{BRANCH}:{device_place(each)}/running-config" for each in ids[start : start + 200]]
        for content in archive.git.read_many(names):
            assert content is not None
            verdicts += len(judge(rules, subject, Evidence(content[1].decode()), today))
    seconds = time.perf_counter() - began
    print(f"{count} configurations of 20 KB judged, {verdicts} verdicts: {seconds:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["session", "slow", "many", "archive", "compliance"])
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--devices", type=int, default=2000)
    parser.add_argument("--revisions", type=int, default=36_500)
    options = parser.parse_args()
    for part in options.parts:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            if part == "session":
                bench_session(place, 50)
            elif part == "slow":
                bench_slow(place, options.sessions)
            elif part == "many":
                bench_many(place, options.devices)
            elif part == "archive":
                bench_archive(place, 5000, options.revisions)
            elif part == "compliance":
                bench_compliance(place, 5000)
            else:
                sys.exit(f"no part {part}")


if __name__ == "__main__":
    main()
