"""Reads profiles: those that come with netops, and the operator's own in ``configs/profiles/``.

Reading all of ours takes a second, so what was read is kept in the user's cache folder under a hash of the
files; a start then takes some milliseconds. A profile is checked and compiled when a device first needs it.
"""

import contextlib
import hashlib
import logging
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from netops.i18n import _
from netops.profiles.format import ProfileFile
from netops.profiles.matching import GENERIC, Matcher, find_base, rules_of
from netops.profiles.names import find_unknown_names
from netops.profiles.profile import Profile, build_profile
from netops.settings.document import Document, read_document
from netops.settings.errors import Problem
from netops.settings.messages import explain
from netops.settings.parts import did_you_mean

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "data"
_FORMAT = b"1"
"""Counts up when the form of the cache changes."""
_CACHES = 8
"""So many are kept: several versions of netops may run on one machine."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it was read."""

    name: str
    path: Path
    raw: Mapping[str, Any]
    is_users: bool = False


@dataclass(slots=True)
class Profiles:
    """All profiles by name. Loaded once and passed on; ``load_profiles`` makes it."""

    shipped: Mapping[str, Source]
    users: Mapping[str, Source] = field(default_factory=dict)
    _matcher: Matcher | None = None
    _built: dict[tuple[str, str], Profile] = field(default_factory=dict)
    _parts: dict[tuple[str, bool], ProfileFile] = field(default_factory=dict)
    """Files that were checked already, ours and theirs."""

    @property
    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self.shipped.keys() | self.users.keys())

    @property
    def matcher(self) -> Matcher:
        """The rules of all profiles."""
        if self._matcher is None:
            sources = {**self.shipped, **self.users}
            self._matcher = Matcher(
                rule
                for source in sources.values()
                for rule in rules_of(source.name, source.raw.get("match", ()))
            )
        return self._matcher

    def get(self, name: str, object_id: str = "") -> Profile:
        """Give a profile, compiled; the generic one where the name is not known (any more).

        Args:
            name: The profile.
            object_id: sysObjectID of the device, below which some makers have each product's tables.
        """
        source = self.find(name)
        if source is None:
            return self.get(GENERIC) if name != GENERIC else Profile(GENERIC)
        base = find_base(source.raw.get("match", ()), object_id)
        if (name, base) not in self._built:
            self._built[name, base] = build_profile(name, self.chain(source), base)
        return self._built[name, base]

    def find(self, name: str) -> Source | None:
        """Give the file of a profile, the user's before ours."""
        return self.users.get(name) or self.shipped.get(name)

    def chain(self, source: Source) -> list[ProfileFile]:
        """Give a profile's file behind all those it extends, each once."""
        ordered: dict[tuple[str, bool], ProfileFile] = {}
        self._collect(source, ordered, ())
        return list(ordered.values())

    def _collect(
        self,
        source: Source,
        ordered: dict[tuple[str, bool], ProfileFile],
        under: tuple[tuple[str, bool], ...],
    ) -> None:
        here = (source.name, source.is_users)
        if here in ordered or here in under:
            return
        part = self._parts.get(here) or ProfileFile.model_validate(source.raw)
        self._parts[here] = part
        for parent in part.extends:
            # A user's profile may extend ours of the same name.
            found = self.shipped.get(parent) if parent == source.name else self.find(parent)
            if found is not None:
                self._collect(found, ordered, (*under, here))
        ordered[here] = part


def load_profiles(
    folder: Path | None = None, problems: list[Problem] | None = None, *, before: Profiles | None = None
) -> Profiles:
    """Load our profiles and those of a folder.

    Args:
        folder: The operator's; it need not exist.
        problems: What is wrong with the operator's files joins this list.
        before: What was loaded before: a broken file leaves its last good reading in force.
    """
    shipped = before.shipped if before else _load_shipped()
    profiles = Profiles(shipped)
    if folder is not None and folder.is_dir():
        found: list[Problem] = []
        profiles.users = _load_folder(folder, profiles, found, before)
        if problems is not None:
            problems += found
    if before is not None and _is_same(profiles, before):
        return before  # every device would be matched and surveyed anew
    return profiles


def _is_same(left: Profiles, right: Profiles) -> bool:
    return {name: source.raw for name, source in left.users.items()} == {
        name: source.raw for name, source in right.users.items()
    }


def check_files(paths: list[Path], profiles: Profiles, problems: list[Problem]) -> dict[str, Source]:
    """Read and check profiles by themselves; what is wrong joins ``problems``, the sound ones come back."""
    documents = {path.stem: (path, document) for path in paths if (document := read_document(path, problems))}
    known = {**profiles.shipped, **profiles.users}
    drafts = {
        name: Source(name, path, document.value, is_users=True)
        for name, (path, document) in documents.items()
    }
    world = Profiles(profiles.shipped, {**profiles.users, **drafts})
    sound: dict[str, Source] = {}
    for name, (_path, document) in documents.items():
        seen = len(problems)
        _check_one(name, document, world, known.keys() | drafts.keys(), problems)
        if len(problems) == seen:
            sound[name] = drafts[name]
    return sound


def _load_folder(
    folder: Path, profiles: Profiles, problems: list[Problem], before: Profiles | None
) -> dict[str, Source]:
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
    sound = check_files(paths, profiles, problems)
    for path in paths:
        last_good = before.users.get(path.stem) if before else None
        if path.stem not in sound and last_good is not None:
            sound[path.stem] = last_good
    return sound


def _check_one(
    name: str, document: Document, world: Profiles, known: set[str], problems: list[Problem]
) -> None:
    try:
        part = ProfileFile.model_validate(document.value)
    except ValidationError as error:
        problems += explain(error, document)
        return
    for number, parent in enumerate(part.extends):
        if parent not in known:
            message = _('there is no profile "%(name)s"') % {"name": parent}
            problems.append(document.problem(("extends", number), message, did_you_mean(parent, known)))
            return
    source = world.find(name)
    if source is None:
        return
    try:
        chain = world.chain(source)
    except ValidationError:
        return  # one of those it extends is broken, and told where it stands
    for path, message, suggestion in find_unknown_names(part, chain):
        problems.append(document.problem(path, message, suggestion))


# --- ours, and the cache


def _load_shipped() -> dict[str, Source]:
    paths = sorted(SHIPPED.rglob("*.yaml"))
    texts = [path.read_bytes() for path in paths]
    digest = hashlib.blake2b(_FORMAT, digest_size=16)
    for path, text in zip(paths, texts, strict=True):
        digest.update(f"{path.relative_to(SHIPPED)}\0{len(text)}\0".encode())
        digest.update(text)
    cached = _cache_folder() / f"profiles-{digest.hexdigest()}.json"
    raws = _read_cache(cached)
    if raws is None:
        problems: list[Problem] = []
        raws = {path.stem: document.value for path in paths if (document := read_document(path, problems))}
        for problem in problems:
            logger.error("a profile that comes with netops is broken: %s", problem)
        if not problems:
            _write_cache(cached, raws)
    by_name = {path.stem: path for path in paths}
    return {name: Source(name, by_name[name], raw) for name, raw in raws.items() if name in by_name}


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("CACHE_DIRECTORY")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "netops"
    except RuntimeError:  # a user without a home
        return Path(tempfile.gettempdir()) / f"netops-{os.geteuid()}"


def _read_cache(path: Path) -> dict[str, Any] | None:
    """Give what is cached, if it is there, ours, and whole."""
    try:
        status = path.stat()
        if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return None  # somebody else could have written it
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None


def _write_cache(path: Path, raws: Mapping[str, Any]) -> None:
    """Write it beside and move it into its place; where that is not allowed, every start reads the files."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(raws))
        Path(draft).replace(path)
        kept = sorted(
            path.parent.glob("profiles-*.json"), key=lambda file: file.stat().st_mtime, reverse=True
        )
        for old in kept[_CACHES:]:
            old.unlink(missing_ok=True)
