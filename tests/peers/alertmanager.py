"""Real Alertmanager beside the tests, with a configuration and a folder of the test's own."""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from peers.prometheus import free_tcp_port

CONFIGURATION = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


@dataclass
class Alertmanager:
    """One Alertmanager; ``with Alertmanager(tmp_path) as alertmanager`` starts it and ends it."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "alertmanager.yml").write_text(CONFIGURATION)
        self.port = free_tcp_port()
        with (self.folder / "alertmanager.log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    "prometheus-alertmanager",
                    "--config.file=alertmanager.yml",
                    "--storage.path=data",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 60
        while not self._is_ready():
            assert time.monotonic() < end, (self.folder / "alertmanager.log").read_text()
            assert self.process.poll() is None, (self.folder / "alertmanager.log").read_text()
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def alerts(self) -> list[dict[str, Any]]:
        """Give the alerts that it believes to fire."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts", timeout=10).json()
        return found
