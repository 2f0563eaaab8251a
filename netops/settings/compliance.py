"""The section ``compliance`` of ``netops.yaml``."""

from pydantic import Field

from netops.settings.durations import Interval, parse_duration
from netops.settings.parts import Part, Switch, Text


class ComplianceSettings(Part):
    """How configurations are held against rules."""

    enabled: Switch = Field(
        default=True, description="Judge every configuration that is backed up, and all of them every night."
    )
    rule_files: tuple[Text, ...] = Field(
        default=("compliance/*.yaml",),
        description="Rule files, with `*` for any part of a name; relative paths start at this file's folder.",
    )
    stale_after: Interval = Field(
        default=parse_duration("50h"),
        description="A backup that is older proves nothing: every rule fails for its device.",
    )
