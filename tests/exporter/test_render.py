import math
from dataclasses import replace

import pytest

from exporter.polls import (
    START_MS,
    THRESHOLDS,
    make_checks,
    make_full_poll,
    make_interface,
    make_poll,
    make_silent_poll,
    value_of,
)
from netops.exporter.families import CHECKS, FAMILIES, HEADERS, SENSOR_VALUE
from netops.exporter.render import Blocks, DeviceFacts, DeviceRenderer
from netops.model.interface import COUNTER_NAMES, InterfaceStatus
from netops.model.reading import (
    SENSOR_UNITS,
    Level,
    Limits,
    PollResult,
    ProcessorReading,
    Reach,
    ReachabilityReading,
    SensorKind,
    SensorReading,
    SpaceReading,
    SubjectError,
    SystemReading,
)
from netops.model.supply import SupplyReading

FACTS = DeviceFacts(
    *("sw-1", "hall-a", "10.0.0.1", "Acme", "X1", "AcmeOS", "7.1", "SN1", "sw-1.example.net"),
    thresholds=THRESHOLDS,
)


def page(blocks: Blocks) -> bytes:
    return b"".join(HEADERS[name] + block for name, block in blocks.items())


def render(result: PollResult, former: Blocks | None = None, *, timestamps: bool = True) -> Blocks:
    return DeviceRenderer(FACTS, timestamps=timestamps).render(result, former or {})


def sensor_page(
    kind: SensorKind,
    value: float | None,
    unit: str | None = None,
    *,
    state: str | None = None,
    level: Level | None = None,
) -> bytes:
    reading = SensorReading("k", kind, "n", value, SENSOR_UNITS[kind] if unit is None else unit, state, level)
    return page(render(make_poll(sensors=[reading])))


def test_a_full_poll_has_every_family_but_those_that_exclude_one_another() -> None:
    assert set(render(make_full_poll())) == {family.name for family in FAMILIES}


def test_every_label_is_the_one_its_family_declares() -> None:
    text = page(render(make_full_poll())).decode()
    for family in FAMILIES:
        line = next(line for line in text.splitlines() if line.startswith(f"{family.name}{{"))
        for label in family.labels:
            assert f'{label}="' in line


def test_counters_come_back_exactly_in_order() -> None:
    text = page(render(make_poll(interfaces=[make_interface(counters=tuple(range(1, 13)))])))
    for position, counter in enumerate(COUNTER_NAMES):
        name = f"netops_interface_{counter.replace('octets', 'bytes')}_total"
        assert value_of(text, name, device="sw-1", interface="Gi0/1") == position + 1


def test_a_counter_of_64_bits_is_written_whole() -> None:
    blocks = render(make_poll(interfaces=[make_interface(counters=(2**64 - 1, *(None,) * 11))]))
    assert b" 18446744073709551615 " in blocks["netops_interface_in_bytes_total"]
    assert "netops_interface_out_bytes_total" not in blocks


def test_only_counters_carry_the_instant_of_the_poll() -> None:
    for name, block in render(make_full_poll()).items():
        ends = {line.endswith(f" {START_MS}") for line in block.decode().splitlines()}
        assert ends == {name.endswith("_total")}, name


def test_without_timestamps_no_sample_carries_one() -> None:
    for block in render(make_full_poll(), timestamps=False).values():
        assert str(START_MS).encode() not in block


def test_an_interface_whose_counters_could_not_be_read_keeps_its_status() -> None:
    interfaces = [make_interface("a", 1, counters=()), make_interface("b", 2)]
    text = page(render(make_poll(interfaces=interfaces)))
    assert value_of(text, "netops_interface_up", device="sw-1", interface="a") == 1
    assert value_of(text, "netops_interface_in_bytes_total", device="sw-1", interface="a") is None
    assert value_of(text, "netops_interface_in_bytes_total", device="sw-1", interface="b") == 200


def test_a_device_without_interfaces_writes_none() -> None:
    assert not [name for name in render(make_poll(interfaces=[])) if "interface" in name]


@pytest.mark.parametrize(
    ("bits_per_second", "bytes_per_second"), [(1_000_000_000, 125_000_000), (9_600, 1_200), (0, 0), (4, 0.5)]
)
def test_speed_is_in_bytes(bits_per_second: int, bytes_per_second: float) -> None:
    text = page(render(make_poll(interfaces=[make_interface(speed_bps=bits_per_second)])))
    told = value_of(text, "netops_interface_speed_bytes", device="sw-1", interface="Gi0/1")
    assert told == bytes_per_second


@pytest.mark.parametrize("status", list(InterfaceStatus))
def test_only_up_is_up(status: InterfaceStatus) -> None:
    text = page(render(make_poll(interfaces=[make_interface(oper_status=status)])))
    labels = {"device": "sw-1", "interface": "Gi0/1"}
    assert value_of(text, "netops_interface_oper_status", **labels) == status
    assert value_of(text, "netops_interface_up", **labels) == (status == 1)


def test_two_interfaces_of_one_key_stay_apart() -> None:
    text = page(render(make_poll(interfaces=[make_interface("ppp", 1), make_interface("ppp", 2)])))
    assert value_of(text, "netops_interface_in_bytes_total", device="sw-1", interface="ppp") == 100
    assert value_of(text, "netops_interface_in_bytes_total", device="sw-1", interface="ppp#2") == 200


def test_two_pools_and_two_sensors_of_one_name_stay_apart() -> None:
    pools = [SpaceReading("RAM", 10, 1, 10), SpaceReading("RAM", 20, 2, 10)]
    text = page(render(make_poll(memory=pools)))
    assert value_of(text, "netops_memory_size_bytes", device="sw-1", pool="RAM#2") == 20


def test_a_link_going_down_shows_at_once_though_labels_are_kept() -> None:
    renderer = DeviceRenderer(FACTS)
    blocks = renderer.render(make_poll(interfaces=[make_interface()]))
    down = make_interface(oper_status=InterfaceStatus.DOWN)
    blocks = renderer.render(make_poll(after_seconds=60, interfaces=[down]), blocks)
    assert value_of(page(blocks), "netops_interface_up", device="sw-1", interface="Gi0/1") == 0


def test_what_did_not_change_is_not_written_anew() -> None:
    renderer = DeviceRenderer(FACTS)
    first = renderer.render(make_poll(interfaces=[make_interface()]))
    second = renderer.render(make_poll(after_seconds=60, interfaces=[make_interface()]), first)
    assert second["netops_interface_info"] is first["netops_interface_info"]
    assert second["netops_interface_in_bytes_total"] != first["netops_interface_in_bytes_total"]


def test_a_new_alias_replaces_the_old_one() -> None:
    renderer = DeviceRenderer(FACTS)
    first = renderer.render(make_poll(interfaces=[make_interface(alias="old")]))
    second = renderer.render(make_poll(after_seconds=60, interfaces=[make_interface(alias="new")]), first)
    assert b'alias="new"' in second["netops_interface_info"]
    assert b'alias="old"' not in second["netops_interface_info"]


def test_interfaces_in_another_order_keep_their_own_numbers() -> None:
    renderer = DeviceRenderer(FACTS)
    one, two = make_interface("a", 1), make_interface("b", 2)
    first = renderer.render(make_poll(interfaces=[one, two]))
    text = page(renderer.render(make_poll(after_seconds=60, interfaces=[two, one]), first))
    assert value_of(text, "netops_interface_in_bytes_total", device="sw-1", interface="a") == 100
    assert value_of(text, "netops_interface_in_bytes_total", device="sw-1", interface="b") == 200


def test_an_interface_gone_from_the_device_is_gone_from_every_family() -> None:
    renderer = DeviceRenderer(FACTS)
    first = renderer.render(make_poll(interfaces=[make_interface("a", 1), make_interface("b", 2)]))
    second = renderer.render(make_poll(after_seconds=60, interfaces=[make_interface("a", 1)]), first)
    assert b'interface="b"' not in page(second)


def test_a_subject_not_due_keeps_its_block_and_its_instant() -> None:
    renderer = DeviceRenderer(FACTS)
    first = renderer.render(make_full_poll())
    second = renderer.render(make_poll(after_seconds=60), first)
    for name in ("netops_interface_in_bytes_total", "netops_storage_used_bytes", "netops_disk_reads_total"):
        assert second[name] == first[name]
    assert (
        second["netops_device_last_poll_timestamp_seconds"]
        != first["netops_device_last_poll_timestamp_seconds"]
    )


def test_a_subject_that_failed_loses_its_block_and_says_why() -> None:
    renderer = DeviceRenderer(FACTS)
    first = renderer.render(make_full_poll())
    failure = SubjectError("interfaces", "error_status", "genErr")
    second = renderer.render(make_poll(after_seconds=60, errors=[failure]), first)
    assert not [name for name in second if name.startswith("netops_interface")]
    assert "netops_storage_used_bytes" in second
    labels = {"device": "sw-1", "subject": "interfaces", "kind": "error_status"}
    assert value_of(page(second), "netops_device_poll_failed", **labels) == 1


def test_failed_health_takes_all_of_health_along() -> None:
    renderer = DeviceRenderer(FACTS)
    first = renderer.render(make_full_poll())
    failure = SubjectError("health", "timeout", "no answer")
    second = renderer.render(make_poll(after_seconds=60, errors=[failure]), first)
    assert not [name for name in second if "processor" in name or "memory" in name or "sensor" in name]
    assert "netops_interface_up" in second


def test_a_subject_read_in_part_shows_what_was_read() -> None:
    failure = SubjectError("health", "malformed_reply", "one cell")
    blocks = render(make_poll(processors=[ProcessorReading("cpu 0", 50)], errors=[failure]))
    assert value_of(page(blocks), "netops_processor_load_ratio", device="sw-1", processor="cpu 0") == 0.5


def test_one_failure_told_twice_is_one_sample() -> None:
    failures = [SubjectError("health", "timeout", "a"), SubjectError("health", "timeout", "b")]
    assert render(make_poll(errors=failures))["netops_device_poll_failed"].count(b"\n") == 1


def test_a_silent_device_leaves_only_what_tells_so() -> None:
    renderer = DeviceRenderer(FACTS)
    first = renderer.render(make_full_poll())
    blocks = renderer.render(make_silent_poll(after_seconds=60), first)
    assert set(blocks) - {family.name for family in CHECKS} == {
        "netops_device_up",
        "netops_device_icmp_up",
        "netops_device_icmp_rtt_seconds",
        "netops_device_info",
        "netops_device_poll_duration_seconds",
        "netops_device_last_poll_timestamp_seconds",
        "netops_device_poll_failed",
    }
    text = page(blocks)
    assert value_of(text, "netops_device_up", device="sw-1", site="hall-a") == 0
    assert value_of(text, "netops_device_icmp_up", device="sw-1") == 1
    labels = {"device": "sw-1", "subject": "reachability", "kind": "timeout"}
    assert value_of(text, "netops_device_poll_failed", **labels) == 1


def test_a_device_that_returns_shows_all_it_tells_again_and_nothing_old() -> None:
    renderer = DeviceRenderer(FACTS)
    blocks = renderer.render(make_full_poll())
    blocks = renderer.render(make_silent_poll(after_seconds=60), blocks)
    back = renderer.render(make_poll(after_seconds=120, interfaces=[make_interface()]), blocks)
    assert "netops_interface_info" in back
    assert "netops_storage_used_bytes" not in back


def test_a_device_that_refuses_us_is_not_up() -> None:
    error = SubjectError("reachability", "wrong_authentication", "password")
    result = make_poll(reachability=ReachabilityReading(Reach.YES, error=error))
    assert value_of(page(render(result)), "netops_device_up", device="sw-1", site="hall-a") == 0


def test_this_very_machine_is_up_though_nobody_was_asked() -> None:
    result = make_poll(reachability=ReachabilityReading(), system=SystemReading(uptime_seconds=5.0))
    text = page(render(result))
    assert value_of(text, "netops_device_up", device="sw-1", site="hall-a") == 1
    assert value_of(text, "netops_device_icmp_up", device="sw-1") is None


def test_facts_stand_on_device_info_and_follow_their_changes() -> None:
    renderer = DeviceRenderer(FACTS)
    assert (
        b'vendor="Acme",model="X1",os="AcmeOS",os_version="7.1",serial="SN1"'
        in renderer.render(make_poll())["netops_device_info"]
    )
    renderer.facts = replace(FACTS, site='hall "b"', os_version="7.2")
    blocks = renderer.render(make_poll(after_seconds=60))
    assert b'os_version="7.2"' in blocks["netops_device_info"]
    assert blocks["netops_device_up"] == b'netops_device_up{device="sw-1",site="hall \\"b\\""} 1\n'


def test_not_a_number_is_never_written() -> None:
    nan, infinite = math.nan, math.inf
    text = page(
        render(
            make_poll(
                processors=[ProcessorReading("cpu 0", nan)],
                sensors=[SensorReading("k", SensorKind.TEMPERATURE, "n", infinite, "°C")],
                system=SystemReading(uptime_seconds=nan),
            )
        )
    ).lower()
    assert b" nan" not in text
    assert b" inf" not in text


@pytest.mark.parametrize(
    ("kind", "value", "name", "told"),
    [
        (SensorKind.TEMPERATURE, -1.5, "temperature_celsius", -1.5),
        (SensorKind.HUMIDITY, 23, "humidity_ratio", 0.23),
        (SensorKind.ENERGY, 2, "energy_joules_total", 7_200_000),
        (SensorKind.CHARGE, 100, "charge_ratio", 1),
        (SensorKind.FAN, 4200, "fan_rpm", 4200),
        (SensorKind.OPTICAL_POWER, -40, "optical_power_dbm", -40),
    ],
)
def test_sensors_are_told_in_base_units(kind: SensorKind, value: float, name: str, told: float) -> None:
    assert (
        value_of(sensor_page(kind, value), f"netops_sensor_{name}", device="sw-1", sensor="n", key="k")
        == told
    )


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        (SensorKind.TEMPERATURE, "°F"),
        (SensorKind.AIRFLOW, "CFM"),
        (SensorKind.PRESSURE, "hPa"),
        (SensorKind.COUNT, ""),
    ],
)
def test_a_unit_that_is_not_the_kinds_own_is_named_rather_than_guessed(kind: SensorKind, unit: str) -> None:
    labels = {"device": "sw-1", "sensor": "n", "key": "k", "kind": kind.value, "unit": unit}
    assert value_of(sensor_page(kind, 70, unit), SENSOR_VALUE.name, **labels) == 70


def test_a_state_is_a_label_and_its_level_a_number() -> None:
    text = sensor_page(SensorKind.STATE, None, state="onBattery", level="critical")
    labels = {"device": "sw-1", "sensor": "n", "key": "k"}
    assert value_of(text, "netops_sensor_state", **labels, state="onBattery") == 1
    assert value_of(text, "netops_sensor_level", **labels) == 2


def limits_page(limits: Limits, limits_from: str | None, kind: SensorKind = SensorKind.HUMIDITY) -> bytes:
    reading = SensorReading("k", kind, "n", 40, SENSOR_UNITS[kind], None, None, limits, limits_from)
    return page(render(make_poll(sensors=[reading])))


def test_limits_are_told_in_the_unit_of_the_sensor_and_only_where_there_are_any() -> None:
    text = limits_page(Limits(low_warn=23, high=80.5), "device")
    labels = {"device": "sw-1", "sensor": "n", "key": "k"}
    told = {
        bound: value_of(text, "netops_sensor_limit", **labels, bound=bound)
        for bound in ("low", "low_warn", "high_warn", "high")
    }
    assert told == {"low": None, "low_warn": 0.23, "high_warn": None, "high": 0.805}


def test_a_sensor_without_limits_has_none() -> None:
    assert b"netops_sensor_limit" not in limits_page(Limits(), None)


def test_supplies_are_ratios_and_one_that_cannot_tell_is_absent() -> None:
    supplies = [
        SupplyReading("Black", "toner", 55),
        SupplyReading("Black", "toner", 0),
        SupplyReading("Drum", "drum", None, "some"),
    ]
    text = page(render(make_poll(supplies=supplies)))
    name = "netops_supply_level_ratio"
    assert value_of(text, name, device="sw-1", supply="Black", kind="toner") == 0.55
    assert value_of(text, name, device="sw-1", supply="Black#2", kind="toner") == 0
    assert b"Drum" not in text


def test_supplies_go_with_the_sensors_they_are_read_with() -> None:
    renderer = DeviceRenderer(FACTS)
    first = renderer.render(make_full_poll())
    failure = SubjectError("sensors", "timeout", "no answer")
    second = renderer.render(make_poll(after_seconds=60, errors=[failure]), first)
    assert "netops_supply_level_ratio" in first
    assert "netops_supply_level_ratio" not in second
    assert "netops_inventory_vlans" in second


def test_service_checks_are_told_with_their_certificates() -> None:
    text = page(render(make_poll(checks=make_checks())))
    web, ssh = {"device": "sw-1", "check": "web"}, {"device": "sw-1", "check": "ssh"}
    assert value_of(text, "netops_service_check_up", **web, type="http") == 1
    assert value_of(text, "netops_service_check_up", **ssh, type="tcp") == 0
    assert value_of(text, "netops_service_check_failure", **ssh, reason="refused") == 1
    assert value_of(text, "netops_service_http_status_code", **web) == 200
    assert value_of(text, "netops_service_http_status_code", **ssh) is None
    end = "netops_service_certificate_not_after_timestamp_seconds"
    assert value_of(text, end, **web) == START_MS / 1000 + 3 * 86_400
    assert value_of(text, end, **ssh) is None
    assert value_of(text, "netops_service_certificate_trusted", **web) == 0


def test_where_no_trust_is_asked_for_none_is_told() -> None:
    web, _ssh = make_checks()
    web.certificate.is_trusted = None
    assert "netops_service_certificate_trusted" not in render(make_poll(checks=[web]))


def test_service_checks_of_a_device_that_does_not_answer_snmp_are_told_all_the_same() -> None:
    renderer = DeviceRenderer(FACTS)
    silent = make_silent_poll()
    silent.checks = make_checks()
    blocks = renderer.render(silent, renderer.render(make_full_poll()))
    assert "netops_storage_used_bytes" not in blocks
    kept = renderer.render(make_silent_poll(after_seconds=60), blocks)
    assert kept["netops_service_check_up"] == blocks["netops_service_check_up"]
    silent.checks = []
    assert "netops_service_check_up" not in renderer.render(silent, kept)


def test_entries_of_the_inventory_are_counted_and_none_is_a_number() -> None:
    text = page(render(make_full_poll()))
    assert value_of(text, "netops_inventory_vlans", device="sw-1") == 2
    assert value_of(text, "netops_inventory_neighbours", device="sw-1") == 0
