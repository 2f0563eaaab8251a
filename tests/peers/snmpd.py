"""Real net-snmp beside the tests: an agent of our own making, and senders of notifications.

Everything lives in a folder the test gives: configuration, persistent state, log. Nothing is read from or
written to the machine's own snmpd. Ports are ephemeral, on 127.0.0.1 and ::1.
"""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from netops.model.access import (
    AuthProtocol,
    CommunityCredential,
    Credential,
    PrivProtocol,
    SnmpAccess,
    UserCredential,
)
from netops.snmp.types import Oid

AUTH_NAMES = {
    AuthProtocol.MD5: "MD5",
    AuthProtocol.SHA: "SHA",
    AuthProtocol.SHA224: "SHA-224",
    AuthProtocol.SHA256: "SHA-256",
    AuthProtocol.SHA384: "SHA-384",
    AuthProtocol.SHA512: "SHA-512",
}
PRIV_NAMES = {
    PrivProtocol.DES: "DES",
    PrivProtocol.AES: "AES",
    PrivProtocol.AES192: "AES-192",
    PrivProtocol.AES256: "AES-256",
    PrivProtocol.AES192C: "AES-192-C",
    PrivProtocol.AES256C: "AES-256-C",
}
AUTH_PASSWORD = "auth-pass-phrase"
PRIV_PASSWORD = "priv-pass-phrase"
COMMUNITY = "readable"
LIMITED_COMMUNITY = "limited"
LIMITED_USER = "limiteduser"
PLAIN_USER = "plainuser"
VOLATILE_MODULES = (
    "hrSWInstalledTable",
    "hrSWRunTable",
    "hrSWRunPerfTable",
    "hr_swinst",
    "hr_swrun",
    "tcpConnectionTable",
    "tcpListenerTable",
    "tcpTable",
    "udpEndpointTable",
    "udpTable",
    "nsCache",
)
"""Tables whose rows come and go with the machine's processes and sockets; the agent runs without them."""


@lru_cache(maxsize=1)
def offered_pairs() -> list[tuple[AuthProtocol, PrivProtocol | None]]:
    """Give every authentication and privacy pair that the installed net-snmp names in its help."""
    run = subprocess.run(["snmpget", "-h"], capture_output=True, text=True, check=False, timeout=20)
    text = run.stdout + run.stderr
    auths = set(_choices(text, "-a"))
    privs = set(_choices(text, "-x"))
    pairs: list[tuple[AuthProtocol, PrivProtocol | None]] = []
    for auth, name in AUTH_NAMES.items():
        if name in auths:
            pairs.append((auth, None))
            pairs += [
                (auth, priv)
                for priv, priv_name in PRIV_NAMES.items()
                if priv_name.removesuffix("-C") in privs
            ]
    return pairs


def _choices(text: str, option: str) -> list[str]:
    found = re.search(rf"^\s*{option} PROTOCOL\s+.*?\(([^)]*)\)", text, re.MULTILINE)
    return found.group(1).split("|") if found else []


def user_for(auth: AuthProtocol | None, priv: PrivProtocol | None = None) -> UserCredential:
    """Give the agent's user for a pair of protocols."""
    if auth is None:
        return UserCredential(PLAIN_USER)
    return UserCredential(
        f"u{auth.value}{priv.value if priv else ''}".lower(),
        auth,
        AUTH_PASSWORD,
        priv,
        PRIV_PASSWORD if priv else "",
    )


def credential_options(credential: Credential) -> list[str]:
    """Word a credential as the options of snmpget, snmpbulkwalk, snmptrap and their kin."""
    if isinstance(credential, CommunityCredential):
        return [f"-v{credential.version}", "-c", credential.community]
    options = ["-v3", "-u", credential.user, "-l", credential.level]
    if credential.auth:
        options += ["-a", AUTH_NAMES[credential.auth], "-A", credential.auth_password]
    if credential.priv:
        options += ["-x", PRIV_NAMES[credential.priv], "-X", credential.priv_password]
    return options + (["-n", credential.context] if credential.context else [])


def free_udp_port() -> int:
    """Find a port that is free on 127.0.0.1 and, where the machine has IPv6, on ::1."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            if not has_ipv6():
                return port
            try:
                with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as second:
                    second.bind(("::1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no UDP port is free on both 127.0.0.1 and ::1")


@lru_cache(maxsize=1)
def has_ipv6() -> bool:
    """Say whether ::1 can be bound here."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@dataclass
class Snmpd:
    """One snmpd; ``with Snmpd(tmp_path) as agent`` starts it and ends it.

    It knows the communities ``readable`` (all) and ``limited`` (the system group), the user ``plainuser``
    (noAuthNoPriv), one user per pair of offered_pairs(), and ``limiteduser`` (SHA, the system group).
    """

    folder: Path
    extra: Sequence[str] = ()
    """More lines of snmpd.conf."""
    port: int = 0
    inside: Sequence[str] = ()
    """A command that runs another one in a network namespace; () for here."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_udp_port()
        (self.folder / "snmpd.conf").write_text("\n".join(self._settings()) + "\n")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the agent and wait until it answers; a second start is a reboot, with boots counted up."""
        addresses = [f"udp:127.0.0.1:{self.port}"] + ([f"udp6:[::1]:{self.port}"] if has_ipv6() else [])
        without = "-" + ",".join(VOLATILE_MODULES)
        command = [*self.inside, "snmpd", "-f", "-Lf", "snmpd.log", "-I", without, *addresses]
        self.process = subprocess.Popen(
            command, cwd=self.folder, env=environment(self.folder), stdin=subprocess.DEVNULL
        )
        for _ in range(40):
            if self.process.poll() is not None:
                break
            probe = self.run(
                "snmpget",
                ["-t", "0.25", "-r", "0"],
                CommunityCredential("2c", COMMUNITY),
                "1.3.6.1.2.1.1.3.0",
            )
            if probe.returncode == 0:
                return
        self.stop()
        raise RuntimeError(f"snmpd did not answer: {(self.folder / 'snmpd.log').read_text()[-2000:]}")

    def forget(self) -> None:
        """Drop the state, so that the next start is another agent at the same address: a new engine ID."""
        shutil.rmtree(self.folder / "state")

    def stop(self) -> None:
        """End the agent, by its own process."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
            self.process = None

    def access(self, credential: Credential, host: str = "127.0.0.1", **changes: float) -> SnmpAccess:
        """Give an access to this agent, with short time-outs."""
        values: dict[str, float] = {"timeout_seconds": 2.0, "retries": 2, **changes}
        return SnmpAccess(host, credential, port=self.port, **values)  # type: ignore[arg-type] # test keywords

    def run(
        self,
        program: str,
        options: Sequence[str],
        credential: Credential,
        *oids: str,
        host: str = "127.0.0.1",
    ) -> subprocess.CompletedProcess[str]:
        """Ask this agent with one of net-snmp's own programs."""
        target = f"udp6:[{host}]:{self.port}" if ":" in host else f"udp:{host}:{self.port}"
        command = [*self.inside, program, "-m", "", *credential_options(credential), *options, target, *oids]
        return subprocess.run(
            command,
            env=environment(self.folder),
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            timeout=60,
        )

    def walk(self, credential: Credential, root: str, host: str = "127.0.0.1") -> dict[Oid, tuple[str, str]]:
        """Give what snmpbulkwalk (snmpwalk for v1) prints below a root: OID to (type word, value text)."""
        is_v1 = isinstance(credential, CommunityCredential) and credential.version == "1"
        program = "snmpwalk" if is_v1 else "snmpbulkwalk"
        run = self.run(program, ["-OnxtUe", "-t", "5"], credential, root, host=host)
        if run.returncode:
            raise RuntimeError(f"{program}: {run.stderr}")
        return parse_walk(run.stdout)

    def _settings(self) -> list[str]:
        lines = [
            "sysLocation room 12",
            "sysContact on-call@example.net",
            "sysName peer.example.net",
            "master off",
            "view systemgroup included .1.3.6.1.2.1.1",
            f"rocommunity {COMMUNITY} 127.0.0.1",
            f"rocommunity {LIMITED_COMMUNITY} 127.0.0.1 -V systemgroup",
            f"createUser {PLAIN_USER}",
            f"rouser {PLAIN_USER} noauth",
            f"createUser {LIMITED_USER} SHA {AUTH_PASSWORD}",
            f"rouser {LIMITED_USER} auth -V systemgroup",
        ]
        if has_ipv6():
            lines.append(f"rocommunity6 {COMMUNITY} ::1")
        for auth, priv in offered_pairs():
            user = user_for(auth, priv).user
            words = ["createUser", user, AUTH_NAMES[auth], AUTH_PASSWORD]
            words += [PRIV_NAMES[priv], PRIV_PASSWORD] if priv else []
            lines += [" ".join(words), f"rouser {user} {'priv' if priv else 'auth'}"]
        return [*lines, *self.extra]


def environment(folder: Path) -> dict[str, str]:
    """Give an environment in which net-snmp reads and keeps nothing outside the folder."""
    return {
        **os.environ,
        "SNMPCONFPATH": f"{folder}:{folder / 'state'}",  # the state is read back from here only
        "SNMP_PERSISTENT_DIR": str(folder / "state"),
        "MIBS": "",
        "MIBDIRS": str(folder),
        "LC_ALL": "C",
    }


_LINE = re.compile(r"^\.(?P<oid>[0-9.]+) = (?:(?P<type>[A-Za-z0-9-]+): ?)?(?P<value>.*)$")


def parse_walk(text: str) -> dict[Oid, tuple[str, str]]:
    """Take apart the output of a walk with -OnxtUe; a value may go on over several lines."""
    found: dict[Oid, tuple[str, str]] = {}
    last: Oid | None = None
    for line in text.splitlines():
        if line == "End of MIB":  # how snmpwalk ends over v1
            break
        match = _LINE.match(line)
        if match and "No more variables left" not in line:
            last = Oid.parse(match["oid"])
            found[last] = (match["type"] or "", " ".join(match["value"].split()))
        elif last is not None and not match:
            kind, value = found[last]
            found[last] = (kind, f"{value} {line.strip()}".strip())
    return found


def as_printed(value: object) -> str:
    """Word one of our values the way -OnxtUe prints it, spaces in a row made one, for comparison."""
    if isinstance(value, Oid):
        return f".{value}"
    if isinstance(value, bytes):
        return value.hex(" ").upper() if value else '""'
    return f"Float: {value:.6f}" if isinstance(value, float) else str(value)


def send_notification(
    folder: Path,
    credential: Credential,
    port: int,
    words: Sequence[str],
    *,
    inform: bool = False,
    host: str = "127.0.0.1",
    options: Sequence[str] = (),
) -> list[str]:
    """Give the command line that sends one trap or inform with snmptrap; run it with environment(folder)."""
    folder.mkdir(parents=True, exist_ok=True)
    target = f"udp6:[{host}]:{port}" if ":" in host else f"udp:{host}:{port}"
    program = "snmpinform" if inform else "snmptrap"
    return [program, "-m", "", *credential_options(credential), *options, target, *words]
