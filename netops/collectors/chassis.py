"""The chassis among a device's components: what ENTITY-MIB (RFC 6933) says of the device as a whole."""

from collections.abc import Iterable

from netops.model.component import ComponentReading

_RANKS = {"chassis": 0, "stack": 1, "module": 2}


def find_chassis(components: Iterable[ComponentReading]) -> ComponentReading | None:
    """Give the component that stands for the device: the first chassis that names itself, else what is on top."""
    candidates = [
        (_RANKS[component.kind], not (component.model or component.serial), place, component)
        for place, component in enumerate(components)
        if component.kind in _RANKS
    ]
    return min(candidates, key=lambda candidate: candidate[:3])[-1] if candidates else None


def name_chassis(components: Iterable[ComponentReading]) -> dict[str, str]:
    """Give the variables ``chassis_*`` of profiles' expressions; each is "" where there is none."""
    chassis = find_chassis(components)
    fields = ("model", "serial", "name", "hardware", "firmware", "software")
    named = {f"chassis_{key}": getattr(chassis, key) if chassis else "" for key in fields}
    return {**named, "chassis_descr": chassis.description if chassis else ""}
