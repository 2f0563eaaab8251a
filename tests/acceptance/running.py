"""netops as a user has it: processes with a folder of their own, the daemon and the simulator among them.

Every process is ended by its own id. Nothing here sleeps for a fixed time: what is awaited is asked for again and
again until it is there, or a bound is over and the test fails with what was said meanwhile.
"""

import io
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from netops.cli.app import run_command_line
from netops.model.event import Event
from netops.store.engine import open_engine, read
from netops.store.queries.events import list_events

NETOPS = (sys.executable, "-m", "netops")
WAIT_SECONDS = 30.0
_PAUSE = 0.05
_LAST_LINE = "stop with Ctrl-C"

Found = TypeVar("Found")
Labels = tuple[tuple[str, str], ...]


def wait_until(ask: Callable[[], Found | None], what: str, seconds: float = WAIT_SECONDS) -> Found:
    """Ask until there is an answer that counts as true, and give it."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        select.select([], [], [], _PAUSE)


def run_netops(
    *words: str, folder: Path, environment: Mapping[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end in a process of its own, with nobody at the keyboard."""
    return subprocess.run(
        [*NETOPS, *words],
        cwd=folder,
        env=_environment(environment),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def run_here(
    *words: str, folder: Path, environment: Mapping[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one command as ``run_netops`` does, in this process: the same in a twentieth of the time."""
    out, err = io.StringIO(), io.StringIO()
    changes = pytest.MonkeyPatch()
    with changes.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["netops", *words])
        patch.setattr(sys, "stdin", io.StringIO(given))
        for name, value in (environment or {}).items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as end:
            run_command_line()
    code = end.value.code
    assert code is None or isinstance(code, int)
    return subprocess.CompletedProcess(words, code or 0, out.getvalue(), err.getvalue())


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NETOPS_")}
    return {**kept, "NETOPS_LANG": "en", **(more or {})}


@dataclass
class Simulator:
    """``netops simulate`` as a process; ``with Simulator(folder) as network`` starts it and ends it."""

    folder: Path
    options: Sequence[str] = ("--kind", "mixed")
    port: int = 0
    devices: list[dict[str, str]] = field(default_factory=list)
    credentials_yaml: str = ""
    devices_yaml: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        files = ("--devices-file", "sim-devices.yaml", "--credentials-file", "sim-credentials.yaml")
        self.process = subprocess.Popen(
            [*NETOPS, "simulate", "--port", str(self.port), "--json", "--control", *files, *self.options],
            cwd=self.folder,
            env=_environment({"PYTHONUNBUFFERED": "1"}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = json.loads(self._line())
        self.port, self.devices = told["port"], told["devices"]
        self.devices_yaml = (self.folder / "sim-devices.yaml").read_text()
        self.credentials_yaml = (self.folder / "sim-credentials.yaml").read_text()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process.stdout.close()

    @property
    def names(self) -> list[str]:
        return [device["name"] for device in self.devices]

    def address(self, name: str) -> str:
        return next(device["address"] for device in self.devices if device["name"] == name)

    def control(self, line: str) -> dict[str, Any]:
        """Carry out one control line."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self._line())
        assert told["ok"], told
        return told

    def _line(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the simulator said nothing, and ended"
        return line


@dataclass
class Daemon:
    """``netops run`` as a process in a folder with ``netops.yaml``; it starts and ends with its block."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def start(self) -> None:
        """Start it, and wait until it says where to look."""
        self.spawn()
        said = wait_until(self._said_all, "the daemon to say where to look")
        self.url = said.split("metrics for Prometheus: ")[1].split("/metrics")[0]

    def spawn(self) -> None:
        """Start it, and wait for nothing."""
        with (self.folder / "out").open("wb") as out, (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*NETOPS, "run", "--config", "netops.yaml"],
                cwd=self.folder,
                env=_environment(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
            )

    def _said_all(self) -> str:
        assert self.process is not None
        said = self.output
        if _LAST_LINE in said:
            return said
        assert self.process.poll() is None, f"the daemon ended: {self.log}"
        return ""

    def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise AssertionError(f"SIGTERM did not end the daemon: {self.log[-2000:]}") from None

    def kill(self) -> None:
        """End it without any warning."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def hang_up(self) -> None:
        """Have it read its files again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    @property
    def output(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    # --- asking it

    def get(self, path: str, **parameters: str) -> httpx.Response:
        return httpx.get(self.url + path, params=parameters, timeout=20)

    def metrics(self) -> dict[str, dict[Labels, float]]:
        """Give every sample: its name to its sorted labels to its value."""
        return read_samples(self.get("/metrics").text)

    def value(self, name: str, **labels: str) -> float | None:
        """Give the one sample of these labels; None where there is none."""
        wanted = set(labels.items())
        found = [value for given, value in self.metrics().get(name, {}).items() if wanted <= set(given)]
        assert len(found) <= 1, f"{name} {labels} is not one sample"
        return found[0] if found else None

    def devices_shown(self) -> set[str]:
        """Give the names of the devices on /metrics."""
        return {dict(labels)["device"] for labels in self.metrics().get("netops_device_up", {})}

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run another command with the daemon's settings."""
        return run_here(
            *words, "--config", "netops.yaml", folder=self.folder, environment=self.environment, given=given
        )

    def ask(self, *words: str) -> Any:
        """Run a command that prints JSON and must succeed."""
        run = self.run(*words, "--json")
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    def control(self, method: str, path: str) -> httpx.Response:
        """Ask over the control socket, as the commands do."""
        transport = httpx.HTTPTransport(uds=str(self.folder / "netops.sock"))
        with httpx.Client(transport=transport, base_url="http://netops", timeout=60) as client:
            return client.request(method, path)

    def poll(self, name: str) -> dict[str, Any]:
        """Have a device polled now, and give the facts."""
        answer = self.control("POST", f"/devices/{name}/poll")
        assert answer.status_code == httpx.codes.OK, answer.text
        facts: dict[str, Any] = answer.json()
        return facts

    def events(self, **wanted: str) -> list[Event]:
        """Give the stored events with these fields, oldest first."""
        return read_events(self.folder, **wanted)


def read_events(folder: Path, **wanted: str) -> list[Event]:
    """Give the events of the database in a folder that have these fields, oldest first."""
    engine = open_engine(f"sqlite:///{folder / 'netops.db'}")
    try:
        with read(engine) as connection:
            events = list_events(connection, limit=100_000).events[::-1]
    finally:
        engine.dispose()
    return [event for event in events if all(getattr(event, name) == value for name, value in wanted.items())]


def read_samples(text: str) -> dict[str, dict[Labels, float]]:
    """Give every sample of a page: its name to its sorted labels to its value."""
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def write_settings(
    folder: Path,
    *,
    credentials: str = "",
    devices: str = "devices: []\n",
    more: str = "",
    storage: str = "sqlite:///netops.db",
    interval: str = "1s",
    web: str = "",
    oncall: str = "",
) -> Path:
    """Write ``netops.yaml``, ``devices.yaml`` and where it is given ``oncall.yaml`` for a daemon that lives in this folder only."""
    folder.mkdir(parents=True, exist_ok=True)
    periods = "".join(f"    {name}: {interval}\n" for name in ("system", "interfaces", "health", "checks"))
    text = f"""\
site_name: test
devices_file: devices.yaml
control_socket: netops.sock
storage:
  url: {storage}
  backups: backups
web:
  port: 0
{web}\
polling:
  interval: {interval}
  unreachable_interval: {interval}
  periods:
{periods}\
"""
    (folder / "netops.yaml").write_text(text + credentials + more, encoding="utf-8")
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    if oncall:
        (folder / "oncall.yaml").write_text(oncall, encoding="utf-8")
    return folder / "netops.yaml"


def device_yaml(name: str, address: str, port: int, credential: str, **more: str) -> str:
    """Word one entry of ``devices.yaml``."""
    lines = [f"- name: {name}", f"  address: {address}", f"  port: {port}", f"  credential: {credential}"]
    return "\n".join([*lines, *(f"  {key}: {value}" for key, value in more.items())]) + "\n"


def devices_yaml(entries: Iterable[str]) -> str:
    """Word a whole ``devices.yaml``."""
    return "devices:\n" + "".join(entries)
