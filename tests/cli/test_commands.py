"""Help pages, as a person reads them in either language."""

import os
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len

from netops.cli.app import app, run_command_line
from netops.cli.words import event_word
from netops.i18n import LOCALE_FOLDER
from netops.model.event import EventKind

WIDTH = 80


CHINESE_PAGES = """
import sys
from netops.i18n import set_language
set_language("zh_CN")
from netops.cli.app import app, run_command_line
for words in sys.argv[1:]:
    app([*words.split(), "--help"], prog_name="netops", standalone_mode=False)
    print("=" * 8)
"""
"""Runs in a process of its own: help is translated as the commands are defined."""


@pytest.fixture
def show_help(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("NETOPS_COMMUNITY", "s3cret")

    def show(*words: str) -> str:
        assert app([*words, "--help"], prog_name="netops", standalone_mode=False) == 0
        return capsys.readouterr().out

    return show


def test_help_of_a_command_names_arguments_options_and_defaults(show_help):
    page = show_help("poll")
    assert page.startswith("Usage: netops poll [OPTIONS] HOST[:PORT]\n")
    assert "  HOST[:PORT]  Address or name; [::1]:161 for IPv6.  [required]\n" in page
    assert "[default: 2; 0<=x<=10]" in page
    assert "-h, --help" in page


def test_help_of_a_group_lists_its_commands_with_their_whole_text(show_help):
    page = show_help("device")
    assert "Usage: netops device [OPTIONS] COMMAND [ARGUMENTS] …" in page
    for verb in ("list", "show", "poll", "add", "remove", "apply"):
        assert re.search(rf"^  {verb} ", page, re.MULTILINE)
    assert "..." not in page


def test_help_shows_no_value_of_the_environment(show_help):
    assert "s3cret" not in show_help("poll")


@pytest.mark.skipif(
    not list(LOCALE_FOLDER.rglob("netops.mo")), reason="the catalogues are not compiled; `make install`"
)
def test_chinese_help_is_chinese_and_fits_the_terminal():
    """A Chinese character takes two columns; lines counted in characters would run over the edge."""
    commands = ("", "run", "poll", "walk", "simulate", "device", "device add", "db", "db restore")
    output = subprocess.run(
        [sys.executable, "-c", CHINESE_PAGES, *commands],
        env={**os.environ, "COLUMNS": str(WIDTH)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    pages = output.split("=" * 8 + "\n")[:-1]
    assert len(pages) == len(commands)
    for page in pages:
        assert page.startswith("用法：netops")
        assert max(map(cell_len, page.splitlines())) <= WIDTH
        for english in (
            "Usage",
            "Options:",
            "Commands:",
            "Arguments:",
            "default:",
            "env var",
            "required",
            "Show ",
        ):
            assert english not in page


def test_hidden_words_of_typer_are_gone_from_all_help(show_help):
    for line in show_help().splitlines():
        assert "current shell" not in line


def test_nothing_asked_shows_the_help_as_a_complaint():
    with pytest.raises(Exception, match="Usage: "):
        app([], standalone_mode=False)


def test_every_kind_of_event_has_words():
    for kind in EventKind:
        assert event_word(kind.value) != kind.value


def test_kind_of_a_newer_netops_is_shown_as_it_is():
    assert event_word("moon_eclipsed") == "moon_eclipsed"


def test_terminal_without_unicode_gets_the_help_too():
    """The ellipsis of ``OID …`` is in no Latin-1; the page says so much of it as it can."""
    result = subprocess.run(
        [sys.executable, "-m", "netops", "walk", "--help"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert b"OID \\u2026" in result.stdout


def test_a_command_loads_nothing_that_only_others_need():
    """The daemon, history and alert rules take half a second to import, which `netops poll` need not wait for."""
    code = """
import sys
sys.argv = ["netops", "poll", "--help"]
from netops.__main__ import main
try:
    main()
except SystemExit as end:
    assert end.code in (0, None), end.code
print([name for name in ("numpy", "netops.daemon", "netops.store", "netops.alerting", "netmiko") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_misspelt_command_is_told_of_all_commands(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["netops", "alrt"])
    with pytest.raises(SystemExit):
        run_command_line()
    assert "did you mean 'alert'" in capsys.readouterr().err
