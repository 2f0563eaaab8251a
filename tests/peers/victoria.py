"""Real VictoriaMetrics beside the tests: a server with a folder of the test's own."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

from peers.prometheus import free_tcp_port


@dataclass
class VictoriaMetrics:
    """One server; ``with VictoriaMetrics(tmp_path) as store`` starts it and ends it."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_tcp_port()
        with (self.folder / "victoria.log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    "victoria-metrics",
                    f"-storageDataPath={self.folder / 'data'}",
                    f"-httpListenAddr=127.0.0.1:{self.port}",
                    "-search.latencyOffset=0s",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.wait_for(self._is_ready)
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
            self.process.wait(30)
            self.process = None

    def query(self, expression: str, at: float) -> dict[tuple[tuple[str, str], ...], float]:
        """Evaluate PromQL at an instant in seconds since 1970; gives sorted labels to value."""
        parameters = {"query": expression, "time": f"{at:.3f}", "nocache": "1"}
        told = httpx.get(f"http://127.0.0.1:{self.port}/api/v1/query", params=parameters, timeout=10).json()
        return {
            tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in told["data"]["result"]
        }

    def wait_for(self, ask: Callable[[], object], *, tries: int = 200) -> None:
        """Ask until the answer is true, ten times a second and so often at most."""
        for _ in range(tries):
            if ask():
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "victoria.log").read_text(errors="replace")[-2000:])

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False
