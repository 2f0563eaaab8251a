"""``netops traffic``: what people see, and what programs get."""

import json
import time

import pytest

from netops.cli.app import app
from netops.cli.graph import sparkline
from netops.store.engine import open_engine, write
from netops.store.schema import upgrade
from peers.history import MINUTE, make_switch, write_polls


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Settings, and an hour of three ports up to now: 800 and 400 kbit/s in, and one that is silent."""
    (tmp_path / "devices.yaml").write_text("devices: []\n")
    config = tmp_path / "netops.yaml"
    config.write_text(
        f"storage:\n  url: sqlite:///{tmp_path}/netops.db\nhistory:\n  time_zone: Asia/Shanghai\n  polls: 70d\n"
    )
    monkeypatch.setenv("NETOPS_CONFIG", str(config))
    engine = open_engine(f"sqlite:///{tmp_path}/netops.db")
    upgrade(engine, None)
    now = round(time.time() * 1000)
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(
            connection,
            series,
            range(now - 59 * MINUTE, now, MINUTE),
            lambda poll, port: [[6_000_000] * 12, [3_000_000] * 12, [0] * 12][port - 1],
        )
        connection.exec_driver_sql("UPDATE interface SET alias = 'to the core' WHERE key = 'Gi0/1'")
    engine.dispose()
    return tmp_path


@pytest.fixture
def ask(site, capsys):
    def run(*words: str) -> str:
        app(["traffic", *words], prog_name="netops", standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_an_interface_is_shown_as_a_small_graph(ask):
    page = ask("show", "sw-1", "to the core")
    assert page.startswith("sw-1 Gi0/1  to the core  1 Gbit/s\n")
    assert "█" in page
    assert "mean 800 kbit/s, highest poll 800 kbit/s, volume 337.6 MiB" in page
    assert "errors in 354000000, out 354000000" in page


def test_programs_get_the_numbers_with_the_offset_of_the_time_zone(ask):
    shown = json.loads(ask("show", "sw-1", "Gi0/1", "--span", "week", "--json"))
    assert shown["time_zone"] == "Asia/Shanghai"
    assert shown["end"].endswith("+08:00")
    assert len(shown["in"]["mean_bps"]) == 168
    assert shown["in"]["octets"] == 59 * 6_000_000


def test_rankings_are_tables(ask):
    lines = ask("top", "--limit", "2").splitlines()
    assert lines[0].split() == [
        "Device",
        "Interface",
        "Alias",
        "In",
        "bit/s",
        "Out",
        "bit/s",
        "Highest",
        "Used",
    ]
    assert lines[1].split()[:2] == ["sw-1", "Gi0/1"]
    assert lines[2].split()[-2:] == ["0.0", "%"]
    assert [row["interface"] for row in json.loads(ask("top", "--by", "errors", "--json"))] == [
        "Gi0/1",
        "Gi0/2",
    ]
    assert "nothing was measured" in ask("top", "--by", "growth", "--span", "30m").replace("moved", "")


def test_a_bill_is_shown_and_its_polls_are_written(ask, site):
    page = ask("bill", "sw-1", "Gi0/1", "--commitment", "500k", "--csv", str(site / "polls.csv"))
    assert "over the 500 kbit/s agreed on by 300 kbit/s" in page
    assert "from 59 polls" in page
    assert len((site / "polls.csv").read_text().splitlines()) == 60
    assert "within the 1 Gbit/s agreed on" in ask("bill", "sw-1", "Gi0/1", "--commitment", "1G")


def test_forecast_unused_and_errors_say_that_there_is_nothing_to_say(ask):
    assert "fewer than six weeks are known" in ask("forecast", "sw-1", "Gi0/1")
    assert ask("unused") == "0 interfaces carried nothing for 30 days\n"
    assert "Gi0/1" in ask("errors", "--span", "1h"), "there was nothing before"
    assert json.loads(ask("unused", "--json")) == []


@pytest.mark.parametrize(
    "words",
    [("top", "--span", "soon"), ("top", "--span", "1s"), ("bill", "sw-1", "Gi0/1", "--commitment", "lots")],
)
def test_a_wrong_time_or_rate_is_refused_with_an_example(ask, capsys, words):
    assert app(["traffic", *words], prog_name="netops", standalone_mode=False) == 2
    assert "such as" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0, 1, None, 8], "▁▂ █"),
        ([0, 0], "▁▁"),
        ([None, None], "  "),
        ([], ""),
        ([5, 5, 1, 1, None, None], "█▂ "),
    ],
)
def test_a_graph_of_text_keeps_gaps_and_peaks(values, line):
    assert sparkline(values, width=3 if len(values) == 6 else 72) == line
