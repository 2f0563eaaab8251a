"""What is said about bad use of a command: every sentence of Typer's that we reword, provoked for real."""

import sys

import pytest

from netops.cli.app import run_command_line
from netops.cli.grammar import reword, reword_notes


def misuse(monkeypatch, capsys, *words: str) -> str:
    """Run a command that ends with 2, and give what it complained of."""
    monkeypatch.setattr(sys, "argv", ["netops", *words])
    with pytest.raises(SystemExit) as end:
        run_command_line()
    assert end.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    return output.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["simulat"], "there is no command 'simulat' (did you mean 'simulate'?)"),
        (["zzz"], "there is no command 'zzz'"),
        (["poll"], "argument 'HOST[:PORT]' is missing"),
        (["device", "add", "sw-1", "10.0.0.1"], "option '--credential' is missing"),
        (["poll", "--zzz"], "there is no option --zzz"),
        (["walk", "--numerc"], "there is no option --numerc (did you mean --numeric?)"),
        (["poll", "--auth"], "option '--auth' needs a value"),
        (["poll", "h", "--json=1"], "option '--json' takes no value"),
        (["poll", "h", "more"], "more words than are due: more"),
        (["poll", "h", "--retries", "x"], "invalid value for '--retries': a whole number is due"),
        (["poll", "h", "--timeout", "x"], "invalid value for '--timeout': a number is due"),
        (["poll", "h", "--timeout", "61"], "invalid value for '--timeout': at most 60 is allowed"),
        (["simulate", "--devices", "0"], "invalid value for '--devices': at least 1 is due"),
        (["poll", "h:99999"], "invalid value: 99999 is not a port; ports are 1 to 65535"),
    ],
)
def test_bad_use_is_one_line_of_ours(words, complaint, monkeypatch, capsys):
    said = misuse(monkeypatch, capsys, *words)
    assert said.startswith(f"{complaint}; see `netops ")
    assert said.endswith(" --help`\n")
    assert said.count("\n") == 1


def test_missing_command_of_a_group_is_said(monkeypatch, capsys):
    assert misuse(monkeypatch, capsys, "device", "--").startswith(
        "name a command; see `netops device --help`"
    )


def test_value_from_the_environment_names_its_variable():
    said = reword("Invalid value for '--auth' (env var: 'NETOPS_AUTH'): no such protocol")
    assert said == "invalid value for '--auth' (environment variable 'NETOPS_AUTH'): no such protocol"


@pytest.mark.parametrize(
    "text", ["", "a later Typer words it otherwise", "Missing argument", "100 % wrong: %(what)s"]
)
def test_unknown_sentence_is_passed_on(text):
    assert reword(text) == text


def test_percent_signs_of_the_user_do_no_harm():
    assert reword("No such option: --100%(x)s") == "there is no option --100%(x)s"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The file.  [env var: A; default: b.yaml]", "The file.  [environment: A; default: b.yaml]"),
        ("The file.  [required]", "The file.  [required]"),
        ("[default: 1; 0<=x<=10]", "[default: 1; 0<=x<=10]"),
        ("Address; [::1]:161 for IPv6.", "Address; [::1]:161 for IPv6."),
        ("Show this message and exit.", "Show this help."),
        ("", ""),
    ],
)
def test_notes_behind_a_help_are_reworded(text, said):
    assert reword_notes(text) == said
