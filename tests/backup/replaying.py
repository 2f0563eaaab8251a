"""A device made of a recording: an SSH server that answers what was typed, in small chunks of random size.

It runs in a thread with a loop of its own, so that what is tested may block.
"""

import asyncio
import contextlib
import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import asyncssh

PASSWORD = "correct horse battery"
USER = "backup"
ESCAPES = {"r": "\r", "e": "\x1b", "b": "\b", "t": "\t", "a": "\a", '"': '"', "\\": "\\"}


@dataclass
class Recording:
    """What a device says: its greeting up to the first prompt, and for each line typed an answer up to the next."""

    greeting: str
    answers: list[tuple[str, str]]
    ordered: bool = False
    encoding: str = "utf-8"

    @property
    def prompt(self) -> str:
        return last_line(self.greeting)


def last_line(text: str) -> str:
    return re.split(r"[\r\n]", text)[-1]


@dataclass
class Behaviour:
    """How the device behaves beside its recording."""

    password: str = PASSWORD
    enable: str | None = None
    """Unprivileged until this secret was given."""
    page: int = 0
    """Lines a page; 0 for no pager."""
    more: str = " --More-- "
    wipe: bool = True
    cut_after: int = 0
    """Bytes of the longest answer after which the connection goes; 0 for never."""
    delay: float = 0.0
    """Seconds of silence before the longest answer."""
    chunk: int = 400
    pause: float = 0.001
    seed: int = 1
    echoes: bool = True
    key: asyncssh.SSHKey | None = None
    pager_off: re.Pattern[str] = re.compile(r"terminal (length|pager)|no page|screen-length|paging")
    files: dict[str, bytes] = field(default_factory=dict)
    keyboard_interactive: bool = False
    forwards: bool = False
    """It is a jump host."""
    algorithms: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Seen:
    """What the device noticed."""

    logins: list[tuple[str, bool]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)


class Hangup(Exception):
    pass


class _Server(asyncssh.SSHServer):
    def __init__(self, behaviour: Behaviour, seen: Seen, connections: list) -> None:
        self.behaviour, self.seen, self.connections = behaviour, seen, connections

    def connection_made(self, conn):
        self.connections.append(conn)

    def begin_auth(self, username):
        return True

    def connection_requested(self, dest_host, dest_port, orig_host, orig_port):
        return self.behaviour.forwards

    def password_auth_supported(self):
        return not self.behaviour.keyboard_interactive

    def validate_password(self, username, password):
        right = (username, password) == (USER, self.behaviour.password)
        self.seen.logins.append((password, right))
        return right

    def kbdint_auth_supported(self):
        return self.behaviour.keyboard_interactive

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username, responses):
        return self.validate_password(username, responses[0])


class _Session:
    def __init__(self, recording: Recording, behaviour: Behaviour, seen: Seen, process) -> None:
        self.recording, self.behaviour, self.seen, self.process = recording, behaviour, seen, process
        self.dice = random.Random(behaviour.seed)
        self.prompt, self.position = recording.prompt, 0
        self.paging = behaviour.page > 0
        self.locked = behaviour.enable is not None
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.longest = max((answer for _typed, answer in recording.answers), key=len, default="")

    async def send(self, text: str) -> None:
        data = text.encode(self.recording.encoding, "surrogateescape")
        while data:
            size = self.dice.randint(1, self.behaviour.chunk)
            self.process.stdout.write(data[:size])
            data = data[size:]
            await asyncio.sleep(self.dice.uniform(0, self.behaviour.pause))

    def shown_prompt(self) -> str:
        return self.prompt.replace("#", ">") if self.locked else self.prompt

    async def run(self) -> None:
        if self.process.command is not None:
            await self.execute(self.process.command)
            return
        reader = asyncio.ensure_future(self.read_keys())
        try:
            greeting = self.recording.greeting
            await self.send(greeting[: len(greeting) - len(self.prompt)] + self.shown_prompt())
            while True:
                await self.command(await self.read_line())
        except (Hangup, asyncio.CancelledError):
            pass
        finally:
            reader.cancel()
        self.process.exit(0)

    async def execute(self, command: str) -> None:
        if command.startswith("scp -f "):
            await self.copy(command.removeprefix("scp -f "))
            return
        answer = self.find(command)
        if answer is None:
            await self.send("unknown command\n")
        elif self.behaviour.cut_after and answer == self.longest:
            await self.cut(answer)
            return
        else:
            await self.send(answer)
        self.process.exit(127 if answer is None else 0)

    async def copy(self, path: str) -> None:
        content = self.behaviour.files.get(path)
        await self.process.stdin.read(1)
        if content is None:
            self.process.stdout.write(b"\x01no such file\n")
            self.process.exit(1)
            return
        self.process.stdout.write(b"C0644 %d %s\n" % (len(content), path.encode()))
        await self.process.stdin.read(1)
        self.process.stdout.write(content + b"\0")
        await self.process.stdin.read(1)
        self.process.exit(0)

    async def read_keys(self) -> None:
        before = ""
        while True:
            try:
                data = await self.process.stdin.read(4096)
            except (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived, asyncssh.SignalReceived):
                continue
            if not data:
                await self.keys.put("")
                return
            for key in data.decode("utf-8", "surrogateescape"):
                if key != "\n" or before != "\r":
                    await self.keys.put(key)
                before = key

    async def key(self) -> str:
        key = await self.keys.get()
        if not key:
            raise Hangup
        return key

    async def read_line(self) -> str:
        typed = ""
        while (key := await self.key()) not in "\r\n":
            recorded = self.recorded_key()
            if not typed and recorded == key:
                self.position += 1
                await self.answer(self.recording.answers[self.position - 1][1])
            elif key == "\x15":
                typed = ""
            else:
                typed += key
        return typed

    def recorded_key(self) -> str | None:
        if self.recording.ordered and self.position < len(self.recording.answers):
            key = self.recording.answers[self.position][0]
            return key if len(key) == 1 and key not in "\r\n" else None
        return None

    def find(self, typed: str) -> str | None:
        """Give the answer to what was typed; a recording in order is searched from where the session stands."""
        count = len(self.recording.answers)
        first = self.position if self.recording.ordered else 0
        for index in (*range(first, count), *range(first)):
            key, answer = self.recording.answers[index]
            if key.strip(" ") and key.strip() == typed.strip():
                self.position = index + 1
                return answer
        return None

    async def command(self, typed: str) -> None:
        self.seen.typed.append(typed)
        if self.behaviour.pager_off.search(typed):
            self.paging = False
        if self.locked and typed == "enable":
            await self.enable()
            return
        answer = None if self.locked and "show run" in typed else self.find(typed)
        if answer is not None:
            await self.answer(answer if self.behaviour.echoes else answer.partition("\n")[2])
        elif typed in {"exit", "quit", "logout"}:
            raise Hangup
        elif not typed or self.behaviour.pager_off.search(typed):
            await self.send(f"{typed}\r\n{self.shown_prompt()}")
        else:
            await self.send(
                f"{typed}\r\n       ^\r\n% Invalid input detected at '^' marker.\r\n\r\n{self.shown_prompt()}"
            )

    async def enable(self) -> None:
        await self.send("enable\r\nPassword: ")
        given = ""
        while (key := await self.key()) not in "\r\n":
            given += key
        self.seen.logins.append((given, given == self.behaviour.enable))
        if given == self.behaviour.enable:
            self.locked = False
            await self.send("\r\n" + self.shown_prompt())
        else:
            await self.send("\r\n% Access denied\r\n" + self.shown_prompt())

    async def answer(self, text: str) -> None:
        if not text:
            raise Hangup
        tail = last_line(text)
        if tail and "more" not in tail.lower():
            self.prompt = tail
            text = text[: len(text) - len(tail)] + self.shown_prompt()
        if text == self.longest or (tail and text.startswith(self.longest[: -len(tail)])):
            if self.behaviour.cut_after:
                await self.cut(text)
            await asyncio.sleep(self.behaviour.delay)
        if self.paging:
            await self.page(text.split("\n"))
        else:
            await self.send(text)

    async def cut(self, text: str) -> None:
        await self.send(text[: self.behaviour.cut_after])
        self.process.channel.get_connection().abort()
        raise Hangup

    async def page(self, lines: list[str]) -> None:
        size, more = self.behaviour.page, self.behaviour.more
        while len(lines) > size:
            await self.send("\n".join(lines[:size]) + "\n" + more)
            lines = lines[size:]
            while await self.key() != " ":
                pass
            await self.send(
                "\b" * len(more) + " " * len(more) + "\b" * len(more) if self.behaviour.wipe else "\r\n"
            )
        await self.send("\n".join(lines))


@dataclass
class Device:
    """A device that listens."""

    port: int
    seen: Seen
    behaviour: Behaviour


@contextlib.contextmanager
def devices() -> Iterator[Callable[..., Device]]:
    """Give a function that brings devices up; all go at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    acceptors: list[asyncssh.SSHAcceptor] = []
    connections: list[asyncssh.SSHServerConnection] = []
    default_key = asyncssh.generate_private_key("ssh-ed25519")

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    def start(recording: Recording, behaviour: Behaviour | None = None, port: int = 0) -> Device:
        behaviour, seen = behaviour or Behaviour(), Seen()

        async def serve(process):
            with contextlib.suppress(BrokenPipeError, ConnectionError, asyncssh.Error, Hangup):
                await _Session(recording, behaviour, seen, process).run()

        async def listen():
            return await asyncssh.create_server(
                lambda: _Server(behaviour, seen, connections),
                "127.0.0.1",
                port,
                server_host_keys=[behaviour.key or default_key],
                process_factory=serve,
                encoding=None,
                line_editor=False,
                reuse_address=True,
                login_timeout=60,
                **behaviour.algorithms,
            )

        acceptor = run(listen())
        acceptors.append(acceptor)
        return Device(acceptor.get_port(), seen, behaviour)

    async def stop():
        for acceptor in acceptors:
            acceptor.close()
            await acceptor.wait_closed()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # transports close their sockets on the loop's next round

    try:
        yield start
    finally:
        run(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def decode_escapes(text: str | None) -> str:
    """Undo the escapes that the recordings of the corpus keep in plain text."""
    return re.sub(
        r"\\(x[0-9a-fA-F]{2}|.)",
        lambda match: (
            ESCAPES.get(match[1]) or (chr(int(match[1][1:], 16)) if len(match[1]) == 3 else match[0])
        ),
        text or "",
    )
