"""OpenSSH's server as a peer: on a port of its own, with keys of its own, as whoever runs the tests."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass
class SshServer:
    port: int
    user: str
    key_file: Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _make_key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


@contextlib.contextmanager
def ssh_server(folder: Path, *lines: str) -> Iterator[SshServer]:
    """Run a server that lets this very user in by key; ``lines`` join its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("host_key", "user_key"):
        _make_key(folder / name)
    authorized = folder / "authorized_keys"
    authorized.write_text((folder / "user_key.pub").read_text())
    port = _free_port()
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {authorized}\nPermitRootLogin yes\nUsePAM no\nPrintMotd no\n"
        + "\n".join(lines)
        + "\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    program = shutil.which("sshd") or "sshd"
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=log) as process,
    ):
        try:
            _wait_for(port, process)
            yield SshServer(port, pwd.getpwuid(os.getuid()).pw_name, folder / "user_key")
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("sshd did not start")
