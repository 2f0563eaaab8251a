"""Who is told, and where: people with their contacts and quiet hours."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, WithJsonSchema

from netops.i18n import _
from netops.model.wall_time import DAY, WEEKDAYS
from netops.settings.history import TimeZone
from netops.settings.parts import TEXT_SCHEMA, Conflict, Part, Text, as_text
from netops.settings.wall_clock import ClockEnd, ClockTime, Days, WeeklyHours

EntryName = Annotated[Text, StringConstraints(pattern=r"^[\w][\w.-]{0,63}$")]
"""The id of a person, team, schedule, policy or channel."""
Address = Annotated[
    str, BeforeValidator(as_text), StringConstraints(max_length=1000), WithJsonSchema(TEXT_SCHEMA)
]
SeverityName = Literal["critical", "major", "minor", "warning", "info"]


class ContactSettings(Part):
    """A way to reach a person."""

    channel: Text = Field(description="Name of an entry of `channels`.")
    address: Address = Field(
        default="",
        description="The person's address there: an e-mail address, a telephone number, a user id.",
    )
    at_least: SeverityName = Field(
        default="warning",
        description="Alerts less grave than this are not sent here; it then is a fall-back for those before it.",
    )


class QuietHours(WeeklyHours):
    """Hours, in the person's time zone, in which little is told; the rest is told when they end."""

    start: ClockTime = Field(alias="from", description="When they begin.")
    end: ClockEnd = Field(
        alias="to",
        description="When they end; a time that is not later than `from` is meant on the next day.",
    )
    days: Days = Field(default=("mon-sun",), description="The days on which they begin.")
    below: SeverityName = Field(
        default="critical", description="Alerts less grave than this wait for the end of the quiet hours."
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse hours that never end."""
        try:
            hours = WeeklyHours.model_validate(
                {key: given[key] for key in ("days", "from", "to") if key in given}
            )
        except ValidationError:
            return  # told by its own type
        span = hours.to_span()
        if span.length == DAY and len(span.days) == len(WEEKDAYS):
            yield Conflict((), _("never end"))


class PersonSettings(Part):
    """Somebody who is told of alerts."""

    name: Text = Field(description="The full name.")
    language: Literal["en", "zh_CN"] | None = Field(
        default=None, description="Language of messages. Default: `language` of netops.yaml, else `en`."
    )
    time_zone: TimeZone | None = Field(
        default=None,
        description="Zone of times in messages and of quiet hours. Default: `time_zone` of this file.",
    )
    contacts: tuple[ContactSettings, ...] = Field(
        default=(),
        description="Where messages go, the first first. Each whose `at_least` is met gets them; the others step in, "
        "in this order, for one that fails for good.",
    )
    quiet_hours: QuietHours | None = Field(default=None, description="Hours in which little is told.")

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse a contact that is there already."""
        contacts = given.get("contacts")
        seen: dict[tuple[str, str], int] = {}
        for number, contact in enumerate(contacts if isinstance(contacts, list) else ()):
            if not isinstance(contact, dict):
                continue
            key = (str(contact.get("channel")), str(contact.get("address", "")))
            if seen.setdefault(key, number) != number:
                yield Conflict(("contacts", number), _("is there twice"))
