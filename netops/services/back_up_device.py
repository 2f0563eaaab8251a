"""Back one device up: visit it, judge what came, hide and seal its secrets, keep what differs, tell."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from netops.backup.acceptance import check_answer, check_size, is_unsaved
from netops.backup.archive import Archive, Occasion, Stored, Texts, part_name
from netops.backup.errors import (
    AwaitsPerson,
    BackupFailed,
    DeviceBusy,
    EnableRefused,
    HostKeyChanged,
    ShrunkConfiguration,
    WrongPassword,
)
from netops.backup.files import write_whole
from netops.backup.normalise import normalise, normalise_facts
from netops.backup.platform import Platform
from netops.backup.platform_files import Platforms
from netops.backup.redact import redact
from netops.backup.session import Fetched, fetch
from netops.backup.states import State, States
from netops.backup.wire import Limits
from netops.clock import Clock
from netops.errors import NetopsError
from netops.i18n import _
from netops.model.shell_access import ShellAccess
from netops.settings.shell import BackupSettings

logger = logging.getLogger(__name__)

RUNNING, STARTUP = "running-config", "startup-config"
Visit = Callable[[ShellAccess, Platform], Fetched]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt."""

    state: State
    stored: Stored | None = None
    error: NetopsError | None = None
    author: str = ""
    """Who made the change, where that is known."""
    address: str = ""


Listener = Callable[[Outcome], None]


class BackUpDevice:
    """Backs devices up, one at a time; calls may come from several threads."""

    def __init__(
        self, archive: Archive, platforms: Platforms, settings: BackupSettings, clock: Clock
    ) -> None:
        self.archive = archive
        self.states = States(archive.folder)
        self.listeners: list[Listener] = []
        self.platforms = platforms
        self._settings = settings
        self._clock = clock

    def run(
        self, access: ShellAccess, *, site: str, reason: str, author: str = "", address: str = ""
    ) -> Outcome:
        """Back a device up; whatever happens is in the outcome, and in the device's state."""
        name = access.name
        try:
            with self.states.visiting(name):
                outcome = self._attempt(access, site, reason, author, address)
        except DeviceBusy as error:
            return Outcome(self.states.read(name), error=error)
        for listener in self.listeners:
            listener(outcome)
        return outcome

    def _attempt(self, access: ShellAccess, site: str, reason: str, author: str, address: str) -> Outcome:
        before = self.states.read(access.name)
        occasion = Occasion(self._clock.now(), reason, author, address)
        started = self._clock.monotonic()
        state = replace(before, attempted_at=occasion.at.isoformat(), reason="", message="")
        try:
            self._check_waiting(before, access)
            platform = self.platforms.get(access.platform)
            texts = self._read(access, platform)
            state = replace(state, seconds=round(self._clock.monotonic() - started, 3), waits_for="")
            self._hold_if_shrunk(before, access, texts, platform.name, site)
            stored = self._store(access.name, texts, occasion, platform.name, site)
            state = self._note_good(state, texts, stored, occasion)
            self.states.write(state)
        except NetopsError as error:
            kind = error.reason if isinstance(error, BackupFailed) else "failed"
            is_held = isinstance(error, ShrunkConfiguration)
            waits_for = (
                self._login_print(access)
                if isinstance(error, WrongPassword | EnableRefused)
                else state.waits_for
            )
            state = replace(
                state,
                outcome="held" if is_held else "failed",
                reason=kind,
                message=str(error),
                waits_for=waits_for,
            )
            logger.info("%s", error)  # whoever asked tells it: the command, or the night
            self.states.write(state)
            return Outcome(state, error=error)
        return Outcome(state, stored, author=author, address=address)

    def _check_waiting(self, state: State, access: ShellAccess) -> None:
        if state.waits_for and state.waits_for == self._login_print(access):
            raise AwaitsPerson(
                _(
                    "%(device)s: its login was refused at %(at)s and is not tried again, so that no account is locked; "
                    "correct the credential, or `netops backup accept %(device)s`"
                )
                % {"device": access.name, "at": state.attempted_at}
            )
        if self.states.host_keys(access.name).pending():
            raise HostKeyChanged(
                _(
                    "%(device)s: its host key has changed; `netops backup accept %(device)s` trusts the new one"
                )
                % {"device": access.name}
            )

    def _login_print(self, access: ShellAccess) -> str:
        login = access.credential
        text = json.dumps([access.host, access.port, login.user, str(login.key_file), *login.secrets])
        return self.archive.keys.fingerprint(text.encode("utf-8", "surrogatepass"), f"login/{access.name}")

    def _read(self, access: ShellAccess, platform: Platform) -> Texts:
        """Visit the device and judge its configuration."""
        limits = Limits(
            read_seconds=self._settings.read_timeout.total_seconds(),
            session_seconds=self._settings.session_timeout.total_seconds(),
        )
        jump_keys = self.states.host_keys(f"jump {access.jump.name}" if access.jump else "jump")
        fetched = fetch(access, platform, self.states.host_keys(access.name), jump_keys, limits)
        check_answer(fetched.configuration, platform, access.name)
        complete = {RUNNING: normalise(fetched.configuration, platform)}
        if fetched.startup is not None and fetched.startup.strip():
            complete[STARTUP] = normalise(fetched.startup, platform)
        complete |= {part_name(way): normalise_facts(text, platform) for way, text in fetched.facts.items()}
        known = access.credential.secrets
        masked = {part: redact(text, platform.secrets, known) for part, text in complete.items()}
        return Texts(masked, complete, platform.resalted)

    def _hold_if_shrunk(
        self, before: State, access: ShellAccess, texts: Texts, platform: str, site: str
    ) -> None:
        size = len(texts.complete[RUNNING].encode("utf-8", "surrogatepass"))
        last = before.size if before.good_at else None
        try:
            check_size(size, last, shrink_share=self._settings.shrink_share, name=access.name)
        except ShrunkConfiguration:
            held = {
                "masked": dict(texts.masked),
                "complete": dict(texts.complete),
                "resalted": texts.is_resalted,
                "platform": platform,
                "site": site,
            }
            content = json.dumps(held, ensure_ascii=False).encode("utf-8", "surrogatepass")
            write_whole(
                self.states.held_path(access.name), self.archive.keys.seal(content, f"held/{access.name}")
            )
            raise

    def _store(self, name: str, texts: Texts, occasion: Occasion, platform: str, site: str) -> Stored:
        stored = self.archive.store(name, texts, occasion, platform=platform, site=site)
        self.states.held_path(name).unlink(missing_ok=True)
        return stored

    @staticmethod
    def _note_good(state: State, texts: Texts, stored: Stored, occasion: Occasion) -> State:
        at = occasion.at.isoformat()
        running, startup = texts.complete[RUNNING], texts.complete.get(STARTUP)
        return replace(
            state,
            device_id=stored.device_id,
            outcome="changed" if stored.is_new else "unchanged",
            good_at=at,
            changed_at=at if stored.is_new else state.changed_at,
            revision=stored.revision if stored.is_new or not state.revision else state.revision,
            size=len(running.encode("utf-8", "surrogatepass")),
            sha256=sha256(texts.masked[RUNNING].encode("utf-8", "surrogatepass")).hexdigest(),
            has_unsaved_changes=None if startup is None else is_unsaved(running, startup),
        )

    def accept(self, name: str, who: str) -> list[str]:
        """Do what a device waits for a person to do; give a sentence for each thing done.

        Raises:
            BackupFailed: What is held cannot be stored.
        """
        done = []
        state = self.states.read(name)
        words = {"device": name}
        if self.states.host_keys(name).accept():
            done.append(_("%(device)s: its new host key is trusted") % words)
        if state.waits_for:
            state = replace(state, waits_for="")
            done.append(_("%(device)s: its login may be tried again") % words)
        path = self.states.held_path(name)
        if path.exists():
            held = json.loads(self.archive.keys.open(path.read_bytes(), f"held/{name}"))
            texts = Texts(held["masked"], held["complete"], held["resalted"])
            occasion = Occasion(self._clock.now(), f"held, and accepted by {who}")
            stored = self._store(name, texts, occasion, held["platform"], held["site"])
            state = self._note_good(replace(state, reason="", message=""), texts, stored, occasion)
            done.append(_("%(device)s: the held configuration is stored") % words)
        if done:
            self.states.write(state)
        return done
