"""Real Prometheus beside the tests: a server with a configuration and a folder of the test's own, and promtool."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

Told = TypeVar("Told")


def check_metrics(text: bytes) -> str:
    """Give what `promtool check metrics` has to say against a page; empty when it is clean."""
    run = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, check=False, timeout=60
    )
    complaints = (run.stdout + run.stderr).decode()
    return complaints or (f"exit status {run.returncode}" if run.returncode else "")


def check_configuration(path: Path) -> str:
    """Give what `promtool check config` says; it ends with exit status 0 or this raises."""
    run = subprocess.run(
        ["promtool", "check", "config", path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if run.returncode:
        raise AssertionError(run.stdout + run.stderr)
    return run.stdout


def free_tcp_port() -> int:
    """Find a TCP port that is free on 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Prometheus:
    """One Prometheus; ``with Prometheus(tmp_path, configuration) as prometheus`` starts it and ends it."""

    folder: Path
    configuration: str
    """The text of prometheus.yml."""
    port: int = 0
    flags: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "prometheus.yml").write_text(self.configuration, encoding="utf-8")
        self.port = self.port or free_tcp_port()
        log = (self.folder / "prometheus.log").open("wb")
        with log:
            self.process = subprocess.Popen(
                [
                    "prometheus",
                    "--config.file=prometheus.yml",
                    "--storage.tsdb.path=data",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--log.level=warn",
                    *self.flags,
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.wait_for(self._is_ready, "readiness")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server, by its own process."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(15)
            self.process = None

    def query(self, expression: str, at: float | None = None) -> dict[tuple[tuple[str, str], ...], float]:
        """Evaluate PromQL at an instant in seconds since 1970; gives sorted labels to value."""
        parameters: dict[str, str] = {"query": expression}
        if at is not None:
            parameters["time"] = f"{at:.3f}"
        answer = httpx.get(f"http://127.0.0.1:{self.port}/api/v1/query", params=parameters, timeout=10)
        told: dict[str, Any] = json.loads(answer.text)
        if told["status"] != "success":
            raise AssertionError(told)
        return {
            tuple(sorted(series["metric"].items())): float(series["value"][1])
            for series in told["data"]["result"]
        }

    def wait_for(self, ask: Callable[[], Told], what: str, *, tries: int = 150) -> Told:
        """Ask until the answer is true, ten times a second and so often at most.

        Raises:
            AssertionError: It never was, or Prometheus has ended; with the end of its log.
        """
        for _ in range(tries):
            told = ask()
            if told:
                return told
            if self.process is None or self.process.poll() is not None:
                break
            time.sleep(0.1)
        log = (self.folder / "prometheus.log").read_text(errors="replace")
        raise AssertionError(f"no {what} from Prometheus: {log[-2000:]}")

    def complaints(self) -> list[str]:
        """Give the warnings and errors it has logged."""
        log = (self.folder / "prometheus.log").read_text(errors="replace")
        return [line for line in log.splitlines() if re.search(r"level=(warn|error)", line)]

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/-/ready", timeout=2).status_code == 200
        except httpx.TransportError:
            return False
