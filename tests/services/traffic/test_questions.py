"""What people ask of the history, answered over a small one."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from netops.errors import NotFound
from netops.model.interface import InterfaceStatus
from netops.model.reading import PollResult, SensorKind, SensorReading
from netops.services.traffic.bill import CSV_HEAD, bill_traffic, write_csv
from netops.services.traffic.forecast import LEAST_WEEKS, decide_trend, forecast_traffic
from netops.services.traffic.rank import Order, find_growing_faults, find_unused, rank_traffic
from netops.services.traffic.show import show_gauge, show_traffic
from netops.services.traffic.spans import Span
from netops.services.traffic.subject import Rules, find_port
from netops.settings.history import HistorySettings
from netops.store.engine import read, write
from netops.store.history.write import write_history, write_speeds
from netops.store.queries.interfaces import list_interfaces, mark_missing
from peers.history import DAY, DAY0, HOUR, MIDNIGHT, MINUTE, make_switch, pack_all, roll_up_all, write_polls

SETTINGS = HistorySettings(time_zone="Europe/Berlin")


def rules_at(now: int, settings: HistorySettings = SETTINGS) -> Rules:
    return Rules.of(settings, datetime.fromtimestamp(now / 1000, UTC))


def steady(*octets: int):
    """Ports that each count so many octets a poll, in and out, and a packet for each 100."""

    def count(poll, port):
        return [octets[port - 1], octets[port - 1] // 2, octets[port - 1] // 100, octets[port - 1] // 200] + [
            0
        ] * 8

    return count


@pytest.fixture
def hour(engine):
    """An hour of three ports: busy, half as busy, silent."""
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(
            connection, series, range(DAY0 + MINUTE, DAY0 + HOUR, MINUTE), steady(6_000_000, 3_000_000, 0)
        )
    return series


def test_a_day_of_an_interface_shows_rates_volume_and_gaps(engine, hour):
    with read(engine) as connection:
        shown = show_traffic(connection, "sw-1", "Gi0/1", Span.DAY, rules_at(DAY0 + HOUR))
    assert (shown["device"], shown["interface"], shown["span"]) == ("sw-1", "Gi0/1", "day")
    assert len(shown["starts"]) == len(shown["in"]["mean_bps"]) == 288
    assert shown["starts"][-1].endswith("+01:00")
    known = [value for value in shown["in"]["mean_bps"] if value is not None]
    assert known == pytest.approx([800_000.0] * 12)
    assert shown["out"]["octets"] == 59 * 3_000_000
    assert shown["totals"]["in_unicast_packets"] == 59 * 60_000
    assert shown["totals"]["in_errors"] == 0


def test_a_device_polled_every_five_minutes_has_a_day_without_holes(engine):
    """Polls a little more than five minutes apart would leave out a step now and then."""
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(
            connection, series, range(DAY0, DAY0 + DAY, 5 * MINUTE + 900), steady(1, 2, 3), seconds=300.9
        )
    with read(engine) as connection:
        shown = show_traffic(connection, "sw-1", "Gi0/1", Span.DAY, rules_at(DAY0 + DAY - MINUTE))
    assert len(shown["starts"]) == 144
    assert None not in shown["in"]["mean_bps"]


@pytest.mark.parametrize("span", Span)
def test_every_span_has_the_same_volume(engine, hour, span):
    with read(engine) as connection:
        shown = show_traffic(connection, "sw-1", "Gi0/2", span, rules_at(DAY0 + HOUR))
    assert shown["in"]["octets"] == 59 * 3_000_000


def test_a_sensor_is_shown_too(engine, hour):
    with write(engine) as connection:
        for minute, celsius in enumerate((20.0, 24.0)):
            result = PollResult("sw-1", MIDNIGHT.replace(minute=minute))
            result.sensors = [SensorReading("inlet", SensorKind.TEMPERATURE, "Inlet", celsius, "°C")]
            write_history(connection, hour[0].device_id, result)
    with read(engine) as connection:
        shown = show_gauge(connection, "sw-1", "sensor", "inlet", Span.DAY, rules_at(DAY0 + HOUR))
        assert [value for value in shown["mean"] if value is not None] == [22.0]
        assert [value for value in shown["high"] if value is not None] == [24.0]
        with pytest.raises(NotFound, match='no history of sensor "outlet"'):
            show_gauge(connection, "sw-1", "sensor", "outlet", Span.DAY, rules_at(DAY0 + HOUR))


def test_an_interface_is_found_by_its_alias_and_a_near_one_is_suggested(engine, hour):
    with write(engine) as connection:
        connection.exec_driver_sql("UPDATE interface SET alias = 'to the core' WHERE key = 'Gi0/2'")
    with read(engine) as connection:
        assert find_port(connection, "sw-1", "to the core").interface.key == "Gi0/2"
        with pytest.raises(NotFound, match='did you mean "Gi0/1"'):
            find_port(connection, "sw-1", "Gi0/11")
        with pytest.raises(NotFound):
            find_port(connection, "sw-2", "Gi0/1")


def test_the_fastest_come_first_and_the_silent_not_at_all(engine, hour):
    with read(engine) as connection:
        rows = rank_traffic(connection, Order.RATE, timedelta(hours=1), 10, rules_at(DAY0 + HOUR))
        assert rank_traffic(connection, Order.RATE, timedelta(hours=1), 1, rules_at(DAY0 + HOUR)) == rows[:1]
    assert [(row["interface"], row["in_bps"], row["out_bps"]) for row in rows] == [
        ("Gi0/1", 800_000, 400_000),
        ("Gi0/2", 400_000, 200_000),
    ]
    assert rows[0]["utilisation"] == pytest.approx(0.0008)


def test_the_fullest_are_those_nearest_to_their_own_speed(engine, hour):
    with write(engine) as connection:
        connection.exec_driver_sql("UPDATE interface SET speed_bps = 1000000 WHERE key = 'Gi0/2'")
        connection.exec_driver_sql("UPDATE interface SET speed_bps = NULL WHERE key = 'Gi0/1'")
    with read(engine) as connection:
        rows = rank_traffic(connection, Order.UTILISATION, timedelta(hours=1), 10, rules_at(DAY0 + HOUR))
    assert [(row["interface"], row["utilisation"]) for row in rows] == [("Gi0/2", 0.4)]


def grow(poll, port):
    """Port 1 doubles its traffic after an hour, port 2 halves it; port 3 begins to lose packets."""
    late = poll >= 60
    octets = {1: 600 * (1 + late), 2: 600 // (1 + late), 3: 600}[port]
    return [octets, 0, 1, 0, 0, 0, 0, 0, 7 * late * (port == 3), 0, 0, 0]


@pytest.fixture
def two_hours(engine):
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(connection, series, range(DAY0, DAY0 + 2 * HOUR, MINUTE), grow)
    return series


def test_growth_goes_by_the_time_before(engine, two_hours):
    with read(engine) as connection:
        rows = rank_traffic(connection, Order.GROWTH, timedelta(hours=1), 10, rules_at(DAY0 + 2 * HOUR))
    assert [(row["interface"], row["bps_before"], row["growth_bps"]) for row in rows] == [("Gi0/1", 80, 80)]


def test_errors_are_ranked_and_their_growth_is_told(engine, two_hours):
    with read(engine) as connection:
        rows = rank_traffic(connection, Order.ERRORS, timedelta(hours=1), 10, rules_at(DAY0 + 2 * HOUR))
        report = find_growing_faults(connection, timedelta(hours=1), rules_at(DAY0 + 2 * HOUR))
    assert [(row["interface"], row["in_errors_per_second"]) for row in rows] == [("Gi0/3", 7 / 60)]
    assert [(row["interface"], row["in_errors"], row["faults_per_second_before"]) for row in report] == [
        ("Gi0/3", 420, 0.0)
    ]


def test_errors_that_stay_what_they_were_are_not_told(engine):
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(
            connection, series, range(DAY0, DAY0 + 2 * HOUR, MINUTE), lambda poll, port: [0] * 8 + [5] * 4
        )
    with read(engine) as connection:
        assert find_growing_faults(connection, timedelta(hours=1), rules_at(DAY0 + 2 * HOUR)) == []


def test_unused_ports_are_those_seen_long_enough_that_heard_nothing(engine):
    """Port 1 is used, 2 sends floods only, 3 nothing; 4 was seen for too short a time; 5 is gone."""

    def count(poll, port):
        if port == 4 and poll < 200:
            return [None] * 12
        return [[9] * 12, [0, 600, 0, 0, 0, 5, 0, 5, 0, 0, 0, 0], [0] * 12, [0] * 12, [0] * 12][port - 1]

    with write(engine) as connection:
        series = make_switch(connection, ports=5)
        write_polls(connection, series, range(DAY0 + HOUR, DAY0 + 10 * DAY, HOUR), count, seconds=3600)
        pack_all(connection, series[0].device_id, DAY0 + 7 * DAY)
        roll_up_all(connection, series[0].device_id, DAY0 + 10 * DAY)
        mark_missing(connection, series[0].device_id, ["Gi0/5"], MIDNIGHT)
    with read(engine) as connection:
        rows = find_unused(connection, 9, rules_at(DAY0 + 10 * DAY))
    assert [row["interface"] for row in rows] == ["Gi0/2", "Gi0/3"]


@pytest.fixture
def month(engine):
    """March in Berlin, a poll every hour, packed; the last one counts its own number."""
    begin = round(datetime(2026, 3, 1, tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)
    end = round(datetime(2026, 4, 1, tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)
    instants = range(begin - 5 * HOUR, end + 5 * HOUR, HOUR)
    with write(engine) as connection:
        series = make_switch(connection, ports=1)
        write_polls(
            connection,
            series,
            instants,
            lambda poll, port: [poll * 45_000, poll * 450] + [0] * 10,
            seconds=3600,
        )
        pack_all(connection, series[0].device_id, end + 2 * DAY)
    return [number for number, at in enumerate(instants) if begin <= at < end]


APRIL = DAY0 + 40 * DAY


@pytest.mark.parametrize(("commitment", "over"), [(30_000.0, None), (100_000.0, 0.0)])
def test_the_bill_is_numpys_percentile_of_the_months_polls(engine, month, commitment, over):
    with read(engine) as connection:
        answer, samples = bill_traffic(
            connection, "sw-1", "Gi0/1", month="2026-03", commitment_bps=commitment, rules=rules_at(APRIL)
        )
    expected = np.percentile(np.array(month) * 45_000 / 3600, 95) * 8
    assert len(month) == 31 * 24 - 1
    assert answer["in_p95_bps"] == pytest.approx(expected, rel=1e-12)
    assert answer["billed_bps"] == answer["in_p95_bps"]
    assert answer["over_bps"] == (expected - commitment if over is None else over)
    assert answer["in_octets"] == sum(month) * 45_000
    assert (answer["exact"], answer["polls"], answer["covered"]) == (True, len(month), 1.0)
    assert (answer["begin"], answer["end"]) == ("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00")
    assert samples.count == len(month)


def test_the_samples_behind_a_bill_are_a_table_that_gives_the_bill_again(engine, month):
    file = io.StringIO()
    with read(engine) as connection:
        rules = rules_at(APRIL)
        answer, samples = bill_traffic(
            connection, "sw-1", "Gi0/1", month="2026-03", commitment_bps=None, rules=rules
        )
        assert write_csv(connection, find_port(connection, "sw-1", "Gi0/1"), samples, rules, file) == len(
            month
        )
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert tuple(rows[0]) == CSV_HEAD
    assert np.percentile([float(row["in_bps"]) for row in rows], 95) == answer["in_p95_bps"]
    assert sum(int(row["out_octets"]) for row in rows) == answer["out_octets"]
    assert {row["end"][-6:] for row in rows} == {"+01:00", "+02:00"}


def test_a_month_whose_polls_are_gone_is_billed_by_hours_and_says_so(engine, month):
    later = rules_at(APRIL + 60 * DAY)
    with read(engine) as connection:
        answer, _samples = bill_traffic(
            connection, "sw-1", "Gi0/1", month="2026-03", commitment_bps=None, rules=later
        )
    assert answer["exact"] is False
    assert answer["in_p95_bps"] == pytest.approx(np.percentile(np.array(month) * 45_000 / 3600, 95) * 8)
    assert answer["in_octets"] == sum(month) * 45_000


def test_a_month_without_polls_has_no_percentile(engine, month):
    with read(engine) as connection:
        answer, _samples = bill_traffic(
            connection, "sw-1", "Gi0/1", month="2026-01", commitment_bps=5.0, rules=rules_at(DAY0)
        )
    assert (answer["in_p95_bps"], answer["billed_bps"], answer["over_bps"]) == (None, None, None)
    assert (answer["polls"], answer["in_octets"]) == (0, 0)


def test_a_speed_that_changes_in_mid_month_is_told_with_the_bill_and_with_each_poll(engine, month):
    with write(engine) as connection:
        (row,) = list_interfaces(connection, 1)
        row.speed_bps, row.oper_status = 10**10, InterfaceStatus.UP
        write_speeds(connection, 1, [row], MIDNIGHT.replace(day=15))
    file = io.StringIO()
    with read(engine) as connection:
        answer, samples = bill_traffic(
            connection, "sw-1", "Gi0/1", month="2026-03", commitment_bps=None, rules=rules_at(APRIL)
        )
        write_csv(connection, find_port(connection, "sw-1", "Gi0/1"), samples, rules_at(APRIL), file)
    assert answer["speeds_bps"] == [10**9, 10**10]
    speeds = [row["speed_bps"] for row in csv.DictReader(io.StringIO(file.getvalue()))]
    assert speeds == sorted(speeds, key=int)
    assert set(speeds) == {"1000000000", "10000000000"}


def weeks_of(engine, count, weeks=10, speed=10**6):
    with write(engine) as connection:
        series = make_switch(connection, ports=1, speed=speed)
        end = DAY0 + weeks * 7 * DAY
        write_polls(connection, series, range(DAY0 + HOUR // 2, end, HOUR), count, seconds=3600)
        pack_all(connection, series[0].device_id, end - 2 * DAY)
        roll_up_all(connection, series[0].device_id, end)
    with read(engine) as connection:
        return forecast_traffic(connection, "sw-1", "Gi0/1", rules_at(end))


def octets_for(bps):
    return [round(bps * 450), 0] + [0] * 10


def test_a_steady_growth_has_a_date_with_bounds(engine):
    """From 100 kbit/s by 2 kbit/s a day, with a little noise: 800 kbit/s are reached after 350 days."""
    chance = np.random.default_rng(1)
    answer = weeks_of(
        engine, lambda poll, port: octets_for(100_000 + poll * 2000 / 24 + chance.normal(0, 2000))
    )
    assert answer["outcome"] == "expected"
    assert answer["direction"] == "in"
    expected = datetime.fromtimestamp(DAY0 / 1000, UTC) + timedelta(days=350)
    assert abs((datetime.fromisoformat(answer["date"]).replace(tzinfo=UTC) - expected).days) < 15
    assert answer["earliest"] <= answer["date"] <= answer["latest"]
    assert answer["growth_bps_per_week"] == pytest.approx(14_000, rel=0.05)


def test_what_goes_up_and_down_by_chance_is_no_trend(engine):
    chance = np.random.default_rng(2)
    level = chance.normal(300_000, 50_000, 20)
    answer = weeks_of(engine, lambda poll, port: octets_for(level[poll // 168]))
    assert answer["outcome"] == "no_trend"


def test_a_link_that_is_full_already_is_told_as_such(engine):
    assert weeks_of(engine, lambda poll, port: octets_for(900_000))["outcome"] == "reached"


def test_of_too_few_weeks_there_is_no_forecast(engine):
    answer = weeks_of(engine, lambda poll, port: octets_for(1000 * poll), weeks=LEAST_WEEKS - 1)
    assert answer["outcome"] == "too_short"


def test_without_a_speed_there_is_no_forecast(engine):
    assert weeks_of(engine, lambda poll, port: octets_for(1000), weeks=1, speed=None)["outcome"] == "no_speed"


def test_a_trend_covers_the_truth_about_as_often_as_it_says():
    chance = np.random.default_rng(3)
    x = np.arange(12.0)
    inside = sum(
        trend.earliest <= 40 <= trend.latest
        for _try in range(300)
        if (trend := decide_trend(x, 10 + 2 * x + chance.normal(0, 2, 12), 90)) is not None
    )
    assert inside > 270


@pytest.mark.parametrize("y", [[5.0] * 5, [5.0, 4.0, 3.0, 2.0, 1.0], [1.0, 9.0, 1.0, 9.0, 2.0]])
def test_no_line_is_drawn_through_what_does_not_rise(y):
    assert decide_trend(np.arange(5.0), np.array(y), 100) is None
