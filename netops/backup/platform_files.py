"""Reads platforms from YAML: those that come with netops, and the operator's own, which replace them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from netops.backup.errors import BackupFailed
from netops.backup.platform import Answer, Platform, Step
from netops.i18n import _
from netops.settings.document import Document, read_document
from netops.settings.errors import Problem, SettingsErrors
from netops.settings.messages import explain
from netops.settings.parts import Part, Switch, Text, did_you_mean, refuse

OWN_FOLDER = Path(str(files("netops.backup") / "platforms"))
_ADDED = ("answers", "pagers", "errors", "volatile", "volatile_facts", "secrets")
"""Lists that a platform adds to those of the one it extends; every other key replaces."""
_DEEPEST = 5


def _compile(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return re.compile(value, re.MULTILINE)
    except re.error as error:
        words = {"reason": str(error)}
        raise refuse(
            _("is no regular expression: %(reason)s") % words, _("put it in single quotes")
        ) from None


def _compile_secret(value: Any) -> Any:
    pattern = _compile(value)
    if isinstance(pattern, re.Pattern) and not pattern.groups:
        raise refuse(_("hides nothing"), _("put (…) around what must be hidden"))
    return pattern


def _as_step(value: Any) -> Any:
    return {"command": value} if isinstance(value, str | int) else value


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compile)]
SecretPattern = Annotated[re.Pattern[str], BeforeValidator(_compile_secret)]
PromptText = Annotated[str, Field(strict=True, max_length=1000)]


class StepFile(Part):
    """One thing to fetch; a plain text is its command."""

    command: Text | None = None
    file: Text | None = None
    otherwise: tuple[Text, ...] = ()
    optional: Switch = False

    def to_step(self) -> Step:
        """Give the step as the session takes it."""
        first = self.file if self.file is not None else self.command or ""
        return Step((first, *self.otherwise), is_optional=self.optional, is_file=self.file is not None)


class AnswerFile(Part):
    """What to type where the device asks something at login."""

    when: Pattern
    send: PromptText


Steps = tuple[Annotated[StepFile, BeforeValidator(_as_step)], ...]


class PlatformFile(Part):
    """Everything a platform's file can say; a key that is absent comes from ``extends``, then from the defaults."""

    extends: Text | None = None
    title: Text | None = None
    aliases: tuple[Text, ...] | None = None
    netmiko: Text | None = None
    mode: Literal["shell", "exec"] | None = None
    prompt: Pattern | None = None
    confirm: Literal["enter", "quiet"] | None = None
    newline: PromptText | None = None
    enable: PromptText | None = None
    unprivileged: Pattern | None = None
    answers: tuple[AnswerFile, ...] | None = None
    setup: tuple[Text, ...] | None = None
    pagers: tuple[Pattern, ...] | None = None
    noise: Pattern | None = None
    configuration: Steps | None = None
    startup: Steps | None = None
    facts: Steps | None = None
    starts: Pattern | None = None
    ends: Pattern | None = None
    errors: tuple[Pattern, ...] | None = None
    volatile: tuple[Pattern, ...] | None = None
    volatile_facts: tuple[Pattern, ...] | None = None
    secrets: tuple[SecretPattern, ...] | None = None
    is_json: Switch | None = None
    resalted: Switch | None = None
    comment: PromptText | None = None
    exit: tuple[Text, ...] | None = None


class Platforms:
    """All platforms by name and by alias. An alias is a word that other programs use for the same family."""

    def __init__(self, platforms: Iterable[Platform]) -> None:
        self.by_name = {platform.name: platform for platform in platforms}
        self._aliases = {
            _plain(alias): platform for platform in self.by_name.values() for alias in platform.aliases
        }

    def find(self, name: str) -> Platform | None:
        """Give the platform of a name or alias; None for neither."""
        return self.by_name.get(name) or self.by_name.get(name.lower()) or self._aliases.get(_plain(name))

    def get(self, name: str) -> Platform:
        """Give the platform of a name or alias.

        Raises:
            BackupFailed: Nobody told us of it.
        """
        found = self.find(name)
        if found is None:
            raise BackupFailed(
                _('unknown platform "%(name)s"%(hint)s') % {"name": name, "hint": self.hint(name)}
            )
        return found

    def hint(self, name: str) -> str:
        """Suggest the platform meant; empty for none."""
        aliases = [alias for platform in self.by_name.values() for alias in platform.aliases]
        hint = did_you_mean(name, self.by_name) or did_you_mean(name, aliases)
        return f"; {hint}" if hint else ""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def load_platforms(own: Path | None = None) -> Platforms:
    """Read netops' own platforms, then those of an operator's folder, where there is one.

    Raises:
        SettingsErrors: With every mistake of every file, each with its line, column and key.
    """
    problems: list[Problem] = []
    found: dict[str, tuple[PlatformFile, Document]] = {}
    for folder in (OWN_FOLDER, own):
        if folder is not None and folder.is_dir():
            _read_folder(folder, found, problems)
    parts = {name: part for name, (part, _document) in found.items()}
    platforms = []
    for name, (_part, document) in found.items():
        chain = _find_chain(name, parts, document, problems)
        platform = _merge(name, [parts[link] for link in reversed(chain)])
        if not name.startswith("_"):
            _check_whole(platform, document, problems)
            platforms.append(platform)
    if problems:
        raise SettingsErrors(problems)
    return Platforms(platforms)


def _read_folder(
    folder: Path, found: dict[str, tuple[PlatformFile, Document]], problems: list[Problem]
) -> None:
    for path in sorted(folder.glob("*.yaml")):
        document = read_document(path, problems)
        if document is None:
            continue
        try:
            found[path.stem] = (PlatformFile.model_validate(document.value), document)
        except ValidationError as error:
            problems.extend(explain(error, document))


def _find_chain(
    name: str, parts: Mapping[str, PlatformFile], document: Document, problems: list[Problem]
) -> list[str]:
    """Give the names from a platform up to the one it extends last."""
    chain = [name]
    while (above := parts[chain[-1]].extends) is not None:
        if above not in parts:
            message = _('unknown platform "%(name)s"') % {"name": above}
            problems.append(document.problem(("extends",), message, did_you_mean(above, parts, or_all=False)))
            break
        if above in chain or len(chain) > _DEEPEST:
            problems.append(document.problem(("extends",), _("leads in a circle, or too far")))
            break
        chain.append(above)
    return chain


def _merge(name: str, parts: list[PlatformFile]) -> Platform:
    values: dict[str, Any] = {}
    for part in parts:
        for key in part.model_fields_set - {"extends"}:
            value = _convert(getattr(part, key))
            values[key] = (*values.get(key, ()), *value) if key in _ADDED else value
        if part is not parts[-1]:
            values.pop("aliases", None)
            values.pop("title", None)
    known = {field.name for field in fields(Platform)}
    return Platform(**{"name": name, "title": name, **{k: v for k, v in values.items() if k in known}})


def _convert(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_convert(item) for item in value)
    if isinstance(value, StepFile):
        return value.to_step()
    if isinstance(value, AnswerFile):
        return Answer(value.when, value.send)
    return value


def _check_whole(platform: Platform, document: Document, problems: list[Problem]) -> None:
    """Tell what one key at a time cannot: a platform without a command, a step without a way."""
    if not platform.configuration:
        problems.append(document.problem(("configuration",), _("is missing"), _("say how to print it")))
    for key in ("configuration", "startup", "facts"):
        for number, step in enumerate(getattr(platform, key)):
            if not step.ways[0]:
                problems.append(document.problem((key, number), _("names neither command nor file")))
