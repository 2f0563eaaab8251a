"""A network of one cable in a namespace of its own, with a real lldpd at both ends and snmpd beside one of them.

Nothing of it is seen outside: the namespace goes with the process that holds it.
"""

import json
import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from peers.snmpd import Snmpd

NEAR, FAR = "near0", "far0"
"""The two ends of the cable."""
ADDRESS, NEIGHBOUR = "192.0.2.1", "192.0.2.9"
NEIGHBOUR_MAC = "02:00:00:00:00:09"
FAR_ADDRESS = "192.0.2.7"
FAR_DESCRIPTION = "Far system 1.0"
SETUP = (
    "link set lo up",
    f"link add {NEAR} type veth peer name {FAR}",
    f"link set {NEAR} up",
    f"link set {FAR} up",
    f"address add {ADDRESS}/24 dev {NEAR}",
    f"address add 2001:db8::1/64 dev {NEAR} nodad",
    f"neighbour add {NEIGHBOUR} lladdr {NEIGHBOUR_MAC} dev {NEAR} nud permanent",
)
STARTS, LOOKS = 10, 5


@lru_cache(maxsize=1)
def may_make_networks() -> bool:
    """Say whether this process may have a network namespace; lldpd needs a real root besides."""
    if os.geteuid() != 0:
        return False
    try:
        return subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


class CableNetwork:
    """``with CableNetwork(tmp_path) as network`` sets it up, and waits until the far end was heard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inside: list[str] = []
        # lldpd becomes a user of its own, who cannot enter pytest's folders.
        self._sockets = tempfile.TemporaryDirectory(prefix="netops-lldp-")
        Path(self._sockets.name).chmod(0o755)
        self.near, self.far = f"{self._sockets.name}/near", f"{self._sockets.name}/far"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._agent: Snmpd | None = None

    @property
    def port(self) -> int:
        """The agent's port on 127.0.0.1 inside."""
        assert self._agent is not None
        return self._agent.port

    def __enter__(self) -> Self:
        # The holder says when it stands in its namespace: a command that came too early would touch ours.
        script = ["unshare", "--net", "sh", "-c", "echo ready; exec cat"]
        holder = subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._processes.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        self.inside = ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
        try:
            self._set_up()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._agent is not None:
            self._agent.stop()
        for process in reversed(self._processes):
            process.terminate()
            process.wait(10)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        self._sockets.cleanup()

    def poll(self, *options: str) -> dict[str, Any]:
        """Run ``netops poll --json`` inside."""
        run = self._run(sys.executable, "-m", "netops", "poll", f"127.0.0.1:{self.port}", "--json", *options)
        facts: dict[str, Any] = json.loads(run.stdout)
        return facts

    def _run(self, *command: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.inside, *command], capture_output=True, text=True, check=False, timeout=seconds
        )

    def _set_up(self) -> None:
        for line in SETUP:
            run = self._run("ip", *line.split())
            if run.returncode:
                message = f"ip {line}: {run.stderr}"
                raise RuntimeError(message)
        socket = f"{self._sockets.name}/agentx"
        extra = ("master agentx", f"agentXSocket unix:{socket}")
        self._agent = Snmpd(self.folder / "agent", extra, inside=self.inside)
        self._agent.__enter__()
        self._lldpd(self.near, NEAR, "-x", "-X", socket)
        # One in some starts never sends a frame on a cable this young; another start does.
        for _start in range(STARTS):
            far = self._lldpd(self.far, FAR, "-S", FAR_DESCRIPTION, "-m", FAR_ADDRESS)
            for _look in range(LOOKS):
                self._run("lldpcli", "-u", self.far, "update")
                if FAR_DESCRIPTION in self._run("lldpcli", "-u", self.near, "show", "neighbors").stdout:
                    return
                self._await_change()
            self._processes.remove(far)
            far.terminate()
            far.wait(10)
        raise RuntimeError("lldpd heard nothing: " + Path(f"{self.near}.log").read_text()[-2000:])

    def _await_change(self) -> None:
        try:
            self._run("lldpcli", "-u", self.near, "watch", "limit", "1", seconds=0.5)
        except subprocess.TimeoutExpired:
            return

    def _lldpd(self, socket: str, interface: str, *options: str) -> subprocess.Popen[bytes]:
        command = [*self.inside, "lldpd", "-d", "-u", socket, "-I", interface, "-C", interface, *options]
        with Path(f"{socket}.log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._processes.append(process)
        return process
