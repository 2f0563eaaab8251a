"""``netops check``, and what every other command says to files that are wrong."""

import json

import pytest

from acceptance.running import run_here, run_netops, write_settings

MISTAKES = {
    ("netops.yaml", "pollling"): 'did you mean "polling"?',
    ("netops.yaml", "credentials.a.community"): "",
    ("devices.yaml", "devices[0].adress"): 'did you mean "address"?',
    ("devices.yaml", "devices[1].port"): "",
    ("devices.yaml", "devices[1].credential"): "",
}


@pytest.fixture
def broken(tmp_path):
    write_settings(
        tmp_path,
        credentials='credentials:\n  a:\n    version: 2c\n    community: ""\n',
        more="pollling: {}\n",
        devices=(
            "devices:\n- name: one\n  adress: 10.0.0.1\n  credential: a\n"
            "- name: two\n  address: 10.0.0.2\n  port: 70000\n  credential: b\n"
        ),
    )
    return tmp_path


def test_every_mistake_of_every_file_is_listed_at_once(broken):
    run = run_here("check", "--config", "netops.yaml", folder=broken)
    assert (run.returncode, run.stdout) == (2, "")
    *lines, count = run.stderr.splitlines()
    assert count == f"{len(lines)} mistakes"
    for (file, key), suggestion in MISTAKES.items():
        (line,) = [line for line in lines if f": {key}: " in line]
        assert line.startswith(f"{file}:")
        assert suggestion in line


def test_programs_are_told_the_same_as_json(broken):
    run = run_here("check", "--config", "netops.yaml", "--json", folder=broken)
    assert (run.returncode, run.stderr) == (2, "")
    problems = json.loads(run.stdout)
    assert {(problem["file"], problem["key"]) for problem in problems} >= MISTAKES.keys()
    for problem in problems:
        assert set(problem) == {"file", "line", "column", "key", "message", "suggestion"}
        assert problem["line"] >= 1


@pytest.mark.parametrize(
    "words", [("run",), ("device", "list"), ("db", "check"), ("device", "apply")], ids=" ".join
)
def test_every_command_refuses_broken_files_alike(broken, words):
    run = run_here(*words, "--config", "netops.yaml", folder=broken)
    assert run.returncode == 2
    assert "pollling: unknown key" in run.stderr
    assert not (broken / "netops.db").exists()


def test_a_file_that_is_not_there_is_named(tmp_path):
    run = run_here("check", "--config", "absent.yaml", folder=tmp_path)
    assert run.returncode == 2
    assert "absent.yaml" in run.stderr


def test_right_files_are_told_right(tmp_path):
    write_settings(tmp_path, devices="devices:\n- name: this-host\n  local: true\n")
    run = run_here("check", "--config", "netops.yaml", folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("are right: 1 device\n")
    assert json.loads(run_here("check", "--config", "netops.yaml", "--json", folder=tmp_path).stdout) == []


def test_the_settings_may_be_named_by_the_environment(tmp_path):
    write_settings(tmp_path)
    run = run_netops("check", folder=tmp_path, environment={"NETOPS_CONFIG": "netops.yaml"})
    assert run.returncode == 0, run.stderr
