"""The channels of ``oncall.yaml``: over what messages leave, and as whom."""

from typing import Annotated, Literal

from pydantic import Field

from netops.settings.durations import Interval, parse_duration
from netops.settings.history import WriteUrl
from netops.settings.parts import Part
from netops.settings.references import Secret


class ChannelOptions(Part):
    """What every channel has."""

    timeout: Interval = Field(
        default=parse_duration("20s"), description="How long one attempt may last in all."
    )
    most_per_minute: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        default=20, description="More messages than this a minute to one address become one digest."
    )


class WebhookChannel(ChannelOptions):
    """JSON to a URL of your own."""

    type: Literal["webhook"]
    url: WriteUrl = Field(description="Where it is posted to.")
    secret: Secret | None = Field(
        default=None, description="Signs every message with HMAC-SHA256, so that the receiver knows us."
    )


ChannelSettings = WebhookChannel
