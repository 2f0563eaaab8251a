"""``netops db …`` from end to end, beside a running daemon and without one; and the daemon on PostgreSQL."""

import pytest

from acceptance.running import Daemon, device_yaml, wait_until, write_settings
from peers.postgres import running_cluster


@pytest.fixture
def daemon(network, tmp_path):
    entry = device_yaml("ups-1", network.address("ups-1"), network.port, "sim-v2c")
    write_settings(tmp_path, credentials=network.credentials_yaml, devices="devices:\n" + entry)
    with Daemon(tmp_path) as running:
        wait_until(lambda: running.devices_shown() == {"ups-1"}, "the device")
        yield running


def names(daemon):
    return [row["name"] for row in daemon.ask("device", "list")]


def test_a_backup_under_the_daemon_is_whole_and_restores_without_it(daemon, network):
    backup = daemon.run("db", "backup", "saved.db")
    assert (backup.returncode, backup.stdout) == (0, "backup: saved.db\n")
    again = daemon.run("db", "backup", "saved.db")
    assert again.returncode == 1
    assert "saved.db" in again.stderr
    assert daemon.run("db", "backup", "saved.db", "--force").returncode == 0
    place = f"{network.address('pdu-1')}:{network.port}"
    assert daemon.run("device", "add", "later", place, "--credential", "sim-v2c").returncode == 0
    refused = daemon.run("db", "restore", "saved.db", "--force")
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert f"another netops (process {daemon.process.pid})" in line
    assert names(daemon) == ["later", "ups-1"]
    assert daemon.control("GET", "/status").json()["writer"]["healthy"] is True
    assert daemon.stop() == 0
    careful = daemon.run("db", "restore", "saved.db")
    assert careful.returncode == 1
    assert "--force" in careful.stderr
    assert names(daemon) == ["later", "ups-1"]
    restored = daemon.run("db", "restore", "saved.db", "--force")
    assert restored.returncode == 0, restored.stderr
    first, kept = restored.stdout.splitlines()
    assert first == "restored from saved.db"
    assert "what was there before is kept in" in kept
    assert names(daemon) == ["ups-1"]
    assert daemon.run("db", "check").stdout == "the database is sound\n"
    daemon.start()
    wait_until(lambda: daemon.devices_shown() == {"ups-1"}, "the device of the backup")


def test_upgrade_says_what_it_did_and_twice_changes_nothing(tmp_path):
    write_settings(tmp_path)
    offline = Daemon(tmp_path)
    first = offline.ask("db", "upgrade")
    assert first["before"] is None
    assert first["after"]
    assert offline.ask("db", "upgrade")["before"] == first["after"]
    assert "is at the newest revision" in offline.run("db", "upgrade").stdout


def test_damage_is_found_and_told(daemon, tmp_path):
    assert daemon.stop() == 0
    path = tmp_path / "netops.db"
    content = bytearray(path.read_bytes())
    content[4096 : 4096 * 3] = b"\xff" * 8192
    path.write_bytes(content)
    check = daemon.run("db", "check")
    assert check.returncode == 1
    assert check.stderr
    assert "Traceback" not in check.stderr
    assert "is sound" not in check.stdout


def test_restoring_what_is_no_backup_is_refused(tmp_path):
    write_settings(tmp_path)
    (tmp_path / "note.txt").write_text("no database")
    offline = Daemon(tmp_path)
    for file in ("note.txt", "absent.db"):
        run = offline.run("db", "restore", file)
        assert run.returncode == 1
        (line,) = run.stderr.splitlines()
        assert file in line


@pytest.mark.peer("initdb", "pg_ctl", "postgres")
def test_the_daemon_lives_on_postgresql_too(network, tmp_path):
    with running_cluster() as cluster:
        url = cluster.url(cluster.make_database("template0"))
        write_settings(
            tmp_path, credentials=network.credentials_yaml, devices=network.devices_yaml, storage=url
        )
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: daemon.devices_shown() == set(network.names), "every device")
            wait_until(
                lambda: all(row["reachable"] for row in daemon.ask("device", "list")), "all states stored"
            )
            assert names(daemon) == sorted(network.names)
            shown = daemon.ask("device", "show", "core-1")
            assert len(shown["interfaces"]) == 10
            second = daemon.run("db", "check")
            assert (second.returncode, second.stdout) == (0, "the database is sound\n")
            other = tmp_path / "other"
            write_settings(other, storage=url)
            rival = Daemon(other)
            rival.spawn()
            assert rival.process.wait(30) == 1
            assert "another netops holds" in rival.log
            assert daemon.stop() == 0
            assert "Traceback" not in daemon.log
