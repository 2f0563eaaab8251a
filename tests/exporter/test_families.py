from exporter.polls import names_in
from netops.exporter.families import FAMILIES, HEADERS, INTERFACE_COUNTERS, SENSORS, Family
from netops.followed import FOLLOWED
from netops.model.interface import COUNTER_NAMES
from netops.model.reading import SensorKind
from netops.telemetry import Telemetry


def test_no_family_is_named_twice_nor_like_one_of_our_own() -> None:
    own = names_in(Telemetry("1").render()) | {family.name for family in FOLLOWED}
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)
    assert not own & set(names)


def test_counters_and_only_they_end_in_total() -> None:
    for family in FAMILIES:
        assert family.name.endswith("_total") == (family.type == "counter"), family.name


def test_each_interface_counter_of_the_model_has_a_family_in_its_order() -> None:
    named = [
        family.name.removeprefix("netops_interface_").removesuffix("_total") for family in INTERFACE_COUNTERS
    ]
    assert [name.replace("bytes", "octets") for name in named] == list(COUNTER_NAMES)


def test_only_kinds_without_a_base_unit_share_the_general_family() -> None:
    without = {SensorKind.STATE, SensorKind.COUNT, SensorKind.AIRFLOW, SensorKind.PRESSURE}
    assert set(SensorKind) - set(SENSORS) == without


def test_site_stands_only_where_joins_start() -> None:
    assert [family.name for family in FAMILIES if "site" in family.labels] == [
        "netops_device_up",
        "netops_device_info",
    ]


def test_every_family_belongs_to_a_device_and_is_explained() -> None:
    for family in FAMILIES:
        assert family.labels[0] == "device"
        assert family.help.endswith("."), family.name
    assert list(HEADERS) == [family.name for family in FAMILIES]


def test_a_help_stays_on_its_line() -> None:
    header = Family("netops_x", "gauge", "one\ntwo \\ three").header
    assert header == b"# HELP netops_x one\\ntwo \\\\ three\n# TYPE netops_x gauge\n"
