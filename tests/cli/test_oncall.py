"""``netops oncall`` and ``netops alert maintenance``: what people see, and what programs get."""

import json

import pytest
import typer

from netops.cli.app import app
from netops.settings.errors import SettingsError
from netops.store.engine import open_engine
from netops.store.schema import upgrade

ONCALL = """\
time_zone: Asia/Shanghai
people: {ana: {name: Ana Pérez}, li: {name: 李雷}}
schedules:
  net: {rotations: [{people: [ana, li], turn: daily, starts: 2026-01-05}]}
  office: {rotations: [{people: [li], starts: 2026-01-05, only: [{from: 09:00, to: 17:00}]}]}
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    (tmp_path / "devices.yaml").write_text("devices: []\n")
    (tmp_path / "oncall.yaml").write_text(ONCALL, encoding="utf-8")
    config = tmp_path / "netops.yaml"
    config.write_text(
        f"storage:\n  url: sqlite:///{tmp_path}/netops.db\ncontrol_socket: {tmp_path}/netops.sock\n"
    )
    monkeypatch.setenv("NETOPS_CONFIG", str(config))
    return tmp_path


@pytest.fixture
def database(site):
    engine = open_engine(f"sqlite:///{site}/netops.db")
    upgrade(engine, None)
    engine.dispose()


@pytest.fixture
def ask(site, capsys):
    def run(*words: str) -> str:
        app([*words], prog_name="netops", standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_who_has_it_is_told_before_the_daemon_ever_ran(ask):
    page = ask("oncall", "who", "--at", "2026-03-02 18:00")
    assert "net       Ana Pérez  ana  2026-03-02 09:00 CST  2026-03-03 09:00 CST" in page
    assert "office    nobody" in page


def test_programs_get_instants_and_the_zone(ask):
    (row,) = json.loads(ask("oncall", "who", "net", "--at", "2026-03-02 10:00Z", "--json"))
    assert row == {
        "schedule": "net",
        "person": "ana",
        "name": "Ana Pérez",
        "from": "2026-03-02T01:00:00+00:00",
        "to": "2026-03-03T01:00:00+00:00",
        "reason": "rotation",
        "instead_of": "",
        "override": None,
        "time_zone": "Asia/Shanghai",
    }
    (nobody,) = json.loads(ask("oncall", "who", "office", "--at", "2026-03-02 18:00", "--json"))
    assert nobody["person"] is None


def test_shifts_are_listed_in_order_and_by_person(ask):
    span = ("--from", "2026-03-02 00:00", "--to", "2026-03-04 00:00")
    rows = json.loads(ask("oncall", "shifts", *span, "--json"))
    assert [(row["schedule"], row["person"]) for row in rows] == [
        ("net", "li"),
        ("net", "ana"),
        ("office", "li"),
        ("net", "li"),
        ("office", "li"),
    ]
    assert "Ana" not in ask("oncall", "shifts", "net", *span, "--person", "li")


def test_a_span_that_ends_before_it_begins_or_is_endless_is_bad_use(ask):
    for end in ("2026-03-02 00:00", "2036-03-02 00:00"):
        with pytest.raises(typer.BadParameter):
            ask("oncall", "shifts", "net", "--from", "2026-03-02 00:00", "--to", end)


def test_gaps_are_listed_and_are_a_failed_check(ask, capsys):
    assert ask("oncall", "gaps", "net") == "no gaps\n"
    code = app(["oncall", "gaps", "--ahead", "3d", "--json"], standalone_mode=False)
    rows = json.loads(capsys.readouterr().out)
    assert code == 1
    assert {row["schedule"] for row in rows} == {"office"}


@pytest.mark.parametrize(
    "words", [("who", "nte"), ("shifts", "nte"), ("gaps", "nte"), ("ical", "nte"), ("who", "--at", "noon")]
)
def test_a_name_or_time_that_is_none_is_told_with_a_suggestion(ask, words):
    with pytest.raises(SettingsError, match=r'did you mean "net"\?|write it like'):
        ask("oncall", *words)


def test_a_calendar_is_printed_of_a_schedule_or_a_person(ask):
    both = ask("oncall", "ical", "li", "--ahead", "10d")
    assert both.startswith(("BEGIN:VCALENDAR\r\n", "BEGIN:VCALENDAR\n"))
    assert "on call: 李雷 (net)" in both
    assert "on call: 李雷 (office)" in both
    assert "(office)" not in ask("oncall", "ical", "schedule:net", "--ahead", "10d")


def test_an_override_is_added_listed_followed_and_taken_back(database, ask):
    made = ask(
        "oncall", "override", "add", "net", "li", "--from", "2090-03-02 12:00", "--to", "2090-03-02 18:00"
    )
    assert made.startswith(
        "override 1: li has schedule net from 2090-03-02 12:00 CST to 2090-03-02 18:00 CST\n"
    )
    assert "by an override" in ask("oncall", "who", "net", "--at", "2090-03-02 13:00")
    listed = json.loads(ask("oncall", "override", "list", "--json"))
    assert [(row["id"], row["person"], row["removed_by"]) for row in listed] == [(1, "li", None)]
    assert ask("oncall", "override", "remove", "1", "--author", "zoe") == "override 1 holds no more\n"
    assert "by an override" not in ask("oncall", "who", "net", "--at", "2090-03-02 13:00")
    assert ask("oncall", "override", "list") == "no overrides\n"
    assert json.loads(ask("oncall", "override", "list", "--all", "--json"))[0]["removed_by"] == "zoe"


def test_a_maintenance_window_is_planned_listed_and_ended(database, ask):
    assert ask("alert", "maintenance", "list") == "no maintenance windows\n"
    given = ("--from", "2090-03-02 22:00", "--rrule", "FREQ=WEEKLY", "--for", "2h", "--device", "core-1")
    made = ask("alert", "maintenance", "add", "swap", *given, "--comment", "new cards", "--author", "zoe")
    assert made.startswith(
        "maintenance window 1: 2090-03-02 22:00 CST to 2090-03-03 00:00 CST; FREQ=WEEKLY\n"
    )
    assert "devices: core-1" in ask("alert", "maintenance", "list")
    assert ask("alert", "maintenance", "end", "1") == "maintenance window 1 has ended\n"
    assert ask("alert", "maintenance", "list") == "no maintenance windows\n"
    (row,) = json.loads(ask("alert", "maintenance", "list", "--all", "--json"))
    assert (row["next"], row["author"]) == (None, "zoe")


def test_the_check_reads_the_file_and_says_what_is_doubtful(site, ask):
    assert f"{site}/oncall.yaml is right\n" in ask("check")
    assert "people.li: has no contacts" in ask("check")
    (site / "oncall.yaml").write_text("peple: {}\n")
    assert app(["check"], standalone_mode=False) == 2
