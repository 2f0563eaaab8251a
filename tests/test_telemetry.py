from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from exporter.polls import names_in, parse, value_of
from netops.followed import (
    BACKUP_AGE,
    BACKUPS_FAILED,
    COMPLIANCE_CHECK_AGE,
    COMPLIANCE_FAILING,
    DEVICES,
    FOLLOWED,
    SNMP_DISCARDED,
    SNMP_REQUESTS,
    WRITER_QUEUE_DEPTH,
    Followed,
)
from netops.telemetry import ERROR_KINDS, TIMEOUT_KINDS, Telemetry


def test_two_daemons_in_one_process_share_no_number() -> None:
    first, second = Telemetry("1"), Telemetry("2")
    first.observe_poll("answered", duration_seconds=1, lag_seconds=0)
    assert value_of(first.render(), "netops_polls_total", result="answered") == 1
    assert value_of(second.render(), "netops_polls_total", result="answered") == 0


def test_build_info_tells_the_version() -> None:
    assert value_of(Telemetry("1.2.3").render(), "netops_build_info", version="1.2.3") == 1


def test_process_memory_and_garbage_collection_are_told() -> None:
    names = names_in(Telemetry("1").render())
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "python_info"} <= names
    assert "python_gc_collections_total" in names


def test_created_instants_are_left_out() -> None:
    telemetry = Telemetry("1")
    telemetry.observe_poll("answered", duration_seconds=1, lag_seconds=0)
    assert not [name for name in names_in(telemetry.render()) if name.endswith("_created")]


def test_every_kind_of_error_starts_at_zero_so_that_increase_sees_the_first() -> None:
    text = Telemetry("1").render()
    assert {value_of(text, "netops_poll_timeouts_total", kind=kind) for kind in TIMEOUT_KINDS} == {0}
    assert {value_of(text, "netops_poll_errors_total", kind=kind) for kind in ERROR_KINDS} == {0}


def test_silence_counts_as_timeout_and_refusal_as_error() -> None:
    telemetry = Telemetry("1")
    telemetry.observe_poll("unreachable", duration_seconds=6, lag_seconds=0.1, error_kinds=["timeout"])
    telemetry.observe_poll("refused", duration_seconds=6, lag_seconds=0.1, error_kinds=["wrong_community"])
    text = telemetry.render()
    assert value_of(text, "netops_poll_timeouts_total", kind="timeout") == 1
    assert value_of(text, "netops_poll_errors_total", kind="wrong_community") == 1
    assert value_of(text, "netops_polls_total", result="unreachable") == 1
    assert value_of(text, "netops_poll_duration_seconds_sum") == 12
    assert value_of(text, "netops_poll_lag_seconds_count") == 2


def test_a_followed_number_is_read_at_each_scrape() -> None:
    telemetry = Telemetry("1")
    depth = [7]
    telemetry.follow(WRITER_QUEUE_DEPTH, lambda: depth[0])
    assert value_of(telemetry.render(), "netops_writer_queue_depth") == 7
    depth[0] = 9
    assert value_of(telemetry.render(), "netops_writer_queue_depth") == 9


def test_followed_labels_come_and_go_with_what_is_told() -> None:
    telemetry = Telemetry("1")
    telemetry.follow(SNMP_DISCARDED, lambda: {"malformed": 2, 'quo"te\n': 1})
    telemetry.follow(DEVICES, lambda: {"reachable": 3})
    text = telemetry.render()
    assert value_of(text, "netops_snmp_discarded_replies_total", reason="malformed") == 2
    assert value_of(text, "netops_snmp_discarded_replies_total", reason='quo"te\n') == 1
    assert value_of(text, "netops_devices", state="reachable") == 3


def test_what_nobody_follows_is_absent_rather_than_zero() -> None:
    assert "netops_writer_queue_depth" not in names_in(Telemetry("1").render())


def test_following_again_replaces_the_first_reader() -> None:
    telemetry = Telemetry("1")
    telemetry.follow(WRITER_QUEUE_DEPTH, lambda: 1)
    telemetry.follow(WRITER_QUEUE_DEPTH, lambda: 2)
    assert value_of(telemetry.render(), "netops_writer_queue_depth") == 2


def test_a_refused_reload_keeps_the_instant_of_the_last_good_one() -> None:
    telemetry = Telemetry("1")
    telemetry.settings_reloaded(successful=True, at_seconds=1000)
    telemetry.settings_reloaded(successful=False, at_seconds=2000)
    text = telemetry.render()
    assert value_of(text, "netops_settings_last_reload_successful") == 0
    assert value_of(text, "netops_settings_last_reload_timestamp_seconds") == 1000


@pytest.mark.parametrize("family", FOLLOWED, ids=lambda family: family.name)
def test_a_followed_counter_is_named_as_one(family: Followed) -> None:
    assert family.name.endswith("_total") == (family.type == "counter")


def test_scrapes_are_counted_by_endpoint() -> None:
    telemetry = Telemetry("1")
    telemetry.observe_scrape("probe", duration_seconds=0.002, size_bytes=123)
    text = telemetry.render()
    assert value_of(text, "netops_scrape_duration_seconds_count", endpoint="probe") == 1
    assert value_of(text, "netops_scrape_duration_seconds_count", endpoint="sd") == 0
    assert value_of(text, "netops_scrape_size_bytes", endpoint="probe") == 123
    assert parse(text)


def test_the_quick_text_of_followed_numbers_is_what_prometheus_client_writes() -> None:
    telemetry = Telemetry("1")
    told = {'a"b\\c\nd': 1.0, "交换机": 1.7e9, "x": float("inf"), "y": 0.25, "z": float("nan"), "": -3.0}
    telemetry.follow(BACKUP_AGE, lambda: told)
    telemetry.follow(COMPLIANCE_FAILING, lambda: {("sw-1", "major"): 2.0, ("sw-1", "minor"): 0.0})
    telemetry.follow(COMPLIANCE_CHECK_AGE, lambda: {(): 12.5})
    telemetry.follow(SNMP_REQUESTS, lambda: 7)
    telemetry.follow(BACKUPS_FAILED, dict)
    expected = generate_latest(_Only(telemetry))
    assert telemetry.render().endswith(expected)
    assert telemetry.render().count(b"# TYPE netops_backup_age_seconds ") == 1


class _Only(Collector):
    """What the registry collects of followed numbers."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def collect(self) -> Iterator[Metric]:
        yield from self._telemetry._followed.collect()
