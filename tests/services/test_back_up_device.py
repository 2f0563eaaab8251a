"""Backing a device up: what is stored, what is held, what waits for a person, and that no secret is told."""

import signal
import subprocess
import sys

import asyncssh
import pytest
from replaying import PASSWORD, USER, Behaviour, devices
from small_router import CANARIES, CONFIGURATION, router

from netops.backup.archive import Archive
from netops.backup.platform_files import load_platforms
from netops.clock import SystemClock
from netops.model.shell_access import ShellAccess, ShellCredential
from netops.services.back_up_device import BackUpDevice
from netops.settings.shell import BackupSettings

PLATFORMS = load_platforms()


@pytest.fixture(scope="module")
def start():
    with devices() as begin:
        yield begin


@pytest.fixture
def service(tmp_path):
    archive = Archive(tmp_path / "archive", tmp_path / "backup.key")
    archive.prepare()
    return BackUpDevice(archive, PLATFORMS, BackupSettings(), SystemClock())


@pytest.fixture
def run(service, start):
    def go(recording=None, behaviour=None, *, port=None, password=PASSWORD, platform="cisco_ios"):
        if port is None:
            go.device = start(recording or router(), behaviour)
            port = go.device.port
        access = ShellAccess("router1", "127.0.0.1", platform, ShellCredential(USER, password), port=port)
        return service.run(access, site="main", reason="test")

    return go


def shortened(share):
    lines = CONFIGURATION.split("\n")
    return "\n".join([*lines[: int(len(lines) * share)], "end"])


def test_a_first_backup_is_stored_and_a_second_is_unchanged(run, service):
    first = run()
    assert (first.state.outcome, first.state.has_unsaved_changes) == ("changed", False)
    second = run()
    assert (second.state.outcome, second.stored.is_new) == ("unchanged", False)
    assert second.state.revision == first.state.revision
    kept = service.archive.read(first.state.device_id)
    assert all(canary not in kept for canary in CANARIES)
    assert "username bob password 7 <secret hidden>" in kept


def test_changes_that_are_not_saved_are_noticed(run):
    recording = router()
    key, answer = recording.answers[3]
    recording.answers[3] = (key, answer.replace("hostname router1", "hostname router0"))
    assert run(recording).state.has_unsaved_changes is True


def test_a_shrunk_configuration_is_held_apart_until_it_is_accepted(run, service):
    good = run()
    held = run(router(shortened(0.3)))
    assert (held.state.outcome, held.state.reason) == ("held", "held")
    assert held.state.revision == good.state.revision
    path = service.states.held_path("router1")
    assert path.exists()
    assert all(canary.encode() not in path.read_bytes() for canary in CANARIES)
    assert "room 39" in service.archive.read(good.state.device_id)

    assert service.accept("router1", "alice") == ["router1: the held configuration is stored"]
    assert "room 39" not in service.archive.read(good.state.device_id)
    assert service.states.read("router1").outcome == "changed"
    assert run(router(shortened(0.3))).state.outcome == "unchanged"


def test_a_cut_configuration_is_never_stored(run, service):
    good = run()
    bad = run(router(CONFIGURATION.removesuffix("end")))
    assert (bad.state.outcome, bad.state.reason) == ("failed", "truncated")
    assert bad.state.good_at == good.state.good_at
    assert service.archive.git.head() == good.state.revision


def test_a_refused_login_is_not_tried_again_until_a_person_or_another_password(run, service):
    refused = run(password="wrong but long")
    port = run.device.port
    assert refused.state.reason == "wrong_password"
    assert run(port=port, password="wrong but long").state.reason == "awaits_person"
    assert len(run.device.seen.logins) == 1
    assert run(port=port).state.outcome == "changed"
    assert service.states.read("router1").waits_for == ""


def test_a_person_has_a_refused_login_tried_again(run, service):
    run(password="wrong but long")
    port = run.device.port
    assert service.accept("router1", "alice") == ["router1: its login may be tried again"]
    assert run(port=port, password="wrong but long").state.reason == "wrong_password"
    assert len(run.device.seen.logins) == 2


def test_a_changed_host_key_waits_for_a_person(run, service):
    run()
    other = Behaviour(key=asyncssh.generate_private_key("ssh-ed25519"))
    assert run(behaviour=other).state.reason == "host_key_changed"
    port = run.device.port
    assert run(port=port).state.reason == "host_key_changed"
    assert run.device.seen.logins == []
    assert service.accept("router1", "alice") == ["router1: its new host key is trusted"]
    assert run(port=port).state.outcome == "unchanged"
    assert service.accept("router1", "alice") == []


def test_a_device_in_a_session_is_left_alone(run, service):
    with service.states.visiting("router1"):
        outcome = run()
    assert outcome.error.reason == "busy"


def test_an_unknown_platform_is_a_failed_backup(run):
    assert 'unknown platform "cisco_oss"' in run(platform="cisco_oss").state.message


def test_no_secret_is_told(run, service, caplog, tmp_path):
    caplog.set_level("DEBUG")
    run()
    run(router(CONFIGURATION.removesuffix("end")))
    run(router(shortened(0.3)))
    run(password="canary password")
    told = caplog.text + "".join(
        path.read_text() for path in (tmp_path / "archive" / "states").glob("*.json")
    )
    for secret in (*CANARIES, PASSWORD, "canary password"):
        assert secret not in told


def test_outcomes_are_told_to_listeners(run, service):
    told = []
    service.listeners.append(told.append)
    run()
    assert [outcome.state.outcome for outcome in told] == ["changed"]


def test_a_refused_enable_secret_waits_for_a_person_too(run, service):
    refused = run(behaviour=Behaviour(enable="right one"))
    assert refused.state.reason == "enable_refused"
    logins = list(run.device.seen.logins)
    assert run(port=run.device.port).state.reason == "awaits_person"
    assert run.device.seen.logins == logins


def test_who_made_the_change_is_in_the_archive_and_in_the_outcome(service, start):
    port = start(router()).port
    access = ShellAccess("router1", "127.0.0.1", "cisco_ios", ShellCredential(USER, PASSWORD), port=port)
    outcome = service.run(access, site="main", reason="told", author="alice <x>", address="10.0.0.5")
    assert (outcome.author, outcome.address) == ("alice <x>", "10.0.0.5")
    told = service.archive.git.run("log", "-1", "--format=%an|%ae|%b", "refs/heads/main")
    assert told.startswith("alice x|alice_x@device|")
    assert "Changed-by: alice <x>\nChanged-from: 10.0.0.5\n" in told


@pytest.mark.parametrize(
    "name", ["a/b", "../../etc/x", ".", "..", "rack 7.1", "交换机", "a%2Fb", "x" * 300, "机" * 90]
)
def test_any_name_of_a_device_stays_inside_the_archive(service, start, tmp_path, name):
    access = ShellAccess(
        name, "127.0.0.1", "cisco_ios", ShellCredential(USER, PASSWORD), port=start(router()).port
    )
    before = set(tmp_path.iterdir())
    outcome = service.run(access, site="main", reason="test")
    assert (outcome.state.outcome, outcome.error) == ("changed", None)
    assert service.states.read(name).revision == outcome.state.revision
    assert service.run(access, site="main", reason="test").state.outcome == "unchanged"
    assert set(tmp_path.iterdir()) == before


def test_a_configuration_of_five_megabytes_is_kept_and_compared(run, service):
    lines = "".join(f"interface Vlan{n}\n description {'x' * 60}\n" for n in range(62_000))
    large = CONFIGURATION.removesuffix("end") + lines + "end"
    quick = Behaviour(chunk=60_000, pause=0)
    first = run(router(large), quick)
    assert first.state.outcome == "changed"
    assert first.state.size > 5_000_000
    second = run(router(large.replace("interface Vlan7\n", "interface Vlan7\n shutdown\n", 1)), quick)
    assert (second.stored.added, second.stored.removed) == (2, 0), "in running and startup"


KILLED = """
import os, signal, sys
from pathlib import Path
from netops.backup.archive import Archive
from netops.backup.platform_files import load_platforms
from netops.backup.session import Fetched
from netops.clock import SystemClock
from netops.model.shell_access import ShellAccess, ShellCredential
from netops.services import back_up_device
from netops.settings.shell import BackupSettings
folder = Path(sys.argv[1])
archive = Archive(folder / "archive", folder / "backup.key")
back_up_device.fetch = lambda *_: Fetched("version 15.2\\nhostname fetched\\n" + "! filler\\n" * 500 + "end\\n", None)
archive.store = lambda *_arguments, **_more: os.kill(os.getpid(), signal.SIGKILL)
service = back_up_device.BackUpDevice(archive, load_platforms(), BackupSettings(), SystemClock())
access = ShellAccess("router1", "127.0.0.1", "cisco_ios", ShellCredential("u", "p"), port=22)
service.run(access, site="main", reason="killed")
"""


def test_a_kill_between_fetch_and_commit_leaves_what_was_and_the_next_goes_on(run, service, tmp_path):
    good = run()
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert service.states.read("router1") == good.state
    assert service.archive.git.head() == good.state.revision
    assert run().state.outcome == "unchanged"


def test_no_canary_is_in_git_states_metrics_or_the_arguments_of_any_process(
    run, service, tmp_path, monkeypatch
):
    seen = []
    original = subprocess.Popen.__init__

    def watched(self, arguments, *rest, **more):
        seen.append(repr(arguments) + repr(more.get("env")))
        original(self, arguments, *rest, **more)

    monkeypatch.setattr(subprocess.Popen, "__init__", watched)
    run()
    run(router(shortened(0.3)))
    run(router(CONFIGURATION.replace("room 7\n", "room 7a\n")))
    assert len(seen) >= 10
    git = service.archive.git
    objects = git.run("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    kept = b"".join(git.read("cat-file", "-p", name) or b"" for name in objects)
    files = [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    kept += b"".join(path.read_bytes() for path in files)
    for secret in (*CANARIES, PASSWORD):
        assert secret.encode() not in kept
        assert [one for one in seen if secret in one] == []
