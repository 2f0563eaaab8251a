"""The connection to a device's command line, through netmiko: SSH, or Telnet where it is asked for by name."""

import logging
import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import paramiko
from netmiko import NetmikoAuthenticationException
from netmiko.base_connection import BaseConnection
from netmiko.channel import SSHChannel
from netmiko.ssh_dispatcher import CLASS_MAPPER

from netops.backup.dialogue import Limits
from netops.backup.errors import (
    BackupFailed,
    ConnectionCut,
    DeviceNotReached,
    HostKeyChanged,
    NoCommonCrypto,
    SessionTimedOut,
    WrongPassword,
)
from netops.backup.known_hosts import HostKeys, fingerprint
from netops.backup.platform import Platform
from netops.i18n import _
from netops.model.shell_access import JumpHost, ShellAccess, ShellCredential

CONNECT_SECONDS = 15.0
_SHA1_KEX = (
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
)
_MODERN_ONLY: dict[str, Any] = {
    "kex": list(_SHA1_KEX),
    "keys": ["ssh-rsa"],
    "pubkeys": ["ssh-rsa"],
    "ciphers": ["3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"],
    "macs": ["hmac-md5", "hmac-md5-96", "hmac-sha1-96"],
}
"""What is not spoken unless a device says ``legacy_crypto``; hmac-sha1 is still sound."""


class _TrustFirst(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko has no types
    """Trusts the first key of a device, and no other after it."""

    def __init__(self, name: str, keys: HostKeys, host: str, port: int) -> None:
        self._name, self._keys, self._host, self._port = name, keys, host, port

    def prepare(self, client: paramiko.SSHClient) -> None:
        """Have a client ask for the kind of key that is trusted, where the device has several."""
        client.set_missing_host_key_policy(self)
        if self._keys.trusted() is not None:
            client.load_host_keys(str(self._keys.path))

    def missing_host_key(self, client: Any, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002 - its protocol
        """Trust the key, or refuse it."""
        self.judge(key)

    def judge(self, key: paramiko.PKey) -> None:
        """Trust a first key.

        Raises:
            HostKeyChanged: It is not the one seen before; it is kept aside for a person.
        """
        shown = f"{key.get_name()} {key.get_base64()}"
        trusted = self._keys.trusted()
        if trusted is None:
            self._keys.trust(self._host, self._port, shown)
        elif trusted != shown:
            self._keys.hold(self._host, self._port, shown)
            words = {"device": self._name, "new": fingerprint(shown), "old": fingerprint(trusted)}
            raise HostKeyChanged(
                _(
                    "%(device)s: its host key has changed, from %(old)s to %(new)s; nothing was sent. If the device was "
                    "replaced or reinstalled, `netops backup accept %(device)s` trusts the new key"
                )
                % words
            )


def _open_socket(access_name: str, host: str, port: int) -> socket.socket:
    """Connect with TCP_NODELAY, so that a command leaves at once instead of waiting for an acknowledgement."""
    words = {"device": access_name, "host": host, "port": port}
    try:
        plug = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    except socket.gaierror:
        raise DeviceNotReached(_("%(device)s: the name %(host)s has no address") % words) from None
    except TimeoutError:
        raise DeviceNotReached(
            _("%(device)s: no answer from %(host)s port %(port)d; check the address and firewalls") % words
        ) from None
    except OSError as error:
        words["reason"] = error.strerror or type(error).__name__
        raise DeviceNotReached(
            _("%(device)s: cannot connect to %(host)s port %(port)d: %(reason)s") % words
        ) from None
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return plug


_TELNET_REST_SECONDS = 0.3
_TELNET_USER = re.compile(r"(?i)(?:user ?name|login|user) ?:\s*$")
_TELNET_PASSWORD = re.compile(r"(?i)password ?:\s*$")
_TELNET_SENT = re.compile(r"(?i)(?:user ?name|login|user|password) ?:[^\n]*\s*$")
"""A question whose answer is under way: the device has not said yet what it thinks of it."""


def _read_telnet(link: Any, timeout: float) -> bytes:
    """Wait for bytes of a Telnet session; empty when none came in time."""
    ready, _out, _bad = select.select([link.get_socket()], [], [], timeout)
    return bytes(link.read_very_eager()) if ready else b""


class _Quiet:
    """What we change of netmiko's connections: they connect, and leave talking to the dialogue.

    netmiko's own preparation guesses the prompt from the first lines and from pauses; on slow streams that ends
    answers early.
    """

    policy: _TrustFirst
    opens_shell: bool

    def establish_connection(self: Any, width: int = 511, height: int = 1000) -> None:
        """Open the connection and, for SSH, a shell where the platform talks through one."""
        if self.protocol != "ssh":
            super().establish_connection(width, height)  # type: ignore[misc]  # mixed into BaseConnection
            return
        self.remote_conn_pre = self._build_ssh_client()
        self.remote_conn_pre.connect(**self._connect_params_dict())
        if self.opens_shell:
            self.remote_conn = self.remote_conn_pre.invoke_shell(term="vt100", width=width, height=height)
            self.channel = SSHChannel(conn=self.remote_conn, encoding=self.encoding)

    def telnet_login(self: Any, *_arguments: Any, **_more: Any) -> str:
        """Answer user and password once each; netmiko's own would repeat them until the account is locked.

        What came after the login stays for the dialogue, in ``leftover``.
        """
        told, wants_user, wants_password = b"", True, True
        deadline = time.monotonic() + 2 * CONNECT_SECONDS
        while time.monotonic() < deadline:
            data = _read_telnet(self.remote_conn, _TELNET_REST_SECONDS)
            told += data
            tail = told[-200:].decode("utf-8", "replace")
            if data:
                continue
            if wants_user and _TELNET_USER.search(tail):
                wants_user = False
                self.remote_conn.write(self.username.encode() + b"\r\n")
            elif wants_password and _TELNET_PASSWORD.search(tail):
                wants_user = wants_password = False
                self.remote_conn.write(self.password.encode() + b"\r\n")
            elif _TELNET_USER.search(tail) or _TELNET_PASSWORD.search(tail):
                raise NetmikoAuthenticationException
            elif told.strip() and not _TELNET_SENT.search(tail):
                self.leftover = told
                return ""
        raise TimeoutError

    def session_preparation(self) -> None:
        """Leave the session as it is."""

    def special_login_handler(self, delay_factor: float = 1.0) -> None:
        """Leave questions at login to the dialogue."""

    def cleanup(self, command: str = "") -> None:
        """Leave the farewell to the dialogue."""

    def _build_ssh_client(self: Any) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        self.policy.prepare(client)
        return client


def _class_of(platform: Platform, *, telnet: bool) -> type[Any]:
    """Give netmiko's class of a platform with our changes in front; its Telnet login differs by vendor."""
    kind = platform.netmiko + ("_telnet" if telnet else "")
    base = CLASS_MAPPER.get(kind) or CLASS_MAPPER["generic_telnet" if telnet else "generic"]
    return type("Quiet" + base.__name__, (_Quiet, base), {})


@dataclass(frozen=True, slots=True)
class Execution:
    """What one command said when it was run without a shell."""

    output: bytes
    errors: bytes
    status: int | None
    """None where the device tells none."""


class Connection:
    """An open connection; a Wire for the dialogue, and a runner of single commands."""

    def __init__(self, name: str, link: Any, *, telnet: bool) -> None:
        self._name = name
        self._link: BaseConnection = link
        self._leftover: bytes = getattr(link, "leftover", b"")
        self._telnet = telnet

    def read(self, timeout: float) -> bytes:
        """Wait for bytes; empty when none came in time.

        Raises:
            ConnectionCut: The device, or something between, hung up.
        """
        channel: Any = self._link.remote_conn
        try:
            if self._telnet:
                leftover, self._leftover = self._leftover, b""
                return leftover or _read_telnet(channel, timeout)
            channel.settimeout(timeout)
            data = bytes(channel.recv(65536))
        except TimeoutError:
            return b""
        except (EOFError, OSError, ValueError, paramiko.SSHException):
            raise self.cut() from None
        if not data:
            raise self.cut()
        return data

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            ConnectionCut: The connection has ended.
        """
        channel: Any = self._link.remote_conn
        try:
            if self._telnet:
                channel.write(data)
            else:
                channel.settimeout(CONNECT_SECONDS)
                channel.sendall(data)
        except (EOFError, OSError, paramiko.SSHException):
            raise self.cut() from None

    def execute(self, command: str, timeout: float, largest: int = 64 << 20) -> Execution:
        """Run one command in a channel of its own, without a terminal: its end is the channel's end.

        Raises:
            ConnectionCut: The connection ended before the command did.
            SessionTimedOut: Silence.
        """
        words = {"device": self._name, "seconds": int(timeout)}
        try:
            channel = self._transport().open_session(timeout=CONNECT_SECONDS)
            channel.settimeout(timeout)
            channel.exec_command(command)
            output = bytearray()
            while len(output) <= largest and (data := channel.recv(65536)):
                output += data
            errors = bytes(channel.recv_stderr(65536)) if channel.recv_stderr_ready() else b""
            # A device tells its status right after the end; a cut connection tells nothing and is closed.
            channel.status_event.wait(2.0)
            has_status = channel.status_event.is_set() and channel.exit_status >= 0
            is_whole = has_status or self._transport().is_active()
            status = channel.exit_status if has_status else None
            channel.close()
        except TimeoutError:
            raise SessionTimedOut(
                _("%(device)s: silent for %(seconds)d s in the middle of an answer") % words
            ) from None
        except (EOFError, OSError, paramiko.SSHException):
            raise self.cut() from None
        if not is_whole:
            raise self.cut()
        return Execution(bytes(output), errors, status)

    def copy_file(self, path: str, timeout: float) -> bytes | None:
        """Copy a file from the device, with SFTP, or SCP where there is none; None when neither gives it.

        Raises:
            ConnectionCut: The connection ended on the way.
        """
        try:
            client = paramiko.SFTPClient.from_transport(self._transport())
            if client is not None:
                with client, client.open(path, "rb") as file:
                    client.get_channel().settimeout(timeout)
                    return bytes(file.read())
        except FileNotFoundError:
            return None
        except (paramiko.SSHException, EOFError, OSError):
            pass  # no SFTP here: management cards speak SCP only
        return self._copy_with_scp(path, timeout)

    def _copy_with_scp(self, path: str, timeout: float) -> bytes | None:
        """Receive one file in the protocol of ``scp -f``: C line, content, zero byte, each acknowledged."""
        try:
            channel = self._transport().open_session(timeout=CONNECT_SECONDS)
            channel.settimeout(timeout)
            channel.exec_command(f"scp -f {path}")
            with channel.makefile("rb") as stream:
                channel.sendall(b"\0")
                head = bytes(stream.readline(4096))
                if not head.startswith(b"C"):
                    return None
                size = int(head.split()[1])
                channel.sendall(b"\0")
                content = bytes(stream.read(size))
                channel.sendall(b"\0")
        except TimeoutError:
            words = {"device": self._name, "seconds": int(timeout)}
            raise SessionTimedOut(
                _("%(device)s: silent for %(seconds)d s in the middle of an answer") % words
            ) from None
        except (EOFError, OSError, ValueError, paramiko.SSHException):
            raise self.cut() from None
        if len(content) != size:
            raise self.cut()
        return content

    def cut(self) -> ConnectionCut:
        """Make the error of a connection that ended."""
        return ConnectionCut(
            _("%(device)s: the connection was cut before the end; nothing was stored")
            % {"device": self._name}
        )

    def abort(self) -> None:
        """End it at once, from any thread: whoever waits for the device is told."""
        if self._telnet:
            with suppress(OSError):
                self._link.remote_conn.get_socket().shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # it is open
        else:
            self._transport().close()

    def close(self) -> None:
        """End it in peace."""
        with suppress(OSError, EOFError, paramiko.SSHException):
            self._link.disconnect()

    def _transport(self) -> paramiko.Transport:
        client: Any = self._link.remote_conn_pre
        transport = client.get_transport() if client is not None else None
        if transport is None:
            raise self.cut()
        return transport


@contextmanager
def connect(
    access: ShellAccess, platform: Platform, keys: HostKeys, jump_keys: HostKeys, limits: Limits
) -> Iterator[Connection]:
    """Open a device's command line; a watchdog ends the whole session in time, whatever hangs.

    Raises:
        BackupFailed: One of its kinds: not reached, wrong password, changed host key, no common crypto.
    """
    # paramiko tells of every refused login on its own; we tell once, in our words.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    with _through(access, jump_keys) as plug:
        connection = _log_in(access, platform, keys, plug)
        watchdog = threading.Timer(limits.session_seconds, connection.abort)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield connection
        finally:
            watchdog.cancel()
            connection.close()


@contextmanager
def _through(access: ShellAccess, jump_keys: HostKeys) -> Iterator[Any]:
    """Give the socket to the device: direct, or a channel through the jump host; None lets Telnet open its own."""
    if access.jump is None:
        yield None if access.telnet else _open_socket(access.name, access.host, access.port)
        return
    jump = access.jump
    client = paramiko.SSHClient()
    policy = _TrustFirst(jump.name, jump_keys, jump.host, jump.port)
    policy.prepare(client)
    with _worded(jump.name, jump.credential, jump.host, policy):
        client.connect(**_jump_parameters(jump))
        try:
            transport = client.get_transport()
            if transport is None:
                raise paramiko.SSHException
            place = (access.host, access.port)
            channel = transport.open_channel("direct-tcpip", place, ("127.0.0.1", 0), timeout=CONNECT_SECONDS)
        except paramiko.SSHException:
            client.close()
            words = {"device": access.name, "jump": jump.name, "host": access.host}
            raise DeviceNotReached(
                _("%(device)s: the jump host %(jump)s cannot reach %(host)s") % words
            ) from None
    try:
        yield channel
    finally:
        client.close()


def _jump_parameters(jump: JumpHost) -> dict[str, Any]:
    return {
        "hostname": jump.host,
        "port": jump.port,
        "sock": _open_socket(jump.name, jump.host, jump.port),
        **_login_parameters(jump.credential),
        "look_for_keys": False,
        "allow_agent": False,
        "disabled_algorithms": _MODERN_ONLY,
    }


def _login_parameters(credential: ShellCredential) -> dict[str, Any]:
    return {
        "username": credential.user,
        "password": credential.password or None,
        "passphrase": credential.key_passphrase or None,
        "banner_timeout": CONNECT_SECONDS,
        "auth_timeout": 2 * CONNECT_SECONDS,
    } | ({"key_filename": str(credential.key_file)} if credential.key_file else {})


def _log_in(access: ShellAccess, platform: Platform, keys: HostKeys, plug: Any) -> Connection:
    login = _login_parameters(access.credential)
    key_file = login.pop("key_filename", None)
    kind = _class_of(platform, telnet=access.telnet)
    kind.opens_shell = platform.mode == "shell"
    kind.policy = _TrustFirst(access.name, keys, access.host, access.port)
    with _worded(access.name, access.credential, access.host, kind.policy):
        link = kind(
            host=access.host,
            port=access.port,
            device_type=platform.netmiko + ("_telnet" if access.telnet else ""),
            sock=plug,
            key_file=key_file,
            use_keys=key_file is not None,
            conn_timeout=CONNECT_SECONDS,
            disabled_algorithms=None if access.legacy_crypto else _MODERN_ONLY,
            auto_connect=False,
            **login,
        )
        try:
            link.establish_connection()
        except BaseException:
            link.disconnect()  # it also takes netmiko's filter for secrets off the log
            raise
    return Connection(access.name, link, telnet=access.telnet)


@contextmanager
def _worded(name: str, credential: ShellCredential, host: str, policy: _TrustFirst) -> Iterator[None]:
    """Turn what paramiko and netmiko raise into our errors; none of their texts is repeated."""
    words = {"device": name, "user": credential.user, "host": host}
    try:
        yield
    except BackupFailed:
        raise
    except paramiko.BadHostKeyException as error:
        policy.judge(error.key)
    except paramiko.BadAuthenticationType as error:
        words["offers"] = ", ".join(sorted(error.allowed_types))
        raise WrongPassword(
            _("%(device)s: takes no password from %(user)s; it offers %(offers)s") % words
        ) from None
    except (paramiko.AuthenticationException, NetmikoAuthenticationException):
        raise WrongPassword(
            _(
                "%(device)s: refuses the login of %(user)s; it was tried once, and waits for a person: correct the "
                "credential, then `netops backup accept %(device)s`"
            )
            % words
        ) from None
    except paramiko.ssh_exception.IncompatiblePeer:
        raise NoCommonCrypto(
            _(
                "%(device)s: shares no key exchange, cipher or host key algorithm with us; an old device needs "
                "legacy_crypto: true"
            )
            % words
        ) from None
    except TimeoutError:
        raise SessionTimedOut(_("%(device)s: did not finish the login in time") % words) from None
    except (paramiko.SSHException, EOFError, OSError) as error:
        reason = " ".join(str(error).split())[:80] if isinstance(error, paramiko.SSHException) else ""
        words["reason"] = (
            f" ({reason})" if reason and not any(s in reason for s in credential.secrets) else ""
        )
        raise ConnectionCut(
            _("%(device)s: the connection ended during the login%(reason)s") % words
        ) from None
