"""Logging in to a device's command line, through netmiko: SSH, or Telnet where it is asked for by name."""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paramiko
from netmiko import NetmikoAuthenticationException
from netmiko.channel import SSHChannel
from netmiko.ssh_dispatcher import CLASS_MAPPER

from netops.backup.connection import CONNECT_SECONDS, Connection, read_telnet
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
from netops.backup.wire import Limits
from netops.i18n import _
from netops.model.shell_access import JumpHost, ShellAccess, ShellCredential

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
            data = read_telnet(self.remote_conn, _TELNET_REST_SECONDS)
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
