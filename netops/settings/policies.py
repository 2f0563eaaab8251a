"""Who is told next: escalation policies, and the routes that lead alerts to them."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from netops.i18n import _
from netops.settings.conditions import Conditions, LabelName
from netops.settings.durations import Interval, Wait, parse_duration
from netops.settings.parts import NOT_EMPTY, Conflict, Part, Switch, Text, did_you_mean, refuse

TargetKind = Literal["schedule", "person", "team", "channel"]
TARGET_KINDS: tuple[TargetKind, ...] = get_args(TargetKind)
_TARGET = re.compile(r"([a-z]+):\s*([^:]*?)\s*(?::\s*(.*?))?\s*", re.DOTALL)


class Target(NamedTuple):
    """Somebody a step tells."""

    kind: TargetKind
    name: str
    address: str = ""
    """Of a channel: where to; empty where the channel itself says it."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" + (f":{self.address}" if self.address else "")


def parse_target(text: str) -> Target:
    """Read ``schedule:net``, ``person:ana``, ``team:night``, ``channel:ops`` or ``channel:mail:noc@example.net``.

    Raises:
        PydanticCustomError: It is none of these.
    """
    found = _TARGET.fullmatch(text)
    kind = next((one for one in TARGET_KINDS if found and one == found[1]), None)
    if found is None or kind is None or not found[2]:
        word = text.partition(":")[0]
        hint = did_you_mean(word, TARGET_KINDS, or_all=False) if found else ""
        raise refuse(
            _("names nobody"), hint or _("write it like schedule:net, person:ana, team:night or channel:ops")
        )
    if found[3] and kind != "channel":
        raise refuse(_("holds an address, which only channel: has"))
    return Target(kind, found[2], found[3] or "")


def _check_target(value: Any) -> Any:
    if not isinstance(value, str):
        raise refuse(
            _("must be text"), _("write it like schedule:net, person:ana, team:night or channel:ops")
        )
    parse_target(value)
    return value


TargetText = Annotated[
    str,
    BeforeValidator(_check_target),
    WithJsonSchema(
        {"type": "string", "x-values": "`schedule:`, `person:`, `team:` or `channel:` and a name"}
    ),
]


class StepSettings(Part):
    """Who is told at one step."""

    notify: Annotated[tuple[TargetText, ...], NOT_EMPTY] = Field(
        max_length=100,
        description="Whom to tell: `schedule:ID` is whoever is on call, `person:ID`, `team:ID` all of a team, "
        "`channel:NAME` or `channel:NAME:ADDRESS` a channel without a person.",
    )
    wait: Interval = Field(
        default=parse_duration("15m"),
        description="How long to wait for an acknowledgement before the next step.",
    )


class PolicySettings(Part):
    """Who is told in which order, until somebody acknowledges."""

    steps: Annotated[tuple[StepSettings, ...], NOT_EMPTY] = Field(
        max_length=50,
        description="One after the other. A step that finds nobody is skipped at once.",
    )
    repeat: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        default=0, description="How often to begin again after the last step."
    )


class RouteSettings(Part):
    """Which alerts go to which policy."""

    match: Conditions = Field(
        default=(),
        description="Conditions on labels, such as `severity=critical` or `site=~hz-.*`; all must be met. "
        "Without any it holds for every alert.",
    )
    policy: Text = Field(description="Id of an entry of `policies`.")
    group_by: Annotated[tuple[LabelName, ...], Field(max_length=20)] = Field(
        default=(), description="Alerts with the same values of these labels are told in one message."
    )
    group_wait: Wait = Field(
        default=timedelta(0), description="How long the first message of a group waits for more alerts."
    )
    group_interval: Interval = Field(
        default=parse_duration("1m"), description="How long further messages of a group wait for more alerts."
    )
    remind_every: Interval = Field(
        default=parse_duration("4h"), description="How often alerts are told anew that still fire."
    )
    go_on: Switch = Field(
        default=False, alias="continue", description="Look at the routes after this one, too."
    )


def find_hidden_routes(routes: Any) -> Iterator[Conflict]:
    """Refuse raw routes behind one that takes every alert."""
    listed = routes if isinstance(routes, list) else []
    for number, route in enumerate(listed[:-1]):
        if isinstance(route, Mapping) and not route.get("match") and route.get("continue") is not True:
            message = _("takes every alert, so no route after it is ever asked")
            yield Conflict(("routes", number), message, _("move it to the end, or give it a match"))
            return
