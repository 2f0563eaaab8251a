from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from netops.settings import DeviceSettings, load_settings
from netops.settings.resolve import find_parent_loops


def load_devices(folder: Path, devices: str) -> dict[str, DeviceSettings]:
    netops = "site_name: home\npolling: {interval: 2m}\ncredentials: {c: {version: 1, community: x}}\n"
    (folder / "netops.yaml").write_text(netops, encoding="utf-8")
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    return dict(load_settings(folder / "netops.yaml").devices)


def test_device_counts_more_than_groups_and_groups_more_than_defaults(tmp_path: Path) -> None:
    devices = load_devices(
        tmp_path,
        "defaults: {credential: c, port: 1, retries: 1, timeout: 1s, tags: [all], collectors: {health: false}}\n"
        "groups:\n  one: {port: 2, retries: 5, tags: [one, all], collectors: {system: false}}\n"
        "  two: {port: 3, tags: [two], collectors: {health: true}}\n"
        "devices:\n- {name: a, address: x, groups: [one, two], port: 4, tags: [own]}\n"
        "- {name: b, address: x, groups: [two, one]}\n- {name: c, address: x}\n",
    )
    a, b, c = devices.values()
    assert (a.port, a.retries, a.timeout, a.tags) == (
        4,
        5,
        timedelta(seconds=1),
        ("all", "one", "two", "own"),
    )
    assert (a.collectors.system, a.collectors.interfaces, a.collectors.health) == (False, True, True)
    assert (b.port, b.tags, b.groups) == (2, ("all", "two", "one"), ("two", "one"))
    assert (c.port, c.retries, c.collectors.health) == (1, 1, False)


def test_what_nobody_says_comes_from_the_settings(tmp_path: Path) -> None:
    (device,) = load_devices(tmp_path, "devices: [{name: a, address: x, credential: c}]\n").values()
    assert (device.site, device.interval, device.port, device.enabled) == (
        "home",
        timedelta(minutes=2),
        161,
        True,
    )


def test_one_entry_makes_several_devices(tmp_path: Path) -> None:
    devices = load_devices(
        tmp_path,
        "devices: [{name: 'sw-{n:02}', addresses: [10.0.0.9-11, core.example.net, '::1'], credential: c}]\n",
    )
    assert {name: device.address for name, device in devices.items()} == {
        "sw-01": "10.0.0.9",
        "sw-02": "10.0.0.10",
        "sw-03": "10.0.0.11",
        "sw-04": "core.example.net",
        "sw-05": "::1",
    }


def test_this_machine_takes_no_credential_from_the_defaults(tmp_path: Path) -> None:
    (device,) = load_devices(
        tmp_path, "defaults: {credential: c}\ndevices: [{name: a, local: true}]\n"
    ).values()
    assert (device.local, device.address, device.credential) == (True, None, None)


def test_the_stored_form_reads_back_to_an_equal_device(tmp_path: Path) -> None:
    for device in load_devices(
        tmp_path,
        "devices:\n- {name: a, local: true}\n- {name: b, address: x, credential: c, interval: 1.5s, tags: [1], "
        "timeout: 100ms, collectors: {health: false}, parents: [a], engine: pysnmp, enabled: false}\n",
    ).values():
        assert DeviceSettings.model_validate(device.model_dump(mode="json")) == device


@given(st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=3, unique=True)))
def test_a_loop_is_found_exactly_when_there_is_one(parents: dict[int, list[int]]) -> None:
    devices = {
        str(n): DeviceSettings(
            name=str(n), address="x", parents=tuple(str(p) for p in parents.get(n, []) if p in parents)
        )
        for n in parents
    }
    left = {name: set(device.parents) for name, device in devices.items()}
    while free := [name for name, above in left.items() if not above & left.keys()]:
        for name in free:
            del left[name]
    loops = list(find_parent_loops(devices))
    assert bool(loops) == bool(left)
    for loop in loops:
        assert all(
            after in devices[before].parents for before, after in zip(loop, [*loop[1:], loop[0]], strict=True)
        )


def test_a_long_chain_of_parents_is_no_trouble() -> None:
    count = 20_000
    chain = {
        str(n): DeviceSettings(name=str(n), address="x", parents=(str((n + 1) % count),))
        for n in range(count)
    }
    (loop,) = find_parent_loops(chain)
    assert (len(loop), loop[0]) == (count, "0")
