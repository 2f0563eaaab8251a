"""Which thresholds hold for a device, and where each was said, as plain values."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from netops.alerting.threshold_kinds import THRESHOLD_KINDS
from netops.settings.resolve import ThresholdLayer
from netops.settings.threshold_values import Threshold
from netops.settings.thresholds import KINDS, PATTERNS, ThresholdOptions

_SECOND = timedelta(seconds=1)


class _Said(NamedTuple):
    """One threshold with its place among those of a device."""

    about: str
    """``device``, or the list of patterns that it stands in."""
    pattern: str
    kind: str
    threshold: Threshold


def describe_thresholds(
    thresholds: ThresholdOptions, layers: Sequence[ThresholdLayer], source: str
) -> list[dict[str, Any]]:
    """Give an object for each threshold, in the units of devices.yaml, durations in seconds.

    Args:
        thresholds: What holds for the device.
        layers: The places that say it, the farthest first.
        source: Where a threshold comes from that no layer says.
    """
    found = []
    for said in _list_said(thresholds):
        facts = THRESHOLD_KINDS[said.kind]
        found.append(
            {
                "about": said.about,
                "pattern": said.pattern or None,
                "kind": said.kind,
                "off": said.threshold.off,
                "levels": [
                    {
                        "side": levels.side,
                        "warning": levels.warning,
                        "critical": levels.critical,
                        "warning_clear": levels.warning_clear,
                        "critical_clear": levels.critical_clear,
                    }
                    for levels in facts.list_levels(said.threshold)
                ],
                "for_seconds": facts.hold_of(said.threshold) / _SECOND,
                "from": _find_source(said, layers) or source,
            }
        )
    return found


def _list_said(thresholds: ThresholdOptions) -> Iterator[_Said]:
    for kind in KINDS:
        threshold = getattr(thresholds, kind)
        if threshold is not None:
            yield _Said("device", "", kind, threshold)
    for about in PATTERNS:
        for pattern, named in sorted(getattr(thresholds, about).items()):
            pairs: Iterable[tuple[str, Any]] = [("storage", named)] if about == "volumes" else named
            yield from (_Said(about, pattern, kind, one) for kind, one in pairs if one is not None)


def _find_source(said: _Said, layers: Sequence[ThresholdLayer]) -> str:
    """Give the nearest place that says a threshold."""
    return next((layer.source for layer in reversed(layers) if said in _list_said(layer.thresholds)), "")
