"""``netops profile``: from a recording to a profile that knows it, and what is said of mistakes."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from cli.strips import BASE, BROKEN, PROFILE, RECORDING
from netops.cli.app import run_command_line
from netops.clock import SystemClock
from netops.model.access import CommunityCredential, SnmpAccess
from netops.profiles.loader import check_files, load_profiles
from netops.services.asked_device import open_asked
from netops.services.draft_device_profile import draft_device_profile
from netops.simulator.simulation import Simulation
from netops.snmp.names import Names
from netops.snmp.recording import name_of

KNOWN = load_profiles()
CORPUS = os.environ.get("NETOPS_CORPUS", "")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder without any settings, with a recording in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "strip.snmprec").write_text(RECORDING)
    return tmp_path


@pytest.fixture
def run(home, monkeypatch, capsys):
    """Run `netops profile …`; give exit code, output and complaint."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["netops", "profile", *words])
        with pytest.raises(SystemExit) as end:
            run_command_line()
        told = capsys.readouterr()
        return int(end.value.code or 0), told.out, told.err

    return run


def keep(home: Path, text: str, name: str = "strip") -> Path:
    folder = home / "configs" / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path


# --- list and show


def test_profiles_are_listed_with_how_they_are_known_and_whose_they_are(run, home):
    keep(home, PROFILE)
    code, out, _err = run("list")
    assert code == 0
    assert re.search(rf"^strip +you +{BASE} +Example power strips\.", out, re.MULTILINE)
    assert re.search(r"^generic +netops ", out, re.MULTILINE)
    rows = {row["name"]: row for row in json.loads(run("list", "--json")[1])}
    assert rows["strip"]["is_yours"] is True
    assert rows["strip"]["matches"][0]["object_id"] == [BASE]
    assert rows["generic"]["is_yours"] is False


def test_a_profile_is_shown_merged_with_those_it_extends(run, home):
    keep(home, PROFILE)
    code, out, _err = run("show", "strip")
    assert code == 0
    assert "  extends: generic, " in out
    assert f"  known by: {BASE}\n" in out
    assert 'strip_outlet.current: current, "{label}"; value = amps / 100' in out
    assert "      warning: off\n" in out
    assert "Table entity_sensor (priority 20; where " in out
    told = json.loads(run("show", "strip", "--json")[1])
    assert told["extends"][0] == "generic"
    tables = {table["name"]: table for table in told["tables"]}
    assert tables["strip_outlet"]["columns"]["amps"] == f"{BASE}.3.1.4"


def test_a_profile_that_is_not_there_is_named_with_one_that_is(run):
    code, out, err = run("show", "generc")
    assert (code, out) == (1, "")
    assert err == 'there is no profile "generc"; did you mean "generic"?\n'


# --- check


def test_every_mistake_is_listed_with_its_place(run, home):
    path = keep(home, BROKEN)
    keep(home, PROFILE.replace("extends: [generic]", "extends: [generc]"), "other")
    code, out, err = run("check")
    assert (code, out) == (2, "")
    *lines, count = err.splitlines()
    line = BROKEN[: BROKEN.index("valeu")].count("\n") + 1
    where = path.relative_to(home)
    assert any(
        line_.startswith(f"{where}:{line}:") and "valeu: unknown key" in line_ and '"value"' in line_
        for line_ in lines
    )
    assert any(
        "other.yaml:2:" in line_ and 'extends[0]: there is no profile "generc"' in line_ for line_ in lines
    )
    assert count == f"{len(lines)} mistakes"
    problems = json.loads(run("check", "--json")[1])
    assert {Path(problem["file"]).name for problem in problems} == {"strip.yaml", "other.yaml"}


def test_a_file_may_be_checked_by_itself_and_extend_those_of_the_folder(run, home):
    keep(home, PROFILE)
    path = home / "mine.yaml"
    path.write_text("description: Mine.\nextends: [strip]\nwithout: [strip_outlet]\n")
    assert run("check", "mine.yaml") == (0, "mine.yaml: 1 profile is right\n", "")
    path.write_text("description: Mine.\nextends: [strip]\nwithout: [strip_outlt]\n")
    code, _out, err = run("check", "mine.yaml")
    assert code == 2
    assert err.startswith(
        'mine.yaml:3:11: without[0]: there is no table "strip_outlt"; did you mean "strip_outlet"?'
    )


def test_the_folder_of_the_settings_is_the_default(run, home):
    (home / "configs").mkdir()
    (home / "configs" / "netops.yaml").write_text("profiles: ../own\n")
    (home / "configs" / "devices.yaml").write_text("devices: []\n")
    (home / "own").mkdir()
    (home / "own" / "strip.yaml").write_text(BROKEN)
    code, _out, err = run("check")
    assert code == 2
    assert "own/strip.yaml:" in err


@pytest.mark.parametrize("words", [("check", "--profiles", "nowhere"), ("check", "nowhere.yaml")])
def test_what_is_not_there_is_bad_use(run, words):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert "nowhere" in err


# --- match


def test_a_match_tells_the_rule_and_what_each_table_gives_and_leaves_out(run, home):
    keep(home, PROFILE)
    code, out, _err = run("match", "--recording", "strip.snmprec")
    assert code == 0
    assert out.startswith("profile: strip\n")
    assert re.search(rf"^strip +{BASE} .* yes *$", out, re.MULTILINE)
    assert re.search(r"^strip_outlet +8 +sensors 16 *$", out, re.MULTILINE)
    assert re.search(r"^strip_outlet_again +8 +sensors 0 +8$", out, re.MULTILINE)
    assert "strip_outlet has a higher priority" in out
    told = json.loads(run("match", "--recording", "strip.snmprec", "--json")[1])
    tables = {table["name"]: table for table in told["tables"]}
    assert tables["strip_outlet"]["facts"] == {"sensors": 16}
    assert tables["strip_outlet_again"]["left_out"][0] == {
        "subject": "sensors",
        "key": "strip_outlet_again.current/1",
        "name": "Outlet 1",
        "why": "priority",
        "table": "strip_outlet",
    }


def test_a_probe_that_fails_is_shown_with_what_it_found(run, home):
    probe = f"  - object_id: {BASE}\n    probe: {{oid: {BASE}.1.1.0, matches: '^ZZ'}}\n"
    keep(home, PROFILE.replace(f"  - object_id: {BASE}\n", probe))
    told = json.loads(run("match", "--recording", "strip.snmprec", "--json")[1])
    assert told["profile"] == "generic"
    first = told["candidates"][0]
    assert (first["profile"], first["found"], first["holds"]) == ("strip", "EX-8-16A", False)
    assert "EX-8-16A" in run("match", "--recording", "strip.snmprec")[1]


def test_a_device_that_is_silent_is_told_in_one_line(run):
    for verb in (("match",), ("draft",), ("test", "generic")):
        code, out, err = run(*verb, "127.0.0.1:9", "--timeout", "0.05", "--retries", "0")
        assert (code, out) == (1, "")
        assert err.startswith("127.0.0.1")
        assert err.count("\n") == 1


@pytest.mark.parametrize("words", [(), ("10.0.0.1", "--recording", "strip.snmprec")])
def test_a_device_or_a_recording_is_due_and_not_both(run, words):
    code, out, err = run("match", *words)
    assert (code, out) == (2, "")
    assert "name a device, or a recording with --recording FILE" in err


def test_a_recording_that_is_none_is_told(run, home):
    (home / "none.snmprec").write_text("nothing\nof use\n")
    for file in ("none.snmprec", "absent.snmprec"):
        code, _out, err = run("match", "--recording", file)
        assert code == 1
        assert file in err


# --- test


def test_a_device_is_polled_by_a_file_that_does_not_match_it(run, home):
    path = home / "other.yaml"
    path.write_text(PROFILE.replace(f"  - object_id: {BASE}\n", "  - object_id: 1.3.6.1.4.1.1.1\n"))
    code, out, _err = run("test", "other.yaml", "--recording", "strip.snmprec", "--json")
    assert code == 0
    facts = json.loads(out)
    assert facts["device"]["profile"] == "other"
    assert facts["device"]["model"] == "PDU 8"
    assert {sensor["kind"] for sensor in facts["sensors"]} == {"current", "state"}
    assert "Outlet 8" in run("test", "other.yaml", "--recording", "strip.snmprec")[1]


def test_a_broken_file_is_not_polled_with(run, home):
    (home / "strip.yaml").write_text(BROKEN)
    code, out, err = run("test", "strip.yaml", "--recording", "strip.snmprec")
    assert (code, out) == (2, "")
    assert "strip.yaml:" in err
    assert "valeu" in err


# --- draft


def uncomment(draft: str) -> str:
    """Take every guess of a draft."""
    return re.sub(r"^(\s*)#(?=\S)", r"\1", draft, flags=re.MULTILINE)


def complaints(folder: Path, draft: str) -> list[str]:
    """Check a draft as it is, and with every guess taken."""
    problems = []
    for number, text in enumerate((draft, uncomment(draft))):
        path = folder / f"draft{number}.yaml"
        path.write_text(text)
        check_files([path], KNOWN, problems)
    return list(map(str, problems))


def test_a_draft_taken_at_its_word_tells_the_sensors(run, home):
    code, draft, err = run("draft", "--recording", "strip.snmprec")
    assert (code, err) == (0, "")
    assert complaints(home, draft) == []
    keep(home, uncomment(draft))
    facts = json.loads(run("test", "strip", "--recording", "strip.snmprec", "--json")[1])
    told = json.loads(run("match", "--recording", "strip.snmprec", "--json")[1])
    assert told["profile"] == "strip"
    assert facts["device"]["os_version"] == "2.1.7"
    assert {sensor["name"] for sensor in facts["sensors"]} >= {"Outlet 1 c3", "Outlet 8 c4"}


def test_a_draft_is_kept_by_its_name_and_never_over_another(run, home):
    code, out, _err = run("draft", "--recording", "strip.snmprec", "--name", "our-strip")
    path = Path("configs", "profiles", "our-strip.yaml")
    assert (code, out) == (0, f"{path}: edit it, then run `netops profile check`\n")
    assert run("check")[0] == 0
    before = path.read_text()
    code, out, err = run("draft", "--recording", "strip.snmprec", "--name", "our-strip")
    assert (code, out, err) == (2, "", f"{path} is there already\n")
    assert path.read_text() == before
    code, _out, err = run("draft", "--recording", "strip.snmprec", "--name", "../evil")
    assert code == 2
    assert "is no name for a profile" in err


def test_a_draft_may_be_sent_into_the_folder_by_the_shell(run, home):
    """The shell has made an empty file by then, which is no profile."""
    keep(home, "", "drafted")
    assert run("draft", "--recording", "strip.snmprec")[0] == 0


def test_what_a_profile_reads_already_is_not_drafted_again(run, home):
    keep(home, PROFILE)
    draft = run("draft", "--recording", "strip.snmprec")[1]
    assert "extends: [strip]" in draft
    assert "# 24 variables are read by it already." in draft
    assert f"{BASE}.3.1.2\n" not in draft


def test_names_of_mib_modules_are_used(run, home):
    (home / "mibs").mkdir()
    (home / "mibs" / "STRIP-MIB.txt").write_text(MIB)
    draft = run("draft", "--recording", "strip.snmprec", "--mibs", "mibs")[1]
    assert "  strip_outlet:  # " in draft
    assert f"      outlet_current: {BASE}.3.1.4" in draft
    assert "        #kind: current\n" in draft
    assert '#states: {unknown: {1: "on", 2: "off"}}' in draft
    assert complaints(home, draft) == []


MIB = """
STRIP-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises FROM SNMPv2-SMI;
strip OBJECT IDENTIFIER ::= { enterprises 32473 4 }
stripOutletTable OBJECT-TYPE
    SYNTAX SEQUENCE OF StripOutletEntry
    MAX-ACCESS not-accessible
    STATUS current
    ::= { strip 3 }
stripOutletEntry OBJECT-TYPE
    SYNTAX StripOutletEntry
    MAX-ACCESS not-accessible
    STATUS current
    INDEX { outletIndex }
    ::= { stripOutletTable 1 }
StripOutletEntry ::= SEQUENCE { outletIndex INTEGER }
outletIndex OBJECT-TYPE
    SYNTAX INTEGER
    MAX-ACCESS read-only
    STATUS current
    ::= { stripOutletEntry 1 }
outletName OBJECT-TYPE
    SYNTAX OCTET STRING
    MAX-ACCESS read-only
    STATUS current
    ::= { stripOutletEntry 2 }
outletState OBJECT-TYPE
    SYNTAX INTEGER { on(1), off(2) }
    MAX-ACCESS read-only
    STATUS current
    ::= { stripOutletEntry 3 }
outletCurrent OBJECT-TYPE
    SYNTAX Gauge32
    MAX-ACCESS read-only
    STATUS current
    ::= { stripOutletEntry 4 }
END
"""


async def test_drafts_of_the_simulators_devices_are_sound(tmp_path):
    network = Simulation(kind="mixed", port=0)
    await network.start()
    try:
        for device in network.devices:
            access = SnmpAccess(
                str(device.state.address), CommunityCredential("2c", "public"), port=network.port
            )
            async with open_asked(access, SystemClock()) as asked:
                drafted = await draft_device_profile(asked, SystemClock(), profiles=KNOWN, names=Names())
            assert complaints(tmp_path, drafted.text) == []
    finally:
        await network.stop()


@pytest.mark.skipif(not CORPUS, reason="NETOPS_CORPUS names no folder of recordings")
def test_drafts_of_real_devices_are_sound(tmp_path):
    names = Names()

    async def draft(path):
        async with open_asked(path, SystemClock()) as asked:
            return await draft_device_profile(asked, SystemClock(), profiles=KNOWN, names=names)

    files = [
        path for path in sorted(Path(CORPUS, "snmprec").rglob("*")) if name_of(path) and "@" not in path.name
    ]
    assert files
    for path in files:
        assert (path.name, complaints(tmp_path, asyncio.run(draft(path)).text)) == (path.name, [])
