"""What devices say of changes to their configuration, as data: which messages and traps, and where they name who.

The signs of each maker stand in ``netops/syslog/signs/``; files of the operator's in ``configs/change_signs/`` are added
to them, and one of the same name replaces ours (docs/syslog.md).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from netops.i18n import _
from netops.model.notification import Notification, NotificationVarbind
from netops.settings.document import read_document
from netops.settings.errors import Problem
from netops.settings.messages import explain
from netops.settings.parts import Part, Text, as_text, refuse
from netops.settings.patterns import GroupPattern, PatternText, compile_pattern

OWN_FOLDER = Path(str(resources.files("netops.syslog") / "signs"))
_LONGEST_NAME = 64
_NOBODY = re.compile(r"(?i)(?:console|vty|tty|con|aux|line|ttyS)[\d_/]*|unknown|none|null|n/a|\*+|-+|")
"""What stands where a user might: a terminal, or nobody."""


def _check_oid(text: str) -> str:
    if not re.fullmatch(r"[0-2](?:\.\d{1,10}){2,126}", text):
        raise refuse(_("is no object identifier"), _("write it in numbers: 1.3.6.1.2.1.1.1.0"))
    return text


OidText = Annotated[str, BeforeValidator(as_text), AfterValidator(_check_oid)]


class MessageSign(Part):
    """A message that tells of a change. Groups called user and address say who, or the two keys do."""

    when: PatternText
    unless: PatternText | None = None
    user: GroupPattern | None = None
    address: GroupPattern | None = None


class TrapSign(Part):
    """A trap that tells of a change. Variables are found by their column, whatever row they are of."""

    oid: OidText
    where: dict[OidText, tuple[Annotated[int, Field(strict=True)], ...]] = Field(default_factory=dict)
    """Only with one of these numbers in the column."""
    user: OidText | None = None
    address: OidText | None = None


class SignFile(Part):
    """The signs of one maker."""

    title: Text
    platforms: tuple[Text, ...] = ()
    """What the devices speak that send them; without it, any."""
    messages: tuple[MessageSign, ...] = ()
    traps: tuple[TrapSign, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What a message tells of a change: who made it and from where, as far as it says."""

    user: str = ""
    address: str = ""


class ChangeSigns:
    """All signs."""

    def __init__(self, sign_files: Iterable[SignFile]) -> None:
        self._files = list(sign_files)
        self._named = {platform for file in self._files for platform in file.platforms}
        self._of_platform: dict[str | None, list[MessageSign]] = {}
        self._traps: dict[str, list[TrapSign]] = {}
        for file in self._files:
            for trap in file.traps:
                self._traps.setdefault(trap.oid, []).append(trap)

    def recognise(self, line: str, platform: str | None = None) -> Change | None:
        """Tell whether a message speaks of a change; None for one that does not.

        Args:
            line: All of the message behind its priority.
            platform: What the device speaks; of one that no file names, or None, every sign is looked for.
        """
        for sign in self._signs_of(platform):
            found = compile_pattern(sign.when).search(line)
            if found and not (sign.unless and compile_pattern(sign.unless).search(line)):
                groups = found.groupdict()
                user = groups.get("user") or _find(sign.user, line)
                address = groups.get("address") or _find(sign.address, line)
                return make_change(user, address)
        return None

    def recognise_trap(self, trap: Notification) -> Change | None:
        """Tell whether a trap speaks of a change; None for one that does not."""
        for sign in self._traps.get(trap.trap_oid, ()):
            if all(_read(trap, column) in values for column, values in sign.where.items()):
                return make_change(_read_text(trap, sign.user), _read_text(trap, sign.address))
        return None

    def _signs_of(self, platform: str | None) -> list[MessageSign]:
        platform = platform if platform in self._named else None
        if platform not in self._of_platform:
            # What is said of a maker counts more; of a maker that nobody told us of, plain words tell most.
            files = sorted(self._files, key=lambda file: bool(file.platforms) == (platform is None))
            self._of_platform[platform] = [
                sign
                for file in files
                if platform is None or not file.platforms or platform in file.platforms
                for sign in file.messages
            ]
        return self._of_platform[platform]


def make_change(user: str, address: str) -> Change:
    """Make a change of words out of a message: a terminal is nobody, and only an address is one."""
    user = " ".join(user.split())[:_LONGEST_NAME]
    user = user if user.isprintable() and not _NOBODY.fullmatch(user) else ""
    try:
        shown = str(ip_address(address.strip()))
    except ValueError:
        shown = ""
    return Change(user, "" if shown in {"0.0.0.0", "::"} else shown)


def _find(pattern: str | None, line: str) -> str:
    found = compile_pattern(pattern).search(line) if pattern else None
    return found[1] or "" if found else ""


def _variable(trap: Notification, column: str | None) -> NotificationVarbind | None:
    return next((one for one in trap.varbinds if column and one.oid.startswith(f"{column}.")), None)


def _read(trap: Notification, column: str) -> Any:
    variable = _variable(trap, column)
    return variable.value if variable else None


def _read_text(trap: Notification, column: str | None) -> str:
    value = _read(trap, column) if column else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def load_change_signs(own: Path | None, problems: list[Problem]) -> ChangeSigns:
    """Read our signs, then those of an operator's folder, where there is one; mistakes are added to ``problems``."""
    found: dict[str, SignFile] = {}
    for folder in (OWN_FOLDER, own):
        for path in sorted(folder.glob("*.yaml")) if folder is not None else ():
            document = read_document(path, problems)
            if document is None:
                continue
            try:
                found[path.stem] = SignFile.model_validate(document.value)
            except ValidationError as error:
                problems.extend(explain(error, document))
    return ChangeSigns(found.values())
