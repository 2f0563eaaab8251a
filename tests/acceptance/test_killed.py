"""kill -9 at any moment: what was acknowledged is there at the next start, and the database is sound."""

import random

from acceptance.running import Daemon, run_here, wait_until, write_settings

ROUNDS = 10
SEED = 20_261_123
MOST_ASKS = 25  # of about a twentieth of a second each


def test_killed_ten_times_it_loses_nothing_that_was_acknowledged(network, tmp_path):
    chance = random.Random(SEED)
    write_settings(tmp_path, credentials=network.credentials_yaml, devices=network.devices_yaml)
    place = f"{network.address('ups-1')}:{network.port}"
    known, seen = set(network.names), []
    daemon = Daemon(tmp_path)
    for number in range(ROUNDS):
        daemon.start()
        network.control(f"fault access-1 link-{'down' if number % 2 else 'up'} Gi1/0/3")
        kill_after(daemon, chance.randrange(MOST_ASKS))
        assert_sound(tmp_path)
        events = daemon.events()
        ids = [event.id for event in events]
        assert ids == sorted(set(ids))
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert {event.id for event in seen} <= set(ids)
        seen = events
        daemon.start()
        added = f"extra-{number}"
        assert daemon.run("device", "add", added, place, "--credential", "sim-v2c").returncode == 0
        daemon.kill()  # the very moment it was acknowledged
        known.add(added)
        assert {row["name"] for row in daemon.ask("device", "list")} == known
    with daemon:
        wait_until(lambda: daemon.devices_shown() == known, "every device at the last start")
        assert_sound(tmp_path)
    started = len(daemon.events(kind="daemon_started"))
    assert started >= 1
    assert len(daemon.events(kind="daemon_stopped")) == 1
    assert "Traceback" not in daemon.log


def kill_after(daemon, asks):
    left = iter(range(asks))
    wait_until(lambda: next(left, None) is None, "the moment")
    daemon.kill()


def assert_sound(folder):
    check = run_here("db", "check", "--config", "netops.yaml", folder=folder)
    assert (check.returncode, check.stdout, check.stderr) == (0, "the database is sound\n", "")
