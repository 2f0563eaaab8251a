"""Backing a device up: what is stored, what is held, what waits for a person, and that no secret is told."""

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
