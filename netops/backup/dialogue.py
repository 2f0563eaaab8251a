"""Talking to a command line: the prompt is learned and proven, pages are turned, nothing is guessed from timing.

An answer is over when a prompt stands at its end **and** Enter makes the device show the same prompt once more,
with nothing else between. A prompt inside a banner or a configuration, with a pause behind it, so never ends an
answer: what follows it betrays it. Every Enter sent costs one more prompt at the real end, and is waited for.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from netops.backup.errors import CommandRefused, SessionTimedOut, TooLarge, UnknownQuestion
from netops.backup.platform import Answer, Platform
from netops.backup.questions import PAGER, PAGER_PERHAPS, QUESTION
from netops.backup.terminal import render_line
from netops.backup.transcript import PAGE_ENDS, mark_guess, mark_pager
from netops.backup.wire import Limits, Wire
from netops.i18n import _

SETTLE = 0.02
"""Silence behind the known prompt before Enter asks for proof."""
SETTLE_STRANGE = 0.3
"""The same behind a line that only looks like a prompt."""
SETTLE_AGAIN = 1.0
"""The same when an Enter is still unanswered: the device may have thrown it away."""
QUIET_END = 1.0
NUDGE_AFTER = 3.0
MOST_NUDGES = 3
"""Enters for a device that says nothing at login until it gets one."""
QUESTION_SETTLE = 0.2
STRANGE_PAGER_SETTLE = 4.0
_TAIL = 4096
_SHORT_LINE = 80
_LARGEST = 64 * 1024 * 1024


def _shown(line: bytes) -> str:
    return render_line(line.replace(b"\x00", b"").decode("utf-8", "replace")).strip()


@dataclass(slots=True)
class _Probe:
    """The Enters sent behind what looked like a prompt, and where the stream stood at the last."""

    sent: int = 0
    position: int = 0
    tail: str = ""
    repeated: str = ""
    """What the Enter before was answered with, where the device leaves the line end out."""


@dataclass(slots=True)
class Dialogue:
    """One session with one device's command line."""

    name: str
    wire: Wire
    platform: Platform
    limits: Limits
    deadline: float
    """On the monotonic clock: the session's end, whatever happens."""
    now: Callable[[], float] = time.monotonic
    answers: tuple[Answer, ...] = ()
    """What to type where the device asks something at login, filled in."""
    prompt: str = ""
    _raw: bytearray = field(default_factory=bytearray)
    _guessed: bool = False
    _heard: float = 0.0
    _pressed_at: int = -1

    # --- what callers use

    def learn_prompt(self, seconds: float | None = None) -> None:
        """Wait through banners and questions until the prompt is certain.

        Args:
            seconds: How long; without it as long as a login may take.

        Raises:
            SessionTimedOut: None appeared.
            ConnectionCut: The device hung up.
        """
        self._begin()
        self.prompt = ""
        probe, nudges = _Probe(), 0
        started = self.now()
        while True:
            self._read(self._login_wait(probe))
            if self._answer_login():
                continue
            tail = self._tail()
            quiet = self.now() - self._heard
            if self._looks_like_prompt(tail) and self._prompt_is_proven(tail, probe, quiet):
                self.prompt = self.prompt or tail
                return
            if not tail and quiet > NUDGE_AFTER and nudges < MOST_NUDGES:
                nudges += 1
                self.wire.write(self.platform.newline.encode())
                self._heard = self.now()
            if self.now() - started > (seconds or self.limits.login_seconds):
                raise self._timed_out(
                    _("%(device)s: showed no prompt within %(seconds)d s of the login"), started
                )

    def ask(self, command: str, *, timeout: float | None = None) -> bytes:
        """Send a command and give all of its answer, echo included, the prompt behind it excluded.

        Raises:
            SessionTimedOut: The device fell silent before its prompt.
            UnknownQuestion: It waits for a key that no space and no Enter answers.
            ConnectionCut: It hung up.
        """
        self._begin()
        self.send(command)
        return self._read_to_prompt(command, timeout or self.limits.read_seconds)

    def send(self, text: str) -> None:
        """Send a line as it is, without waiting for an answer."""
        self.wire.write((text + self.platform.newline).encode())
        self._heard = self.now()

    def wait_for(self, pattern: re.Pattern[str], timeout: float) -> str:
        """Wait until the last line, at rest, matches, or a proven-looking prompt stands there; give that line.

        Raises:
            SessionTimedOut: Neither came.
        """
        started = self.now()
        while True:
            self._read(0.05)
            tail = self._tail()
            is_at_rest = self.now() - self._heard >= QUESTION_SETTLE
            if is_at_rest and self._raw:
                if pattern.search(tail):
                    return tail
                if self._is_prompt(tail):
                    self.prompt = tail
                    return tail
            if self.now() - started > timeout:
                raise self._timed_out(_("%(device)s: silent for %(seconds)d s"), started)

    def mark(self) -> None:
        """Forget what came so far: the next answer begins here."""
        self._begin()

    # --- the loop

    def _read_to_prompt(self, command: str, timeout: float) -> bytes:
        probe = _Probe()
        while True:
            self._read(self._answer_wait(probe))
            if len(self._raw) > _LARGEST:
                words = {"device": self.name, "size": _LARGEST >> 20}
                raise TooLarge(_("%(device)s: sent more than %(size)d MiB for one command") % words)
            if self._turn_page():
                probe = _Probe()
                continue
            tail, quiet = self._tail(), self.now() - self._heard
            if self._is_prompt(tail):
                if self._is_bare_answer(command, tail):
                    break
                if self._prompt_is_proven(tail, probe, quiet):
                    break
            elif quiet > QUESTION_SETTLE and tail and QUESTION.search(tail):
                raise self._asked()
            elif quiet > SETTLE_STRANGE and self._is_given_back(command, tail):
                raise CommandRefused(_("%(device)s: does not know a command") % {"device": self.name})
            if quiet > timeout:
                raise self._timed_out(
                    _("%(device)s: silent for %(seconds)d s in the middle of an answer"), self._heard
                )
        self.prompt = self.prompt if self.prompt and tail.endswith(self.prompt) else tail
        _count, cut = self._count_prompts(tail)
        return bytes(self._raw[:cut])

    def _prompt_is_proven(self, tail: str, probe: _Probe, quiet: float) -> bool:
        """Decide whether the prompt at the end is the end; send an Enter when that has to be found out."""
        if self.platform.confirm == "quiet" and self.prompt:
            return quiet >= QUIET_END
        count, _cut = self._count_prompts(tail)
        if probe.sent and count >= probe.sent + 1:
            return True
        known = tail == self.prompt or self.platform.prompt.fullmatch(tail) is not None
        settle = (SETTLE if known else SETTLE_STRANGE) if not probe.sent else SETTLE_AGAIN
        if quiet < settle and not (probe.sent and tail != probe.tail and quiet >= 2 * SETTLE):
            return False
        if probe.sent and len(self._raw) > probe.position and tail == probe.tail:
            # The device threw earlier Enters away, or writes messages between; the last one was answered.
            answer = [render_line(line).strip() for line in self._since(probe.position).split("\n")]
            strangers = [line for line in answer if line and line != tail]
            if not strangers or (not self.prompt and quiet >= 2 * SETTLE_AGAIN):
                return True
            if quiet < 2 * SETTLE_AGAIN:
                return False
        if probe.sent and self._answers_in_line(probe):
            return True
        probe.sent += 1
        probe.position, probe.tail = len(self._raw), tail
        self.wire.write(self.platform.newline.encode())
        self._heard = self.now()
        return False

    def _answers_in_line(self, probe: _Probe) -> bool:
        """Read the answer of a device that shows its next prompt in the same line (IronWare)."""
        if b"\n" in self._raw[probe.position :]:
            return False
        answer = _shown(bytes(self._raw[probe.position :]))
        if self.prompt:
            return self._count_in(answer, self.prompt) > 0
        if answer and answer == probe.repeated:
            self.prompt = answer
            return True
        probe.repeated = answer
        return False

    def _is_bare_answer(self, command: str, tail: str) -> bool:
        """Tell whether nothing but echo and prompt came: commands that switch something on or off say no more."""
        if tail != self.prompt or len(self._raw) > len(command) + 300:
            return False
        lines = [render_line(line).strip() for line in self._since(0).split("\n")]
        return [line for line in lines if line] == [command.strip(), tail]

    def _is_given_back(self, command: str, tail: str) -> bool:
        """Tell whether the device complained and typed the command again, for us to correct it (FTD)."""
        is_echo = b"\n" not in self._raw
        typed = f"{self.prompt} {command.strip()}"
        return not is_echo and tail.startswith(typed) and len(tail) < len(typed) + 4

    def _turn_page(self) -> bool:
        """Press the key that a pager waits for; tell whether there was one."""
        if self.now() - self._heard < SETTLE:
            return False  # the rest of the pager's text may be on its way
        tail_at, raw_tail = self._raw_tail()
        text = raw_tail.decode("utf-8", "surrogateescape")
        for pattern in (*self.platform.pagers, PAGER, PAGER_PERHAPS):
            match = pattern.search(text)
            if match and text[match.end() :].strip("\x00\r\b ") == "" and self._pressed_at < len(self._raw):
                at = tail_at + len(text[: match.start()].encode("utf-8", "surrogateescape"))
                pager = bytes(self._raw[at:])
                del self._raw[at:]
                self._raw += mark_guess(pager) if pattern is PAGER_PERHAPS else mark_pager(pager)
                self._press(" ")
                return True
        return self._try_strange_pager()

    def _try_strange_pager(self) -> bool:
        """Press space where the device waits behind an unfinished line that is neither prompt nor question."""
        quiet = self.now() - self._heard
        tail = self._tail()
        if not tail or quiet < STRANGE_PAGER_SETTLE or self._is_prompt(tail) or QUESTION.search(tail):
            return False
        if self._pressed_at >= len(self._raw):
            return False
        at = max(self._raw.rfind(b"\n") + 1, self._after_page())
        line = bytes(self._raw[at:])
        del self._raw[at:]
        self._raw += mark_guess(line)
        self._guessed = True
        self._press(" ")
        return True

    def _press(self, key: str) -> None:
        self._pressed_at = len(self._raw)
        self.wire.write(key.encode())
        self._heard = self.now()

    def _answer_login(self) -> bool:
        tail_at, raw_tail = self._raw_tail()
        if self.now() - self._heard < SETTLE:
            return False
        text = raw_tail.decode("utf-8", "replace")
        for answer in self.answers:
            if answer.when.search(text):
                del self._raw[tail_at:]
                self._raw += b"\n"
                self.wire.write(answer.send.encode())
                self._heard = self.now()
                return True
        return False

    # --- what stands at the end of the stream

    def _begin(self) -> None:
        self._raw.clear()
        self._heard = self.now()
        self._pressed_at = -1
        self._guessed = False

    def _read(self, wait: float) -> None:
        if self.now() > self.deadline:
            words = {"device": self.name, "seconds": int(self.limits.session_seconds)}
            raise SessionTimedOut(_("%(device)s: the session lasted longer than %(seconds)d s") % words)
        data = self.wire.read(wait)
        if data:
            self._raw += data
            self._heard = self.now()

    def _since(self, position: int) -> str:
        return bytes(self._raw[position:]).decode("utf-8", "replace")

    def _after_page(self) -> int:
        """Give where the last page turned ends; 0 when none was."""
        at = self._raw.rfind(PAGE_ENDS)
        return at + len(PAGE_ENDS) if at >= 0 else 0

    def _raw_tail(self) -> tuple[int, bytes]:
        """Give where the last bytes of this answer begin, and them; never across a page's end."""
        at = max(0, len(self._raw) - 400, self._after_page())
        return at, bytes(self._raw[at:])

    def _tail(self) -> str:
        """Give the last line as a terminal shows it, without blanks around it; empty behind a line end."""
        at = max(self._raw.rfind(b"\n") + 1, len(self._raw) - _TAIL, self._after_page())
        tail = _shown(bytes(self._raw[at:]))
        return self.prompt if self._count_in(tail, self.prompt) else tail

    @staticmethod
    def _count_in(line: str, prompt: str) -> int:
        """Count how often a line says the prompt and nothing else: some devices answer Enter without a line end."""
        line, prompt = line.replace(" ", ""), prompt.replace(" ", "")
        times, rest = divmod(len(line), len(prompt)) if prompt else (0, 1)
        return times if not rest and line == prompt * times else 0

    def _looks_like_prompt(self, tail: str) -> bool:
        if not tail or QUESTION.search(tail) or PAGER.search(tail) or PAGER_PERHAPS.search(tail):
            return False
        return self.platform.prompt.fullmatch(tail) is not None or self._is_plain_prompt(tail)

    @staticmethod
    def _is_plain_prompt(tail: str) -> bool:
        return len(tail) <= 120 and tail[-1:] in "#>$%" and not tail.startswith(("#", ">", "$", "%", "!"))

    def _is_prompt(self, tail: str) -> bool:
        if not tail:
            return False
        if tail == self.prompt or self.platform.prompt.fullmatch(tail) is not None:
            return True
        # Another mode of the same prompt: router> and router#, router(config)#.
        stem = self.prompt.rstrip("#>$% ")
        return (
            bool(stem)
            and tail.startswith(stem)
            and self._is_plain_prompt(tail)
            and len(tail) < len(stem) + 40
        )

    def _count_prompts(self, tail: str) -> tuple[int, int]:
        """Count the lines at the end that are this prompt and nothing else; give where the first begins."""
        count, cut, end, page = 0, len(self._raw), len(self._raw), self._after_page()
        while end > page:
            at = max(self._raw.rfind(b"\n", 0, end) + 1, page)
            shown = _shown(bytes(self._raw[at:end]))
            times = self._count_in(shown, tail)
            if times:
                count, cut = count + times, at
            elif shown:
                break
            end = at - 1
        return count, cut

    def _login_wait(self, probe: _Probe) -> float:
        return SETTLE if not probe.sent else 2 * SETTLE

    def _answer_wait(self, probe: _Probe) -> float:
        """Choose how long the next read may sleep: short only where something has to be decided soon."""
        tail = self._tail()
        if not tail:
            return min(5.0, self.limits.read_seconds)
        if self._is_prompt(tail):
            return SETTLE if not probe.sent else 4 * SETTLE
        return SETTLE if len(tail) < _SHORT_LINE else QUESTION_SETTLE

    def _asked(self) -> UnknownQuestion:
        words = {"device": self.name}
        return UnknownQuestion(
            _(
                "%(device)s: asks a question that netops has no answer to; put it under answers of its platform"
            )
            % words
        )

    def _timed_out(self, message: str, since: float) -> SessionTimedOut | UnknownQuestion:
        words = {"device": self.name, "seconds": round(self.now() - since)}
        if self._guessed or (self._pressed_at >= 0 and self._tail() and self._pressed_at >= len(self._raw)):
            return UnknownQuestion(
                _(
                    "%(device)s: waits behind a line that is no prompt and that no key answers; "
                    "put it under pagers of its platform"
                )
                % words
            )
        return SessionTimedOut(message % words)
