"""Compliance as a person reads it, as a program does, and as a page."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from replaying import PASSWORD, USER, devices
from small_router import CANARIES, CONFIGURATION, router
from typer.testing import CliRunner

from netops.backup.platform_files import load_platforms
from netops.cli.app import app
from netops.clock import SystemClock
from netops.errors import NetopsError
from netops.i18n import set_language
from netops.services.check_compliance import CheckCompliance, load_rules_of
from netops.services.run_backups import open_backups
from netops.settings.loader import load_settings
from netops.store.engine import open_engine, write
from netops.store.queries.compliance import record_verdicts
from netops.store.schema import upgrade

RULES = """\
rules:
  - id: SECRET
    title: {en: Hashed secret, zh_CN: 散列密码}
    severity: critical
    reference: CIS 1.4.1
    platforms: [cisco_ios]
    must_match: '^enable secret 9 '
  - id: COMMUNITY
    title: No community
    severity: major
    must_not_match: '^snmp-server community '
    exceptions: [{devices: sw-9, owner: alice, until: 2999-01-01}]
  - {id: NAMED, title: "=A named <b>device</b>", severity: minor, must_match: '^hostname '}
"""


@pytest.fixture(scope="module")
def start():
    with devices() as begin:
        yield begin


@pytest.fixture
def config(tmp_path, monkeypatch, start):
    """sw-1 is backed up, sw-2 never was."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs"
    (folder / "compliance").mkdir(parents=True)
    (folder / "compliance" / "own.yaml").write_text(RULES, encoding="utf-8")
    (folder / "netops.yaml").write_text(
        "credentials: {c: {version: 2c, community: public}}\n"
        f"ssh_credentials: {{lab: {{user: {USER}, password: {PASSWORD}}}}}\nstorage: {{url: 'sqlite:///netops.db'}}\n"
    )
    port = start(router()).port
    (folder / "devices.yaml").write_text(
        "defaults: {credential: c, ssh: {credential: lab, platform: cisco_ios}}\ndevices:\n"
        f"  - {{name: sw-1, address: 127.0.0.1, ssh: {{port: {port}}}}}\n"
        "  - {name: sw-2, address: 127.0.0.1, ssh: {port: 1}}\n"
    )
    assert CliRunner().invoke(app, ["backup", "run", "sw-1"]).exit_code == 0
    return folder / "netops.yaml"


def compliance(*arguments):
    return CliRunner().invoke(app, ["compliance", *arguments])


def test_what_fails_is_listed_and_exit_1(config):
    result = compliance("check", "--json")
    assert result.exit_code == 1
    rows = {(row["device"], row["rule"]): row for row in json.loads(result.stdout)}
    assert {key: row["status"] for key, row in rows.items() if key[0] == "sw-1"} == {
        ("sw-1", "SECRET"): "passes",
        ("sw-1", "COMMUNITY"): "fails",
        ("sw-1", "NAMED"): "passes",
    }
    assert {row["reason"] for key, row in rows.items() if key[0] == "sw-2"} == {"no_backup"}
    [line] = rows["sw-1", "COMMUNITY"]["lines"]
    assert line["text"] == "snmp-server community <secret hidden> RO"
    assert all(canary not in result.stdout for canary in CANARIES)


def test_text_shows_what_fails_and_with_all_the_rest(config):
    result = compliance("check", "sw-1")
    assert result.exit_code == 1
    assert "COMMUNITY" in result.stdout
    assert "SECRET" not in result.stdout
    assert "1 device: 1 verdicts fail, 0 are excepted, 2 pass" in result.stdout
    assert "SECRET" in compliance("check", "sw-1", "--all").stdout


def test_a_device_that_keeps_all_is_exit_0(config, start):
    (config.parent / "compliance" / "own.yaml").write_text(
        "rules: [{id: A, title: t, severity: minor, must_match: '^hostname'}]"
    )
    assert compliance("check", "sw-1").exit_code == 0


def test_an_old_backup_proves_nothing(config):
    text = config.read_text()
    config.write_text(text + "compliance: {stale_after: 1s}\n")
    loaded = load_settings(config)
    backups = open_backups(loaded, SystemClock())
    state = backups.service.states.read("sw-1")
    old = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    backups.service.states.write(replace(state, good_at=old))
    rows = json.loads(compliance("check", "sw-1", "--json").stdout)
    assert {row["reason"] for row in rows} == {"stale_backup"}


def test_csv_holds_no_formula(config):
    rows = list(csv.reader(io.StringIO(compliance("check", "--format", "csv").stdout)))
    assert rows[0][:4] == ["Device", "Site", "Severity", "Rule"]
    assert len(rows) == 7
    assert {row[4] for row in rows if row[3] == "NAMED"} == {"'=A named <b>device</b>"}


class Page(HTMLParser):
    """Counts what a page holds, and what it would fetch."""

    def __init__(self):
        super().__init__()
        self.tags, self.fetched = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.fetched += [value for name, value in attributes if name in {"src", "href"}]


@pytest.mark.parametrize(
    ("language", "lang", "words"),
    [("en", "en", ["What fails", "Compliance of main"]), ("zh_CN", "zh-CN", ["散列密码"])],
)
def test_the_page_stands_alone_and_is_escaped(config, language, lang, words):
    set_language(language)
    try:
        text = compliance("check", "--format", "html").stdout
    finally:
        set_language("en")
    page = Page()
    page.feed(text)
    assert f'<html lang="{lang}">' in text
    assert page.fetched == []
    assert {"script", "b", "img", "link"}.isdisjoint(page.tags)
    assert "A named &lt;b&gt;device&lt;/b&gt;" in text
    assert "@media print" in text
    for word in words:
        assert word in text


def test_the_report_is_what_was_kept(config, tmp_path):
    result = compliance("report")
    assert isinstance(result.exception, NetopsError)
    engine = open_engine("sqlite:///netops.db")
    upgrade(engine, None)
    assert compliance("report").exit_code == 1
    backups = open_backups(load_settings(config), SystemClock())
    rules = load_rules_of(backups.loaded, load_platforms(), [])
    with write(engine) as connection:
        for judged in CheckCompliance(backups, rules, SystemClock()).check():
            record_verdicts(connection, judged.check(), judged.results())
    engine.dispose()
    rows = json.loads(compliance("report", "--json").stdout)
    assert len(rows) == 6
    assert all(row["since"] for row in rows)
    assert json.loads(compliance("report", "--at", "2020-01-01", "--json").stdout) == []
    today = datetime.now().astimezone().date().isoformat()
    assert len(json.loads(compliance("report", "sw-1", "--at", today, "--json").stdout)) == 3
    assert "Compliance of main" in compliance("report", "--format", "html").stdout


def test_rules_are_listed(config):
    rows = json.loads(compliance("rules", "--json").stdout)
    assert [row["rule"] for row in rows] == ["SECRET", "COMMUNITY", "NAMED"]
    assert rows[1]["exceptions"][0]["until"] == "2999-01-01"
    assert "CIS 1.4.1" in compliance("rules").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "sw-7"], "sw-7: is not backed up"),
        (["report", "--at", "yesterday"], "is no date"),
    ],
)
def test_bad_use_is_told(config, arguments, told):
    result = compliance(*arguments)
    assert isinstance(result.exception, NetopsError)
    assert told in str(result.exception)


def test_mistakes_in_rules_are_told_by_check_with_their_place(config):
    (config.parent / "compliance" / "bad.yaml").write_text("rules:\n  - {id: X, title: t, severity: minor}\n")
    result = CliRunner().invoke(app, ["check", "--config", str(config)])
    assert result.exit_code == 2
    assert "bad.yaml:2:5: rules[0]: asks for nothing" in result.output
    assert isinstance(compliance("check").exception, NetopsError)


def test_mistakes_in_signs_of_changes_are_told_by_check_too(config):
    (config.parent / "change_signs").mkdir()
    (config.parent / "change_signs" / "bad.yaml").write_text("title: x\nmessages: [{when: '(?=x)'}]\n")
    result = CliRunner().invoke(app, ["check", "--config", str(config)])
    assert result.exit_code == 2
    assert "bad.yaml:2:" in result.output
    assert "messages[0].when: is no regular expression of RE2" in result.output


def test_a_configuration_nobody_masked_is_never_read(config):
    """Rules see the archive, and the archive holds no secret."""
    assert all(canary in CONFIGURATION for canary in CANARIES)
    shown = compliance("check", "--all").stdout + compliance("check", "--json").stdout
    assert all(canary not in shown for canary in CANARIES)
