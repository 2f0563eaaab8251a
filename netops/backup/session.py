"""One visit to one device: log in, be let in, print what its platform asks for, leave."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netops.backup.acceptance import is_refusal
from netops.backup.dialogue import Dialogue
from netops.backup.errors import (
    BackupFailed,
    CommandRefused,
    ConnectionCut,
    EnableRefused,
    SessionTimedOut,
    UnknownQuestion,
)
from netops.backup.known_hosts import HostKeys
from netops.backup.platform import Answer, Platform, Step
from netops.backup.transcript import decode, join_pages, read_answer
from netops.backup.wire import Limits
from netops.i18n import _
from netops.model.shell_access import ShellAccess

if TYPE_CHECKING:
    from netops.backup.connection import Connection

_PASSWORD = re.compile(r"(?i)pass(?:word|phrase|code)[^\n]{0,60}:\s*$|enter your enable password:\s*$")
_SETUP_SECONDS = 30.0
_FACT_SECONDS = 60.0
_COME_BACK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one visit brought home: texts as the device showed them, nothing taken out yet."""

    configuration: str
    startup: str | None
    """None where the platform has none, or the device did not show it."""
    facts: dict[str, str] = field(default_factory=dict)
    """Command to answer; only commands that the device knows."""


class Visit:
    """Runs a platform's commands over an open connection."""

    def __init__(
        self,
        access: ShellAccess,
        platform: Platform,
        connection: "Connection",
        limits: Limits,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access = access
        self._platform = platform
        self._connection = connection
        self._limits = limits
        self._echoes = False
        self._is_lost = self._is_stuck = False
        self._dialogue = Dialogue(
            access.name,
            connection,
            platform,
            limits,
            deadline=now() + limits.session_seconds,
            now=now,
            answers=tuple(Answer(answer.when, self._fill(answer.send)) for answer in platform.answers),
        )

    def run(self) -> Fetched:
        """Fetch everything, the configuration first: whatever fails later cannot cost it.

        Raises:
            BackupFailed: The configuration could not be had.
        """
        platform = self._platform
        if platform.mode == "shell":
            self._log_in()
        configuration = self._fetch(platform.configuration, self._limits.read_seconds)
        startup = self._fetch_gently(platform.startup, self._limits.read_seconds)
        facts = {}
        for step in platform.facts:
            if self._is_stuck:
                break
            answer = self._fetch_gently((step,), min(_FACT_SECONDS, self._limits.read_seconds))
            if answer and answer.strip():
                facts[step.ways[0]] = answer
        self._leave()
        return Fetched(configuration, startup, facts)

    def _fill(self, text: str) -> str:
        login = self._access.credential
        return text.replace("{user}", login.user).replace("{password}", login.password)

    # --- logging in

    def _log_in(self) -> None:
        dialogue, platform = self._dialogue, self._platform
        dialogue.learn_prompt()
        if platform.enable and platform.unprivileged.search(dialogue.prompt):
            self._enable()
        for command in platform.setup:
            answer = dialogue.ask(command, timeout=_SETUP_SECONDS)
            self._echoes |= read_answer(answer, command, self._access.name, echoes=False)[1]

    def _enable(self) -> None:
        """Enter the privileged mode; the secret is tried once.

        Raises:
            EnableRefused: The device refused, or wants a secret that we do not have.
        """
        dialogue, secret = self._dialogue, self._access.credential.enable
        words = {"device": self._access.name}
        dialogue.mark()
        dialogue.send(self._platform.enable)
        asked = dialogue.wait_for(_PASSWORD, _SETUP_SECONDS)
        if _PASSWORD.search(asked):
            dialogue.mark()
            # Without a secret the line stays empty: devices fresh from the factory ask, and want none.
            dialogue.send(secret or "")
            asked = dialogue.wait_for(_PASSWORD, _SETUP_SECONDS)
            if _PASSWORD.search(asked) or self._platform.unprivileged.search(asked):
                message = (
                    _("%(device)s: refuses the enable secret; it was tried once, and waits for a person")
                    if secret
                    else _("%(device)s: wants an enable secret, and its credential has none")
                )
                raise EnableRefused(message % words)
        dialogue.prompt = asked

    def _leave(self) -> None:
        if self._platform.mode != "shell":
            return
        try:
            for command in self._platform.exit:
                self._dialogue.send(command)
        except ConnectionCut:
            pass  # it hung up first

    # --- fetching

    def _fetch(self, steps: tuple[Step, ...], timeout: float) -> str:
        """Fetch all steps; several are put together, each under a heading."""
        answers = [(step, *answer) for step in steps if (answer := self._try_ways(step, timeout)) is not None]
        if not answers:
            raise self._refused()
        if len(steps) == 1:
            return answers[0][2]
        comment = self._platform.comment
        return "\n".join(f"{comment} === {way} ===\n{text.rstrip()}\n" for _step, way, text in answers)

    def _fetch_gently(self, steps: tuple[Step, ...], timeout: float) -> str | None:
        """Fetch what a backup can do without; None when the device does not give it."""
        if not steps:
            return None
        if self._is_lost:
            self._come_back()
        try:
            return self._fetch(steps, timeout)
        except ConnectionCut:
            return None
        except BackupFailed as error:
            self._is_stuck = isinstance(error, SessionTimedOut | UnknownQuestion)
            self._is_lost = True
            return None

    def _come_back(self) -> None:
        """After an extra command that failed, take back what is typed and wait for the prompt anew."""
        self._is_lost = False
        if self._platform.mode != "shell":
            return
        try:
            self._connection.write(b"\x15")
            self._dialogue.send("")
            self._dialogue.learn_prompt(_COME_BACK_SECONDS)
        except BackupFailed:
            pass  # the next command tells

    def _try_ways(self, step: Step, timeout: float) -> tuple[str, str] | None:
        """Give the first way that the device does not refuse, and its answer.

        Raises:
            CommandRefused: All are refused, and the step is not optional.
        """
        for way in step.ways:
            text = self._copy(way) if step.is_file else self._run(way, timeout)
            if text is not None:
                return way, text
        if step.is_optional:
            return None
        raise self._refused()

    def _run(self, way: str, timeout: float) -> str | None:
        command = self._fill(way)
        name = self._access.name
        if self._platform.mode == "exec":
            result = self._connection.execute(command, timeout)
            text, _echo = read_answer(result.output, command, name, echoes=False)
            is_refused = result.status not in {0, None} or is_refusal(text, self._platform)
            return None if is_refused else text
        raw = join_pages(self._dialogue.ask(command, timeout=timeout), self._platform)
        text, echoed = read_answer(raw, command, name, echoes=self._echoes)
        self._echoes |= echoed
        return None if is_refusal(text, self._platform) else text

    def _copy(self, path: str) -> str | None:
        content = self._connection.copy_file(path, self._limits.read_seconds)
        return None if content is None else decode(content, self._access.name).replace("\r\n", "\n")

    def _refused(self) -> CommandRefused:
        words = {"device": self._access.name, "platform": self._platform.name}
        return CommandRefused(
            _(
                "%(device)s: refuses every command of platform %(platform)s that would show its configuration; check "
                "the platform and the rights of the login"
            )
            % words
        )


def fetch(
    access: ShellAccess, platform: Platform, keys: HostKeys, jump_keys: HostKeys, limits: Limits | None = None
) -> Fetched:
    """Visit a device and bring home what its platform asks for. Blocks; meant for a worker thread.

    Raises:
        BackupFailed: One of its kinds.
    """
    # netmiko takes as long to import as a short command takes to run; only a visit needs it.
    from netops.backup.login import connect  # noqa: PLC0415

    limits = limits or Limits()
    with connect(access, platform, keys, jump_keys, limits) as connection:
        return Visit(access, platform, connection, limits).run()
