"""From what devices.yaml says to one DeviceSettings for each device.

The device's own keys count most, then its groups (a later one more than an earlier one), then the defaults,
then netops.yaml. Tags add up, and so do checks, by name; ``collectors``, ``ssh`` and ``thresholds`` are merged key by
key, every other key replaces. For thresholds the device's site counts too, more than the defaults and less than groups.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from netops.i18n import _
from netops.settings.addresses import expand_addresses, fill_template
from netops.settings.checks import fill_checks, merge_checks
from netops.settings.devices import DeviceEntry, DeviceOptions, DeviceSettings
from netops.settings.models import Settings
from netops.settings.thresholds import NO_THRESHOLDS, SiteOptions, ThresholdOptions, merge_thresholds

_OF_THE_ENTRY = frozenset({"name", "address", "addresses", "local", "groups", "thresholds"})
_NO_SITES: Mapping[str, SiteOptions] = {}


class ThresholdLayer(NamedTuple):
    """The thresholds that one place of devices.yaml says."""

    source: str
    """Such as ``groups.access``."""
    thresholds: ThresholdOptions


class Resolver:
    """Applies defaults and groups; remembers each combination of groups, as most devices share a few."""

    def __init__(
        self,
        settings: Settings,
        defaults: DeviceOptions,
        groups: Mapping[str, DeviceOptions],
        sites: Mapping[str, SiteOptions] = _NO_SITES,
    ) -> None:
        self._base: dict[str, Any] = {"interval": settings.polling.interval, "site": settings.site_name}
        self._defaults = defaults
        self._groups = groups
        self._sites = sites
        self._merged: dict[tuple[str, ...], dict[str, Any]] = {}
        self._thresholds: dict[tuple[str, tuple[str, ...]], ThresholdOptions] = {}

    def resolve(self, entry: DeviceEntry) -> Iterator[DeviceSettings]:
        """Give the entry's devices, in the order of its addresses. Unknown groups are passed over.

        Raises:
            PydanticCustomError: The name's template does not fit an address.
        """
        groups = entry.groups or ()
        if groups not in self._merged:
            self._merged[groups] = self._merge_groups(groups)
        spec = _merge(self._merged[groups], entry)
        if entry.local:
            spec.pop("credential", None)
        spec["thresholds"] = merge_thresholds(self._share_thresholds(spec["site"], groups), entry.thresholds)
        checks = spec.pop("checks", ())
        for name, address in _name_addresses(entry):
            own = {
                "name": name,
                "address": address,
                "groups": groups,
                "local": entry.local,
                "checks": fill_checks(checks, address),
            }
            yield DeviceSettings.model_validate({**spec, **own})

    def list_thresholds(self, site: str, entry: DeviceEntry) -> tuple[ThresholdLayer, ...]:
        """Give the places that say thresholds of an entry's devices, the farthest first."""
        own = ThresholdLayer(f"devices.{entry.name}", entry.thresholds)
        layers = (*self._list_shared(site, entry.groups or ()), own)
        return tuple(layer for layer in layers if layer.thresholds != NO_THRESHOLDS)

    def _list_shared(self, site: str, groups: Sequence[str]) -> Iterator[ThresholdLayer]:
        yield ThresholdLayer("defaults", self._defaults.thresholds)
        if site in self._sites:
            yield ThresholdLayer(f"sites.{site}", self._sites[site].thresholds)
        for name in groups:
            if name in self._groups:
                yield ThresholdLayer(f"groups.{name}", self._groups[name].thresholds)

    def _share_thresholds(self, site: str, groups: tuple[str, ...]) -> ThresholdOptions:
        """Give what all devices of a site with these groups have in common: one object for them all."""
        known = self._thresholds.get((site, groups))
        if known is None:
            known = NO_THRESHOLDS
            for layer in self._list_shared(site, groups):
                known = merge_thresholds(known, layer.thresholds)
            self._thresholds[site, groups] = known
        return known

    def _merge_groups(self, groups: Sequence[str]) -> dict[str, Any]:
        spec = _merge(self._base, self._defaults)
        for name in groups:
            if name in self._groups:
                spec = _merge(spec, self._groups[name])
        return spec


def _merge(below: Mapping[str, Any], above: DeviceOptions) -> dict[str, Any]:
    spec = dict(below)
    for key in above.model_fields_set - _OF_THE_ENTRY:
        value = getattr(above, key)
        if key == "tags":
            value = tuple(dict.fromkeys((*below.get("tags", ()), *value)))
        elif key == "checks":
            value = merge_checks(below.get(key, ()), value or ())
        elif key in {"collectors", "ssh"}:
            value = {**below.get(key, {}), **value.model_dump(exclude_unset=True)}
        spec[key] = value
    return spec


def _name_addresses(entry: DeviceEntry) -> Iterator[tuple[str, str | None]]:
    if entry.addresses is None:
        yield entry.name, entry.address
        return
    number = 0
    for line in entry.addresses:
        for address in expand_addresses(line):
            number += 1
            yield fill_template(entry.name, number, address), address


def find_parent_loops(devices: Mapping[str, DeviceSettings]) -> Iterator[list[str]]:
    """Give each loop of parents once, as the names along it, beginning with the one that stands first."""
    done: set[str] = set()
    order = {name: number for number, name in enumerate(devices)}
    for start in devices:
        # Depth first, without recursion: a chain of devices may be longer than Python's stack.
        trail: dict[str, Iterator[str]] = {}
        current: str | None = start
        while current is not None:
            if current not in trail and current not in done:
                trail[current] = iter(devices[current].parents)
            elif current in trail:
                names = list(trail)
                loop = names[names.index(current) :]
                first = min(range(len(loop)), key=lambda at, loop=loop: order[loop[at]])  # type: ignore[misc]  # a default binds the loop
                yield loop[first:] + loop[:first]
            current = _step(trail, devices, done)


def _step(
    trail: dict[str, Iterator[str]], devices: Mapping[str, DeviceSettings], done: set[str]
) -> str | None:
    """Give the next parent to look at, leaving finished devices behind; None when the trail is at its end."""
    while trail:
        last = next(reversed(trail))
        for parent in trail[last]:
            if parent in devices:
                return parent
        done.add(last)
        del trail[last]
    return None


def explain_refusal(error: PydanticCustomError) -> tuple[str, str]:
    """Take message and suggestion out of what ``refuse`` made."""
    context = error.context or {}
    return str(context.get("message", _("is wrong"))), str(context.get("suggestion", ""))
