"""Thresholds as series: for what they fit, with the level in the unit of the reading, made anew when they change."""

from exporter.polls import make_interface
from netops.exporter.threshold_samples import ItemThresholds, list_device_thresholds
from netops.model.reading import SensorKind, SensorReading, SpaceReading
from netops.settings.thresholds import NO_THRESHOLDS, ThresholdOptions


def read(**kinds: object) -> ThresholdOptions:
    return ThresholdOptions.model_validate(kinds)


def sensor(key: str, name: str, kind: SensorKind = SensorKind.TEMPERATURE, unit: str = "°C") -> SensorReading:
    return SensorReading(key, kind, name, 20.0, unit)


def word(subject: str, thresholds: ThresholdOptions, readings: object) -> list[tuple[str, float | None]]:
    samples = ItemThresholds("sw-1").list_samples(subject, thresholds, readings)
    return [
        (" ".join((family.name.removeprefix("netops_"), *labels[1:])), level)
        for family, labels, level in samples
    ]


def test_a_sensor_has_the_level_of_its_pattern_or_that_of_its_kind():
    thresholds = read(
        temperature={"warning": 30, "for": "5m"},
        sensors={
            "Inlet*": {"temperature": {"critical": 25, "clear": 24}},
            "t/9": {"temperature": {"off": True}},
        },
    )
    readings = [sensor("t/1", "CPU"), sensor("t/2", "Inlet 1"), sensor("t/9", "Broken")]
    assert word("sensors", thresholds, readings) == [
        ("sensor_threshold t/1 temperature high_warn 5m", 30),
        ("sensor_threshold t/2 temperature high 2m", 25),
        ("sensor_threshold t/2 temperature high_clear 2m", 24),
        ("sensor_threshold t/9 temperature off 2m", 1),
    ]


def test_a_sensor_in_another_unit_has_none_as_its_series_is_another_one():
    thresholds = read(temperature={"warning": 30})
    assert word("sensors", thresholds, [sensor("t/1", "CPU", unit="°F")]) == []
    assert word("sensors", thresholds, [sensor("c/1", "x", SensorKind.COUNT, "")]) == []


def test_shares_are_told_as_ratios_and_twins_by_their_own_labels():
    thresholds = read(
        humidity={"low": {"warning": 23}}, storage={"warning": 80}, volumes={"/b*": {"critical": 99}}
    )
    twins = [sensor("h", "a", SensorKind.HUMIDITY, "%"), sensor("h", "b", SensorKind.HUMIDITY, "%")]
    assert word("sensors", thresholds, twins) == [
        ("sensor_threshold h humidity low_warn 5m", 0.23),
        ("sensor_threshold h#2 humidity low_warn 5m", 0.23),
    ]
    volumes = [SpaceReading("/", 9, 3, 33.3), SpaceReading("/boot", 9, 3, 33.3)]
    assert word("storage", thresholds, volumes) == [
        ("storage_threshold / storage high_warn 5m", 0.8),
        ("storage_threshold /boot storage high 5m", 0.99),
    ]


def test_only_interfaces_that_a_pattern_names_have_series_of_their_own():
    thresholds = read(in_use={"warning": 80}, interfaces={"Te*": {"errors": {"critical": 1}}})
    readings = [make_interface("Gi1"), make_interface("Te1")]
    assert word("interfaces", thresholds, readings) == [("interface_threshold Te1 errors high 10m", 0.01)]
    assert [(labels, level) for _family, labels, level in list_device_thresholds("sw-1", thresholds)] == [
        (("sw-1", "in_use", "high_warn", "15m"), 0.8)
    ]


def test_without_thresholds_there_is_nothing():
    assert word("sensors", NO_THRESHOLDS, [sensor("t/1", "CPU")]) == []
    assert list_device_thresholds("sw-1", NO_THRESHOLDS) == []
    assert word("processors", read(processor={"warning": 1}), []) == []


def test_samples_are_kept_until_names_or_thresholds_change():
    items, thresholds = ItemThresholds("sw-1"), read(temperature={"warning": 30})
    first = items.list_samples("sensors", thresholds, [sensor("t/1", "CPU")])
    assert items.list_samples("sensors", thresholds, [sensor("t/1", "CPU")]) is first
    assert len(items.list_samples("sensors", thresholds, [sensor("t/1", "CPU"), sensor("t/2", "x")])) == 2
    changed = items.list_samples("sensors", read(temperature={"warning": 31}), [sensor("t/1", "CPU")])
    assert [level for _family, _labels, level in changed] == [31]
