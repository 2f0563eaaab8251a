"""Sockets and servers: listening so that a taken place is told at once, and serving until the end."""

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from netops.errors import NetopsError
from netops.i18n import _

_STOP_SECONDS = 10.0
_BACKLOG = 2048  # as uvicorn's own


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Listen for HTTP; port 0 takes a free one.

    Raises:
        NetopsError: The port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(
        family, socket.SOCK_STREAM, socket.IPPROTO_TCP
    ) as sock:  # named, or asyncio leaves Nagle on
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
            sock.listen(_BACKLOG)  # now, for two that are bound and not listening do not see each other
        except OSError as error:
            words = {"host": host, "port": port, "error": error.strerror}
            message = _("cannot listen on %(host)s port %(port)d: %(error)s; change web.host or web.port")
            raise NetopsError(message % words) from None
        yield sock


@contextmanager
def listen_unix(path: Path) -> Iterator[socket.socket]:
    """Listen where only this user may connect, for whoever can controls the daemon; the socket goes in the end.

    Raises:
        NetopsError: Another daemon listens there, or the path cannot be used.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _clear_the_way(path)
            before = os.umask(0o177)
            try:
                sock.bind(str(path))
            finally:
                os.umask(before)
        except OSError as error:
            words = {"path": path, "error": error.strerror or error}
            raise NetopsError(_("cannot make the control socket %(path)s: %(error)s") % words) from None
        try:
            yield sock
        finally:
            path.unlink(missing_ok=True)


def _clear_the_way(path: Path) -> None:
    """Remove the socket of a daemon that was killed; one that still answers is a daemon on another database."""
    if not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe,
        contextlib.suppress(ConnectionRefusedError),
    ):
        probe.connect(str(path))
        raise NetopsError(
            _("another daemon listens on the control socket %(path)s; stop it first") % {"path": path}
        )
    path.unlink()


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, which is the daemon's; ``listening`` is set once it accepts."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@asynccontextmanager
async def serving(app: Callable[..., Any], sock: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a socket that listens, until the block ends and its requests are answered."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=int(_STOP_SECONDS),
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait({task, listening}, return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    try:
        if task.done():
            task.result()  # it could not start; waiting for it would last for ever
        yield
    finally:
        server.should_exit = True
        await task
