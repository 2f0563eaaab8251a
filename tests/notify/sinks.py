"""A receiver of HTTP that answers as told, well or badly, and remembers what came."""

import asyncio
import json
import socket
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

HANG, TRICKLE, ENDLESS, RESET, CUT, GARBAGE = "hang", "trickle", "endless", "reset", "cut", "garbage"


@dataclass(frozen=True)
class Give:
    """An answer as it should be."""

    status: int = 200
    body: bytes | str | dict[str, Any] = b""
    headers: dict[str, str] = field(default_factory=dict)

    def write(self) -> bytes:
        body = self.body
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        elif isinstance(body, str):
            body = body.encode()
        lines = [f"HTTP/1.1 {self.status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Arrival:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {
            name: values[0]
            for name, values in parse_qs(urlsplit(self.target).query, keep_blank_values=True).items()
        }


class Sink:
    """``async with Sink(answer, …) as sink``: answers are used up one by one, the last one stays."""

    def __init__(self, *answers: Give | str, tls: ssl.SSLContext | None = None) -> None:
        self.answers: list[Give | str] = list(answers) or [Give()]
        self.arrivals: list[Arrival] = []
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(await self._read(reader), writer)
        except asyncio.CancelledError:
            pass  # the end of the test; asyncio's own callback would log it as an error
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Give | str:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _version = head[0].split(" ", 2)
        pairs = (line.split(":", 1) for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.arrivals.append(Arrival(method, target, headers, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def _answer(self, answer: Give | str, writer: asyncio.StreamWriter) -> None:
        if isinstance(answer, Give):
            writer.write(answer.write())
        elif answer == HANG:
            await asyncio.Event().wait()
        elif answer == TRICKLE:
            await self._trickle(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{", b" ")
        elif answer == ENDLESS:
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        elif answer == RESET:
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif answer == CUT:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")
        elif answer == GARBAGE:
            writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()

    async def _trickle(self, writer: asyncio.StreamWriter, first: bytes, then: bytes) -> None:
        """Give a byte now and then, for ever; each comes soon enough for a deadline between two bytes."""
        writer.write(first)
        while True:
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.write(then)
