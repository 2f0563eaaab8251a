"""Compare the members of the high-availability pairs that the settings declare."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from netops.backup.drift import Difference, find_differences
from netops.i18n import _
from netops.services.back_up_device import RUNNING
from netops.services.run_backups import Backups
from netops.settings.document import read_document
from netops.settings.errors import Problem
from netops.settings.loader import LoadedSettings
from netops.settings.parts import did_you_mean
from netops.settings.patterns import compile_pattern
from netops.settings.shell import HaPairSettings


@dataclass(frozen=True, slots=True)
class Drift:
    """What came of comparing one pair."""

    pair: str
    members: tuple[str, ...]
    differences: list[Difference] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    """Members without a backup: nobody knows whether they differ."""

    @property
    def is_alike(self) -> bool:
        """Tell whether nothing unexpected was found, and everything was there to be looked at."""
        return not self.differences and not self.missing


def check_drift(backups: Backups, names: set[str] | None = None) -> Iterator[Drift]:
    """Compare the pairs of these names, or all of them.

    Raises:
        ArchiveError: The archive cannot be read.
    """
    index = backups.archive.index()
    ids = {about["name"]: device_id for device_id, about in index.items()}
    for pair in backups.settings.ha_pairs:
        if names is None or pair.name in names:
            yield _compare(backups, pair, ids)


def _compare(backups: Backups, pair: HaPairSettings, ids: dict[str, str]) -> Drift:
    texts: dict[str, str] = {}
    for member in pair.members:
        text = backups.archive.read(ids[member], RUNNING) if member in ids else None
        if text is not None:
            texts[member] = text
    missing = tuple(member for member in pair.members if member not in texts)
    if missing:
        return Drift(pair.name, pair.members, missing=missing)
    expected = [compile_pattern(pattern) for pattern in pair.expected]
    return Drift(pair.name, pair.members, find_differences(texts, expected))


def find_strange_members(loaded: LoadedSettings) -> list[Problem]:
    """Find the places in the settings where a pair names a device that is not there."""
    problems: list[Problem] = []
    document = read_document(loaded.config_file, problems)
    for number, pair in enumerate(loaded.settings.backup.ha_pairs if document else ()):
        for place, member in enumerate(pair.members):
            if document is not None and member not in loaded.devices:
                message = _('unknown device "%(name)s"') % {"name": member}
                hint = did_you_mean(member, loaded.devices)
                path = ("backup", "ha_pairs", number, "members", place)
                problems.append(document.problem(path, message, hint))
    return problems
