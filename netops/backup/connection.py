"""An open connection to a device's command line: a byte stream for the dialogue, and a runner of single commands."""

import select
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import paramiko
from netmiko.base_connection import BaseConnection

from netops.backup.errors import ConnectionCut, SessionTimedOut
from netops.i18n import _

CONNECT_SECONDS = 15.0


def read_telnet(link: Any, timeout: float) -> bytes:
    """Wait for bytes of a Telnet session; empty when none came in time."""
    ready, _out, _bad = select.select([link.get_socket()], [], [], timeout)
    return bytes(link.read_very_eager()) if ready else b""


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
                return leftover or read_telnet(channel, timeout)
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
