"""Opening: what a fresh database is like, and how each refusal reads."""

import stat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from netops.errors import StoreError
from netops.store.engine import open_engine, read, write
from netops.store.queries.devices import list_devices
from peers.postgres import GUARDED_PASSWORD, GUARDED_ROLE
from peers.rows import make_device


def test_sqlite_is_durable_private_and_keeps_foreign_keys(tmp_path: Path):
    path = tmp_path / "a" / "b" / "netops.db"
    engine = open_engine(f"sqlite:///{path}")
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    with read(engine) as connection:
        assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas} == pragmas
    with write(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE one (id INTEGER)")
        for ending in ("", "-wal", "-shm"):
            assert stat.S_IMODE(Path(f"{path}{ending}").stat().st_mode) == 0o600
    engine.dispose()


def test_relative_path_survives_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    engine = open_engine("sqlite:///here.db")
    assert engine.url.database == str(tmp_path / "here.db")
    engine.dispose()


def test_postgres_urls_may_leave_the_driver_out(tmp_path: Path):
    for start in ("postgres", "postgresql"):
        with pytest.raises(StoreError, match="no connection"):
            open_engine(f"{start}://user@/name?host={tmp_path}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "netops.db",
        "mysql://root:hunter2@h/d",
        "postgresql://u:hunter2@h:port/d",
        "oracle://x",
        "://hunter2",
    ],
)
def test_wrong_url_is_refused_without_showing_it(url: str):
    with pytest.raises(StoreError, match="sqlite:///path") as caught:
        open_engine(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_database_in_memory_is_refused(url: str):
    with pytest.raises(StoreError, match="names no file"):
        open_engine(url)


def test_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="check the folder"):
        open_engine(f"sqlite:///{tmp_path}/file/netops.db")


def test_folder_in_place_of_the_file_is_told(tmp_path: Path):
    with pytest.raises(StoreError, match="Is a directory"):
        open_engine(f"sqlite:///{tmp_path}")


def test_file_that_is_no_database_is_told_and_kept(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("shopping list\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_engine(f"sqlite:///{path}")
    assert path.read_text().startswith("shopping")


@pytest.mark.peer("postgres")
def test_wrong_password_is_told_and_never_shown(cluster: Any):
    with pytest.raises(StoreError, match=f"refuses user {GUARDED_ROLE}") as caught:
        open_engine(cluster.url("netops_template", user=GUARDED_ROLE, password="hunter2"))
    assert "hunter2" not in str(caught.value)
    url = f"postgresql://{GUARDED_ROLE}@/postgres?host={cluster.folder}&password="
    with pytest.raises(StoreError) as caught:
        open_engine(f"{url}hunter2")
    assert "hunter2" not in str(caught.value)
    open_engine(f"{url}{GUARDED_PASSWORD}").dispose()


@pytest.mark.peer("postgres")
def test_database_that_does_not_exist_is_told(cluster: Any):
    with pytest.raises(StoreError, match="no such database"):
        open_engine(cluster.url("absent"))


def test_missing_table_says_which_command_makes_it(empty_url: str):
    engine = open_engine(empty_url)
    with pytest.raises(StoreError, match="run `netops db upgrade`"), read(engine) as connection:
        list_devices(connection)
    engine.dispose()


def test_write_that_raises_leaves_nothing(engine: Engine):
    def change_and_fail() -> None:
        with write(engine) as connection:
            make_device(connection)
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()
    with read(engine) as connection:
        assert list_devices(connection) == []


def test_read_sees_one_state_while_another_writes(engine: Engine):
    with read(engine) as reader:
        assert list_devices(reader) == []
        with write(engine) as writer:
            make_device(writer)
        assert list_devices(reader) == []


def test_second_writer_is_told_who_is_to_look_for(sqlite_engine: Engine):
    impatient = open_engine(str(sqlite_engine.url))
    with impatient.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with write(sqlite_engine), pytest.raises(StoreError, match="database is locked"), write(impatient):
        pass
    impatient.dispose()
