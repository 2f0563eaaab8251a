"""The section ``alerting`` of ``netops.yaml``."""

from typing import Annotated

from pydantic import Field

from netops.settings.durations import Interval, parse_duration
from netops.settings.parts import Part, Text


class AlertingSettings(Part):
    """How alert rules are evaluated."""

    rule_files: tuple[Text, ...] = Field(
        default=("../alerts/*.yaml",),
        description="Rule files, with `*` for any part of a name; relative paths start at this file's folder.",
    )
    interval: Interval = Field(
        default=parse_duration("15s"),
        description="How often rules are evaluated whose group does not say it.",
    )
    head_samples: Annotated[int, Field(strict=True, ge=1000, le=1_000_000_000)] = Field(
        default=20_000_000,
        description="How many samples rules may hold in memory, 16 bytes each; rules that need more are refused.",
    )
