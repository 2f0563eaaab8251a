"""Talks to the running daemon through its control socket."""

import socket as socket_library
from pathlib import Path
from typing import Any, Self

import httpx

from netops.errors import NetopsError, NotFound
from netops.i18n import _

_LONGEST_POLL = 120.0


class DaemonError(NetopsError):
    """The daemon refused, or answered what we do not understand."""


class Daemon:
    """The daemon behind a control socket."""

    def __init__(self, socket: Path) -> None:
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://netops", timeout=_LONGEST_POLL
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.close()

    def ask(self, method: str, path: str, *, json: Any = None, **parameters: str) -> Any:
        """Send one request and give its JSON.

        Raises:
            NotFound: The daemon knows no such thing.
            DaemonError: It refused; the message is the daemon's own.
        """
        try:
            answer = self._client.request(method, path, json=json, params=parameters)
        except httpx.HTTPError as error:
            message = _("the daemon does not answer on its control socket: %(error)s") % {"error": error}
            raise DaemonError(message) from None
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            message = str(answer.json()["error"])
        except (ValueError, KeyError, TypeError):
            message = _("the daemon answered %(code)d") % {"code": answer.status_code}
        raise NotFound(message) if answer.status_code == httpx.codes.NOT_FOUND else DaemonError(message)


def find_daemon(socket: Path) -> Daemon | None:
    """Give the running daemon; None when nobody listens on the socket.

    Raises:
        DaemonError: Somebody may listen, but does not let us in or does not answer.
    """
    if not _answers(socket):
        return None
    daemon = Daemon(socket)
    daemon.ask("GET", "/status")
    return daemon


def _answers(path: Path) -> bool:
    """Say whether a daemon accepts; one that was killed leaves its socket behind.

    Raises:
        DaemonError: There may be a daemon, but we cannot ask it. Going on without it would go behind its back.
    """
    with socket_library.socket(socket_library.AF_UNIX, socket_library.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return False
        except OSError as error:
            words = {"path": path, "error": error.strerror or error}
            raise DaemonError(_("cannot use the control socket %(path)s: %(error)s") % words) from None
    return True
