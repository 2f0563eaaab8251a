"""The thresholds that defaults, sites, groups and devices name in devices.yaml, and how they add up."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TypeVar

from pydantic import Field

from netops.settings.parts import Part, Text, did_you_mean
from netops.settings.threshold_values import (
    HighShareThreshold,
    HighThreshold,
    LeanPart,
    LowShareThreshold,
    LowThreshold,
    NumberThreshold,
    PingThreshold,
    RuntimeThreshold,
    ShareThreshold,
    Threshold,
    TwoSidedThreshold,
)

_ALIASES = {
    **dict.fromkeys(("cpu", "cpuload", "processors", "processorload"), "processor"),
    **dict.fromkeys(("temp", "temperatures"), "temperature"),
    **dict.fromkeys(("ram", "mem", "memoryused"), "memory"),
    **dict.fromkeys(("disk", "disks", "filesystem", "storageused"), "storage"),
    **dict.fromkeys(("load1", "load5", "load15", "loadavg"), "load_average"),
    **dict.fromkeys(("battery", "batterycharge"), "charge"),
    **dict.fromkeys(("batteryruntime", "remaining"), "runtime"),
    **dict.fromkeys(("optical", "rxpower", "txpower", "light", "dbm"), "optical_power"),
    **dict.fromkeys(("rpm", "fans", "fanspeed"), "fan"),
    **dict.fromkeys(("rtt", "latency", "roundtrip", "icmp"), "ping"),
    **dict.fromkeys(("utilisation", "utilization", "inutilisation", "inutilization", "input"), "in_use"),
    **dict.fromkeys(("oututilisation", "oututilization", "output"), "out_use"),
    **dict.fromkeys(("discard", "drops"), "discards"),
    "error": "errors",
    **dict.fromkeys(("volume", "mounts", "storages"), "volumes"),
}
_Kinds = TypeVar("_Kinds", bound="_KindsPart")


class _KindsPart(LeanPart):
    @classmethod
    def explain_unknown(cls, key: str) -> str:
        """Suggest the kind meant, also for words that other programs use."""
        known = cls.model_fields
        return did_you_mean(key, known, aliases={k: v for k, v in _ALIASES.items() if v in known})


class SensorThresholds(_KindsPart):
    """Thresholds of sensors, in the unit of `netops poll`."""

    temperature: HighThreshold | None = Field(default=None, description="Temperatures, in °C.")
    humidity: HighShareThreshold | None = Field(default=None, description="Relative humidity, in percent.")
    voltage: TwoSidedThreshold | None = Field(default=None, description="Voltages, in V.")
    current: HighThreshold | None = Field(default=None, description="Currents, in A.")
    power: HighThreshold | None = Field(default=None, description="Active power, in W.")
    apparent_power: HighThreshold | None = Field(default=None, description="Apparent power, in VA.")
    frequency: TwoSidedThreshold | None = Field(default=None, description="Frequencies, in Hz.")
    fan: LowThreshold | None = Field(default=None, description="Speeds of fans, in rpm.")
    load: HighShareThreshold | None = Field(
        default=None, description="Loads of UPSes, PDUs and the like, in percent."
    )
    charge: LowShareThreshold | None = Field(default=None, description="Charges of batteries, in percent.")
    runtime: RuntimeThreshold | None = Field(
        default=None, description="Times that batteries can still carry their load."
    )
    optical_power: TwoSidedThreshold | None = Field(default=None, description="Optical power, in dBm.")


class InterfaceThresholds(_KindsPart):
    """Thresholds of interfaces."""

    in_use: ShareThreshold | None = Field(
        default=None, description="What it receives, in percent of its speed, over 5 minutes."
    )
    out_use: ShareThreshold | None = Field(
        default=None, description="What it sends, in percent of its speed, over 5 minutes."
    )
    errors: ShareThreshold | None = Field(
        default=None, description="Packets with errors, in percent of all, each way, over 10 minutes."
    )
    discards: ShareThreshold | None = Field(
        default=None, description="Packets thrown away, in percent of all, each way, over 10 minutes."
    )


class ThresholdOptions(SensorThresholds, InterfaceThresholds):
    """All thresholds. A kind replaces that kind of what is farther away; patterns of names add up."""

    processor: ShareThreshold | None = Field(
        default=None, description="Load of all processors together, in percent, over 5 minutes."
    )
    memory: ShareThreshold | None = Field(default=None, description="Used of each memory pool, in percent.")
    storage: ShareThreshold | None = Field(default=None, description="Used of each file system, in percent.")
    load_average: NumberThreshold | None = Field(default=None, description="Load average over 5 minutes.")
    ping: PingThreshold | None = Field(default=None, description="Round trip of ping, over 5 minutes.")
    sensors: dict[Text, SensorThresholds] = Field(
        default_factory=dict,
        description="Thresholds of single sensors, by key or name; `*` stands for any part, such as `Inlet*`.",
    )
    interfaces: dict[Text, InterfaceThresholds] = Field(
        default_factory=dict, description="Thresholds of single interfaces, by name, such as `Te1/1/*`."
    )
    volumes: dict[Text, ShareThreshold] = Field(
        default_factory=dict, description="Thresholds of single file systems, by name, such as `/var*`."
    )


NO_THRESHOLDS = ThresholdOptions()


class SiteOptions(Part):
    """What holds for the devices of a site."""

    thresholds: ThresholdOptions = Field(
        default_factory=ThresholdOptions, description="Thresholds; they count more than those of `defaults`."
    )


PATTERNS = ("sensors", "interfaces", "volumes")
SENSOR_KINDS = tuple(SensorThresholds.model_fields)
INTERFACE_KINDS = tuple(InterfaceThresholds.model_fields)
KINDS = tuple(name for name in ThresholdOptions.model_fields if name not in PATTERNS)


def merge_thresholds(below: ThresholdOptions, above: ThresholdOptions) -> ThresholdOptions:
    """Put what is nearer over what is farther: kind by kind, and for a pattern that both have kind by kind too."""
    if above == NO_THRESHOLDS:
        return below
    changed = _list_said(above)
    changed["sensors"] = _merge_patterns(below.sensors, above.sensors)
    changed["interfaces"] = _merge_patterns(below.interfaces, above.interfaces)
    changed["volumes"] = {**below.volumes, **above.volumes}
    return below.model_copy(update=changed)


def _list_said(part: _KindsPart) -> dict[str, object]:
    return {name: value for name, value in part if isinstance(value, Threshold)}


def _merge_patterns(below: Mapping[str, _Kinds], above: Mapping[str, _Kinds]) -> dict[str, _Kinds]:
    merged = dict(below)
    for pattern, kinds in above.items():
        known = merged.get(pattern)
        merged[pattern] = kinds if known is None else known.model_copy(update=_list_said(kinds))
    return merged


def find_sensor(thresholds: ThresholdOptions, kind: str, key: str, name: str) -> Threshold | None:
    """Give what holds for one sensor: the pattern that fits most exactly and says the kind, else the kind itself."""
    return find_named(thresholds.sensors, kind, (key, name)) or getattr(thresholds, kind, None)


def find_named(
    patterns: Mapping[str, SensorThresholds] | Mapping[str, InterfaceThresholds],
    kind: str,
    names: tuple[str, ...],
) -> Threshold | None:
    """Give what the pattern says that fits one of some names most exactly; None where none says the kind."""
    pattern = find_pattern({one for one, kinds in patterns.items() if getattr(kinds, kind)}, names)
    found: Threshold | None = getattr(patterns[pattern], kind) if pattern is not None else None
    return found


def find_pattern(patterns: set[str], names: tuple[str, ...]) -> str | None:
    """Give the pattern that fits one of some names most exactly: with the most characters that stand for themselves."""
    fitting = [one for one in patterns if any(fnmatchcase(name, one) for name in names)]
    return max(fitting, key=_exactness, default=None)


def _exactness(pattern: str) -> tuple[int, str]:
    return sum(sign not in "*?" for sign in pattern), pattern
