"""One daemon on a database, and never a stale lock."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from netops.errors import StoreError
from netops.store.engine import open_engine
from netops.store.lock import hold, hold_database


def test_held_file_is_refused_naming_the_holder(tmp_path: Path):
    script = (
        "import sys, pathlib\nfrom netops.store.lock import hold\n"
        "held = hold(pathlib.Path(sys.argv[1]))\nprint('held', flush=True)\nsys.stdin.read()"
    )
    path = tmp_path / "daemon.lock"
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=rf"process {holder.pid}\)"):
            hold(path)
        holder.kill()
        holder.wait(10)
        hold(path).release()


def test_released_file_can_be_held_again(tmp_path: Path):
    path = tmp_path / "daemon.lock"
    with hold(path) as held:
        held.release()
        hold(path).release()


def test_lock_in_a_missing_folder_is_told(tmp_path: Path):
    with pytest.raises(StoreError, match="cannot be made"):
        hold(tmp_path / "absent" / "daemon.lock")


def test_database_is_held_by_one_and_free_afterwards(engine: Engine, url: str):
    other = open_engine(url)
    with hold_database(engine), pytest.raises(StoreError, match="another netops"), hold_database(other):
        pass
    with hold_database(other):
        pass
    other.dispose()
