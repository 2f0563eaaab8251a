"""The part of the settings that says how long records are kept."""

from pydantic import Field

from netops.settings.durations import Age
from netops.settings.parts import Part


class RetentionSettings(Part):
    """How long records of the past are kept; without an age they are kept for ever."""

    missing: Age | None = Field(
        default=None,
        description="How long components, sensors and neighbours are remembered after they went missing.",
    )
    events: Age | None = Field(default=None, description="How long events are kept.")
    alerts: Age | None = Field(
        default=None,
        description="How long alerts that are over are kept, with the record of what happened to them.",
    )
    deliveries: Age | None = Field(
        default=None,
        description="How long messages about alerts are kept that were sent or given up, with every attempt; "
        "those about alerts that are not over are kept in any case.",
    )
