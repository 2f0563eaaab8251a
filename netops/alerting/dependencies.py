"""Who is unreachable because of whom: a device behind a dead one is no fault of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from netops.alerting.known_alert import DEVICE_LABEL, KnownAlert


@dataclass(frozen=True, slots=True)
class Seen:
    """What the latest poll of a device said."""

    is_reachable: bool | None
    """None before its first poll."""
    polled_at: datetime | None
    parents: Sequence[str] = ()
    """The devices it is reached through; one of them is enough."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Why a device that does not answer is not to blame."""

    root: str
    """The unreachable device nearest to us on the way to it."""
    returned_at: datetime | None = None
    """When the way was seen to be open again; the device is not blamed before a poll of its own after that."""


OWN_UPLINK = "netops"
"""The root cause when nearly nobody answers: what connects this machine itself."""
OWN_UPLINK_SHARE = 0.8
_FEWEST_DEVICES = 5
"""Of fewer devices no share means anything."""


def decide_behind(
    seen: Mapping[str, Seen],
    former: Mapping[str, Behind],
    now: datetime,
    uplink_share: float | None = OWN_UPLINK_SHARE,
) -> dict[str, Behind]:
    """Give each device that is unreachable behind another one.

    A device with several parents is behind only when none of them answers. One that was not polled since the start is
    where it was.

    Args:
        seen: Every watched device.
        former: What was decided last.
        now: The present instant.
        uplink_share: When at least this share of all devices does not answer, they are behind OWN_UPLINK.
    """
    down = {name for name, one in seen.items() if one.is_reachable is False}
    is_cut_off = _is_cut_off(seen, len(down), uplink_share)
    found = {
        name: before for name, before in former.items() if name in seen and seen[name].is_reachable is None
    }
    for name in sorted(down):
        root = OWN_UPLINK if is_cut_off else _find_root(name, seen, down)
        if root is not None:
            found[name] = Behind(root)
            continue
        before = former.get(name)
        if before is None:
            continue
        returned_at = min(before.returned_at or now, now)  # a clock may have been set back
        polled_at = seen[name].polled_at
        if polled_at is None or polled_at <= returned_at:
            found[name] = Behind(before.root, returned_at)
    return found


def _is_cut_off(seen: Mapping[str, Seen], down: int, share: float | None) -> bool:
    known = sum(one.is_reachable is not None for one in seen.values())
    return share is not None and known >= _FEWEST_DEVICES and down >= share * known


def recall_behind(alerts: Iterable[KnownAlert]) -> dict[str, Behind]:
    """Give what was decided before a restart, from what was stored of alerts; some devices behind a root have none."""
    found: dict[str, Behind] = {}
    for alert in alerts:
        device = alert.labels.get(DEVICE_LABEL, "")
        found |= {name: Behind(device) for name in alert.hides}
        if alert.behind:
            found[device] = Behind(alert.behind)
    return found


def list_hidden(behind: Mapping[str, Behind]) -> dict[str, list[str]]:
    """Give each root cause with the devices behind it, sorted."""
    hidden: dict[str, list[str]] = {}
    for name in sorted(behind):
        hidden.setdefault(behind[name].root, []).append(name)
    return hidden


def _find_root(name: str, seen: Mapping[str, Seen], down: set[str]) -> str | None:
    """Climb from a dead device to the last dead one on the way; None when the device itself is that one."""
    passed, current = {name}, name
    while True:
        parents = [parent for parent in seen[current].parents if parent in seen]
        if not parents or not _all_down(parents, down):
            return current if current != name else None
        current = parents[0]
        if current in passed:  # a circle of parents: nobody in it is nearer to us than the others
            return min(passed) if min(passed) != name else None
        passed.add(current)


def _all_down(parents: Iterable[str], down: set[str]) -> bool:
    return all(parent in down for parent in parents)
