"""Beside real software: OpenSSH with a Linux host behind it, and with FRR's vtysh as what the login runs."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from netops.backup.acceptance import check_answer, is_unsaved
from netops.backup.known_hosts import HostKeys, fingerprint
from netops.backup.normalise import normalise
from netops.backup.platform_files import load_platforms
from netops.backup.redact import redact
from netops.backup.session import fetch
from netops.backup.wire import Limits
from netops.model.shell_access import ShellAccess, ShellCredential
from netops.syslog.change_signs import load_change_signs
from peers.sshd import ssh_server

PLATFORMS = load_platforms()
LIMITS = Limits(read_seconds=20, login_seconds=20)


def visit(server, platform, folder):
    login = ShellCredential(server.user, key_file=server.key_file)
    access = ShellAccess("peer", "127.0.0.1", platform, login, port=server.port)
    return fetch(access, PLATFORMS.get(platform), HostKeys(folder / "key"), HostKeys(folder / "jump"), LIMITS)


@pytest.mark.peer("sshd", "ssh-keygen")
def test_a_linux_host_comes_home(tmp_path):
    with ssh_server(tmp_path / "sshd") as server:
        fetched = visit(server, "linux", tmp_path)
    check_answer(fetched.configuration, PLATFORMS.get("linux"), "peer")
    assert "# === cat /etc/passwd ===\nroot:" in fetched.configuration
    assert Path("/etc/os-release").read_text().split("\n")[0] in fetched.configuration
    assert fetched.facts["uname -a"].startswith("Linux")
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(tmp_path / "key")], check=True, capture_output=True, text=True
    ).stdout
    assert fingerprint(HostKeys(tmp_path / "key").trusted()) in told


@contextlib.contextmanager
def bgp_daemon(folder, more=""):
    """Run FRR's bgpd, which touches neither the kernel nor any port, and give the folder of its socket."""
    folder.mkdir()
    text = "hostname frr-1\npassword canary-of-frr\nlog syslog\nrouter bgp 65000\n neighbor 192.0.2.1 remote-as 65001\n"
    routes = "".join(
        f"ip prefix-list many seq {n} permit 10.{n // 256}.{n % 256}.0/24\n" for n in range(1, 400)
    )
    (folder / "bgpd.conf").write_text(text + routes + more)
    arguments = [
        "-n",
        "-p",
        "0",
        "-S",
        "-A",
        "127.0.0.1",
        "-P",
        "0",
        "-z",
        str(folder / "none"),
        "-i",
        str(folder / "pid"),
    ]
    command = ["/usr/lib/frr/bgpd", *arguments, "--vty_socket", str(folder), "-f", str(folder / "bgpd.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 20
        while not (folder / "bgpd.vty").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        try:
            yield folder
        finally:
            process.terminate()


@pytest.mark.skipif(os.geteuid() != 0, reason="vtysh lets in only root and the group frrvty")
@pytest.mark.peer("sshd", "vtysh", "ssh-keygen")
def test_frr_comes_home_through_vtysh_as_login_shell(tmp_path):
    if not os.access("/usr/lib/frr/bgpd", os.X_OK):
        pytest.fail("vtysh without bgpd")
    with (
        bgp_daemon(tmp_path / "frr") as sockets,
        ssh_server(tmp_path / "sshd", f"ForceCommand vtysh --vty_socket {sockets}") as server,
    ):
        fetched = visit(server, "frr", tmp_path)
    platform = PLATFORMS.get("frr")
    check_answer(fetched.configuration, platform, "peer")
    text = normalise(fetched.configuration, platform)
    assert " neighbor 192.0.2.1 remote-as 65001" in text
    assert text.count("ip prefix-list many") == 399
    assert text.endswith("end\n")
    assert "canary-of-frr" not in redact(text, platform.secrets)
    assert "FRRouting" in fetched.facts["show version"]
    assert not is_unsaved(text, text)


@pytest.mark.peer("vtysh")
def test_what_frr_logs_of_a_change_is_recognised_and_of_a_look_is_not(tmp_path):
    if not os.access("/usr/lib/frr/bgpd", os.X_OK):
        pytest.fail("vtysh without bgpd")
    log = tmp_path / "frr" / "log"
    signs = load_change_signs(None, [])
    with bgp_daemon(tmp_path / "frr", f"log file {log} debugging\nlog commands\n") as sockets:

        def lines():
            return log.read_text().splitlines() if log.exists() else []

        def say(*commands):
            before = len(lines())
            words = [word for command in commands for word in ("-c", command)]
            subprocess.run(["vtysh", "--vty_socket", str(sockets), *words], check=True, capture_output=True)
            return [line for line in lines()[before:] if signs.recognise(line, "frr")]

        looks = say("show running-config", "show bgp summary")
        changes = say("configure terminal", "router bgp 65000", "neighbor 192.0.2.2 remote-as 65001", "end")
    assert looks == []
    assert [line.rpartition("# ")[2] for line in changes] == [
        "router bgp 65000",
        "neighbor 192.0.2.2 remote-as 65001",
    ]
