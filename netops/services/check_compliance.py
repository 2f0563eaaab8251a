"""Hold the configurations of devices against the compliance rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from netops.backup.archive import device_place
from netops.backup.compliance.judge import Evidence, Verdict, judge
from netops.backup.compliance.rule_files import load_compliance_rules
from netops.backup.compliance.rules import Rule, Subject
from netops.backup.git import BRANCH
from netops.backup.platform_files import Platforms
from netops.clock import Clock
from netops.model.compliance import ComplianceCheck, ComplianceResult
from netops.services.back_up_device import RUNNING
from netops.services.check_rules import match_patterns
from netops.services.run_backups import Backups
from netops.settings.devices import DeviceSettings
from netops.settings.errors import Problem
from netops.settings.loader import LoadedSettings

_AT_ONCE = 200
"""Devices whose texts are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of one device."""

    subject: Subject
    verdicts: list[Verdict]
    revision: str
    at: datetime

    def check(self) -> ComplianceCheck:
        """Give what is kept of the check itself."""
        return ComplianceCheck(
            device_name=self.subject.name,
            checked_at=self.at,
            revision=self.revision,
            rules=len(self.verdicts),
        )

    def results(self) -> list[ComplianceResult]:
        """Give what is kept of its verdicts."""
        return [
            ComplianceResult(
                device_name=self.subject.name,
                rule=verdict.rule.id,
                since=self.at,
                status=verdict.status,
                severity=verdict.rule.severity,
                title=verdict.rule.title,
                reference=verdict.rule.reference,
                site=self.subject.site,
                detail=verdict.detail(),
                revision=self.revision,
            )
            for verdict in self.verdicts
        ]


def find_compliance_files(loaded: LoadedSettings) -> list[Path]:
    """Give the rule files that the settings name."""
    return match_patterns(loaded.settings.compliance.rule_files, loaded.config_file.parent)


def load_rules_of(loaded: LoadedSettings, platforms: Platforms, problems: list[Problem]) -> list[Rule]:
    """Read the rules that the settings name; mistakes are added to ``problems``, and the other rules are read."""
    return load_compliance_rules(find_compliance_files(loaded), platforms.by_name, problems)


class CheckCompliance:
    """The use case. Calls may come from several threads."""

    def __init__(self, backups: Backups, rules: list[Rule], clock: Clock) -> None:
        self.rules = rules
        self._backups = backups
        self._clock = clock

    def check(self, names: Iterable[str] | None = None) -> Iterator[Judged]:
        """Judge devices, or all that are backed up; whoever has no backup, or an old one, fails.

        Raises:
            ArchiveError: The archive cannot be read.
        """
        devices = self._backups.devices()
        wanted = iter(sorted(devices) if names is None else [name for name in names if name in devices])
        ids = {about["name"]: device_id for device_id, about in self._backups.archive.index().items()}
        head = self._backups.archive.git.head() or ""
        while some := list(islice(wanted, _AT_ONCE)):
            asked = [f"{head or BRANCH}:{device_place(ids.get(name, 'no'))}/{RUNNING}" for name in some]
            contents = self._backups.archive.git.read_many(asked)
            for name, content in zip(some, contents, strict=True):
                text = content[1].decode("utf-8", "replace") if content else None
                yield self._judge(devices[name], text, head)

    def _judge(self, device: DeviceSettings, text: str | None, head: str) -> Judged:
        now = self._clock.now()
        state = self._backups.service.states.read(device.name)
        age = state.age_seconds(now)
        most = self._backups.loaded.settings.compliance.stale_after.total_seconds()
        subject = self._describe(device)
        # The day is the operator's: an exception ends when their day does.
        evidence = Evidence(text, is_stale=age is None or age > most)
        verdicts = judge(self.rules, subject, evidence, now.astimezone().date())
        return Judged(subject, verdicts, (state.revision or head) if text is not None else "", now)

    def _describe(self, device: DeviceSettings) -> Subject:
        named = device.ssh.platform or ""
        platform = self._backups.service.platforms.find(named)
        return Subject(
            name=device.name,
            platform=platform.name if platform else named,
            site=device.site,
            tags=device.tags,
            groups=device.groups,
        )
