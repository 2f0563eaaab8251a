"""Thresholds in devices.yaml: how they add up, what is refused, and what is kept of them."""

from datetime import timedelta
from pathlib import Path

import pytest

from netops.settings import DeviceSettings, load_settings
from netops.settings.errors import SettingsErrors
from netops.settings.loader import LoadedSettings
from netops.settings.threshold_values import Levels, Threshold
from netops.settings.thresholds import (
    KINDS,
    NO_THRESHOLDS,
    ThresholdOptions,
    find_named,
    find_pattern,
    find_sensor,
)


def load(folder: Path, text: str) -> LoadedSettings:
    netops = "credentials: {c: {version: 1, community: x}}\n"
    (folder / "netops.yaml").write_text(netops, encoding="utf-8")
    (folder / "devices.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder / "netops.yaml")


def read(**kinds: object) -> ThresholdOptions:
    return ThresholdOptions.model_validate(kinds)


def levels_of(threshold: Threshold | None) -> list[Levels]:
    assert threshold is not None
    return list(threshold.sides())


LAYERS = """
defaults:
  credential: c
  thresholds:
    temperature: {warning: 1, critical: 2}
    humidity: {warning: 1}
    processor: {warning: 1}
    memory: {warning: 1}
    sensors: {"Inlet*": {temperature: {warning: 1}, humidity: {warning: 1}}}
sites:
  hall: {thresholds: {humidity: {warning: 2}, processor: {warning: 2}, memory: {warning: 2}}}
  empty:
groups:
  one: {thresholds: {processor: {warning: 3}, memory: {warning: 3}}}
  two: {thresholds: {memory: {warning: 4}, sensors: {"Inlet*": {humidity: {warning: 4}}, "*": {temperature: {off: true}}}}}
devices:
- {name: a, address: x, site: hall, groups: [one, two], thresholds: {temperature: {critical: 5}}}
- {name: b, address: x, groups: [one]}
- {name: c, address: x, groups: [one]}
"""


def test_the_nearest_place_counts_kind_by_kind_and_patterns_add_up(tmp_path):
    a = load(tmp_path, LAYERS).devices["a"].thresholds
    warnings = {
        kind: levels_of(getattr(a, kind))[0].warning
        for kind in ("temperature", "humidity", "processor", "memory")
    }
    assert warnings == {"temperature": None, "humidity": 2, "processor": 3, "memory": 4}
    assert levels_of(a.temperature) == [Levels("high", None, 5, None, None)]
    assert levels_of(a.sensors["Inlet*"].temperature)[0].warning == 1
    assert levels_of(a.sensors["Inlet*"].humidity)[0].warning == 4
    assert a.sensors["*"].temperature is not None


def test_devices_that_say_nothing_themselves_share_one_object(tmp_path):
    devices = load(tmp_path, LAYERS).devices
    assert devices["b"].thresholds is devices["c"].thresholds
    assert (
        DeviceSettings.model_validate({"name": "d", "address": "x", "thresholds": {}}).thresholds
        is NO_THRESHOLDS
    )


def test_each_place_that_says_something_is_known_the_farthest_first(tmp_path):
    layers = load(tmp_path, LAYERS).threshold_layers
    assert [layer.source for layer in layers["a"]] == [
        "defaults",
        "sites.hall",
        "groups.one",
        "groups.two",
        "devices.a",
    ]
    assert [layer.source for layer in layers["b"]] == ["defaults", "groups.one"]


def test_no_place_is_known_where_nobody_says_anything(tmp_path):
    loaded = load(tmp_path, "devices: [{name: a, address: x, credential: c}]")
    assert loaded.threshold_layers == {}
    assert loaded.devices["a"].thresholds is NO_THRESHOLDS


def test_what_is_stored_of_a_device_is_short_and_reads_back_to_an_equal_one(tmp_path):
    text = """
devices:
- name: a
  address: x
  credential: c
  thresholds:
    temperature: {warning: 28.5, low: {critical: -5, clear: -3.5}, for: 90s}
    runtime: {critical: 10m}
    ping: {warning: 250ms}
    interfaces: {"Te*": {errors: {off: true}}}
    volumes: {"/": {warning: 80}}
"""
    device = load(tmp_path, text).devices["a"]
    spec = device.model_dump(mode="json")
    assert spec["thresholds"] == {
        "temperature": {"for": "1m30s", "warning": 28.5, "low": {"critical": -5.0, "clear": -3.5}},
        "runtime": {"critical": "10m"},
        "ping": {"warning": "0.25s"},
        "interfaces": {"Te*": {"errors": {"off": True}}},
        "volumes": {"/": {"warning": 80.0}},
    }
    assert DeviceSettings.model_validate(spec) == device
    plain = DeviceSettings.model_validate({"name": "b", "address": "x"})
    assert plain.model_dump(mode="json")["thresholds"] == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"temperature": {"warning": 30}}, [Levels("high", 30, None, None, None)]),
        ({"temperature": {"warning": 30, "critical": 40, "clear": 28}}, [Levels("high", 30, 40, 28, 38)]),
        ({"temperature": {"critical": 40, "clear": 37}}, [Levels("high", None, 40, None, 37)]),
        ({"charge": {"warning": 50, "critical": 20, "clear": 60}}, [Levels("low", 50, 20, 60, 30)]),
        ({"runtime": {"critical": "10m"}}, [Levels("low", None, 600, None, None)]),
        ({"ping": {"warning": timedelta(seconds=1)}}, [Levels("high", 1, None, None, None)]),
        (
            {"voltage": {"high": {"warning": 240}, "low": {"warning": 220, "critical": 200}}},
            [Levels("high", 240, None, None, None), Levels("low", 220, 200, None, None)],
        ),
        (
            {"humidity": {"warning": 70, "low": {"warning": 30}}},
            [Levels("high", 70, None, None, None), Levels("low", 30, None, None, None)],
        ),
    ],
)
def test_bare_levels_mean_the_side_of_their_kind(given, expected):
    (kind,) = given
    assert levels_of(getattr(read(**given), kind)) == expected


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("temprature: {warning: 1}", 'thresholds.temprature: unknown key; did you mean "temperature"?'),
        ("cpu: {warning: 1}", 'thresholds.cpu: unknown key; did you mean "processor"?'),
        ("rtt: {warning: 1}", 'thresholds.rtt: unknown key; did you mean "ping"?'),
        ("sensors: {x: {memory: {warning: 1}}}", "thresholds.sensors.x.memory: unknown key"),
        ("temperature: {warn: 1, critical: 2}", 'thresholds.temperature.warn: unknown key; did you mean "warning"?'),
        ("temperature: {warning: 40, critical: 35}", "thresholds.temperature.warning: must be below critical"),
        ("temperature: {warning: 40, critical: 40}", "thresholds.temperature.warning: must be below critical"),
        ("charge: {warning: 20, critical: 40}", "thresholds.charge.warning: must be above critical"),
        (
            "temperature: {low: {warning: 3, critical: 5}}",
            "thresholds.temperature.low.warning: must be above critical",
        ),
        ("runtime: {warning: 5m, critical: 10m}", "thresholds.runtime.warning: must be above critical"),
        (
            "temperature: {warning: 30, clear: 30}",
            "thresholds.temperature.clear: must be below the level it ends",
        ),
        ("charge: {warning: 30, clear: 20}", "thresholds.charge.clear: must be above the level it ends"),
        ("processor: {warning: 101}", "thresholds.processor.warning: must be between 0 and 100"),
        ("humidity: {low: {warning: -1}}", "thresholds.humidity.low.warning: must be between 0 and 100"),
        ("voltage: {warning: 240}", "thresholds.voltage.warning: unknown key; put it under low or high"),
        ("fan: {}", "thresholds.fan: names no level; add warning, critical or off: true"),
        ("fan: {for: 5m}", "thresholds.fan: names no level; add warning, critical or off: true"),
        ("fan: {high: {clear: 5}}", "thresholds.fan.high: names no level; add warning or critical"),
        ("fan: {off: true, warning: 5}", "thresholds.fan.warning: stands beside off: true; keep one of them"),
        ("fan: {off: true, for: 5m}", "thresholds.fan.for: stands beside off: true; keep one of them"),
        (
            "power: {warning: 5, high: {critical: 9}}",
            "thresholds.power.high: stands beside warning, which mean the same side; keep one of them",
        ),
        (
            "power: {warning: 5, low: {warning: 5}}",
            "thresholds.power.low: nothing would be left between low and high",
        ),
        ("power: {warning: 5kW}", "thresholds.power.warning: must be a number; write it without a unit, such as 30 or -3.5"),
        ("power: {warning: true}", "thresholds.power.warning: must be a number; write it without a unit, such as 30 or -3.5"),
        ("ping: {warning: fast}", "thresholds.ping.warning: is not a duration"),
        ("power: 5", "thresholds.power: must hold keys with values"),
        ("power: {warning: }", "thresholds.power: names no level"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_plain_words(tmp_path, written, told):
    with pytest.raises(SettingsErrors) as caught:
        load(tmp_path, f"devices: [{{name: a, address: x, credential: c, thresholds: {{{written}}}}}]")
    assert told in str(caught.value)
    assert all("devices.yaml:1:" in str(problem) for problem in caught.value.problems)


def test_mistakes_of_defaults_sites_and_groups_are_told_together(tmp_path):
    text = (
        "defaults: {thresholds: {fan: {}}}\nsites: {x: {thresholds: {fan: {}}}, y: {port: 3}}\n"
        "groups: {g: {thresholds: {fan: {}}}}\ndevices: []\n"
    )
    with pytest.raises(SettingsErrors) as caught:
        load(tmp_path, text)
    assert [problem.key for problem in caught.value.problems] == [
        "defaults.thresholds.fan",
        "sites.x.thresholds.fan",
        "sites.y.port",
        "groups.g.thresholds.fan",
    ]


@pytest.mark.parametrize(
    ("patterns", "names", "found"),
    [
        ({"*", "Inlet*", "Inlet 1"}, ("t/1", "Inlet 1"), "Inlet 1"),
        ({"*", "Inlet*"}, ("t/1", "Inlet 2"), "Inlet*"),
        ({"*", "t/?"}, ("t/1", "Inlet 2"), "t/?"),
        ({"inlet*"}, ("t/1", "Inlet 2"), None),
        (set(), ("t/1",), None),
    ],
)
def test_of_several_patterns_the_most_exact_one_counts(patterns, names, found):
    assert find_pattern(patterns, names) == found


def test_a_pattern_counts_more_than_the_kind_and_leaves_other_kinds_to_it():
    options = read(
        temperature={"warning": 30},
        humidity={"warning": 60},
        sensors={"In*": {"temperature": {"warning": 20}}, "Inlet*": {"humidity": {"warning": 50}}},
    )
    inlet = find_sensor(options, "temperature", "t/1", "Inlet")
    assert levels_of(inlet)[0].warning == 20
    assert levels_of(find_sensor(options, "humidity", "t/1", "Inlet"))[0].warning == 50
    assert levels_of(find_sensor(options, "temperature", "t/1", "CPU"))[0].warning == 30
    assert find_sensor(options, "voltage", "t/1", "Inlet") is None
    assert find_named(options.interfaces, "errors", ("Gi1",)) is None


def test_every_kind_stands_on_the_page():
    page = (Path(__file__).parents[2] / "docs" / "thresholds.md").read_text(encoding="utf-8")
    heads = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {kind for kind in KINDS if not any(f"`{kind}`" in head for head in heads)} == set()
