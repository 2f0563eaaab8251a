"""Backups: whole, private, never over another file; and every restore that must be refused."""

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, column, select, table, text

from netops.errors import SchemaTooNew, StoreError
from netops.store import schema, sqlite_files
from netops.store.backup import backup, restore
from netops.store.engine import is_sqlite, open_engine, read, sqlite_path, write
from netops.store.lock import hold_database
from netops.store.queries.devices import list_devices
from peers.rows import AppendEvent, make_device, stored_numbers


@pytest.fixture
def saved(engine: Engine, tmp_path: Path) -> Path:
    """A backup that holds the device "sw-1"."""
    with write(engine) as connection:
        make_device(connection, "sw-1")
    return backup(engine, tmp_path / "saved").path


def device_names(url: str) -> list[str]:
    engine = open_engine(url)
    try:
        assert schema.check(engine) == []
        with read(engine) as connection:
            return [device.name for device in list_devices(connection)]
    finally:
        engine.dispose()


def test_backup_is_private_and_alone_in_its_folder(engine: Engine, tmp_path: Path):
    told: list[tuple[int, int]] = []
    target = tmp_path / "backups" / "netops.backup"
    target.parent.mkdir()
    result = backup(engine, target, lambda done, total: told.append((done, total)))
    assert list(target.parent.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert (result.path, result.bytes, result.revision) == (
        target,
        target.stat().st_size,
        schema.head_revision(),
    )
    assert told
    assert told[-1][0] > 0


def test_backup_goes_into_an_empty_database_and_back(engine: Engine, saved: Path, empty_url: str):
    if (engine.dialect.name == "sqlite") != empty_url.startswith("sqlite"):
        with pytest.raises(StoreError, match="cannot be restored into"):
            restore(saved, empty_url)
        return
    result = restore(saved, empty_url)
    assert (result.revision, result.kept_aside) == (schema.head_revision(), None)
    assert device_names(empty_url) == ["sw-1"]


def test_existing_file_is_never_overwritten_unless_told(engine: Engine, tmp_path: Path):
    target = tmp_path / "precious"
    target.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        backup(engine, target)
    assert target.read_text() == "mine"
    backup(engine, target, force=True)
    assert target.stat().st_size > 1000


def test_file_that_appears_meanwhile_is_not_overwritten(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "late"
    plain = sqlite_files.copy_database

    def slow_copy(*arguments: Any) -> None:
        plain(*arguments)
        target.write_text("mine")

    monkeypatch.setattr(sqlite_files, "copy_database", slow_copy)
    with pytest.raises(StoreError, match="exists already"):
        backup(sqlite_engine, target)
    assert target.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.glob(".late*")) == []


def test_backup_under_writes_is_one_state(sqlite_engine: Engine, tmp_path: Path):
    """Each transaction adds two events; an odd number in a backup would be half of one."""
    stop = threading.Event()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set() and number < 2000:
            with write(sqlite_engine) as connection:
                AppendEvent(number)(connection)
                AppendEvent(number + 1)(connection)
            number += 2

    thread = threading.Thread(target=keep_writing)
    thread.start()
    try:
        for round_ in range(5):
            target = tmp_path / f"backup-{round_}"
            backup(sqlite_engine, target)
            engine = open_engine(f"sqlite:///{target}")
            numbers = stored_numbers(engine)
            engine.dispose()
            assert numbers == list(range(len(numbers)))
            assert len(numbers) % 2 == 0
    finally:
        stop.set()
        thread.join()


def test_empty_database_is_nothing_to_back_up(empty_url: str, tmp_path: Path):
    engine = open_engine(empty_url)
    with pytest.raises(StoreError, match=r"empty|not a SQLite database"):
        backup(engine, tmp_path / "target")
    assert not (tmp_path / "target").exists()
    engine.dispose()


def test_folder_that_does_not_exist_is_told(engine: Engine, tmp_path: Path):
    with pytest.raises(StoreError):
        backup(engine, tmp_path / "absent" / "target")


@pytest.fixture
def target(engine: Engine, url: str, saved: Path) -> Iterator[str]:
    """The database of the backup, which has gone on since: it holds "sw-1" and "sw-2"."""
    with write(engine) as connection:
        make_device(connection, "sw-2")
    engine.dispose()
    return url


def test_database_with_data_is_not_replaced_unless_told(target: str, saved: Path):
    with pytest.raises(StoreError, match="only with --force"):
        restore(saved, target)
    assert device_names(target) == ["sw-1", "sw-2"]


def test_replaced_database_is_kept_aside(engine: Engine, target: str, saved: Path):
    result = restore(saved, target, force=True)
    assert device_names(target) == ["sw-1"]
    kept = result.kept_aside
    assert kept is not None
    if is_sqlite(engine):
        assert ".before-restore-" in kept
        assert device_names(f"sqlite:///{kept}") == ["sw-1", "sw-2"]
        return
    with read(engine) as connection:
        names = (
            connection.execute(select(column("name")).select_from(table("device", schema=kept)))
            .scalars()
            .all()
        )
    assert sorted(names) == ["sw-1", "sw-2"]


def test_backup_after_a_restore_leaves_out_what_was_kept_aside(
    engine: Engine, target: str, saved: Path, tmp_path: Path
):
    restore(saved, target, force=True)
    again = backup(engine, tmp_path / "again").path
    engine.dispose()
    restore(again, target, force=True)
    assert device_names(target) == ["sw-1"]


def test_restore_under_a_daemon_is_refused(target: str, saved: Path):
    daemon = open_engine(target)
    with hold_database(daemon), pytest.raises(StoreError, match="another netops"):
        restore(saved, target, force=True)
    daemon.dispose()
    assert device_names(target) == ["sw-1", "sw-2"]


def test_restore_under_any_open_connection_is_refused(sqlite_engine: Engine, tmp_path: Path):
    path = sqlite_path(sqlite_engine)
    assert path is not None
    saved = backup(sqlite_engine, tmp_path / "saved").path
    with read(sqlite_engine) as connection:
        list_devices(connection)
        with pytest.raises(StoreError, match="another program has it open"):
            restore(saved, f"sqlite:///{path}", force=True)


def test_newer_backup_is_refused_with_both_revisions_named(engine: Engine, target: str, tmp_path: Path):
    with write(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer = backup(engine, tmp_path / "newer").path
    with write(engine) as connection:
        revision = text("UPDATE alembic_version SET version_num = :ours")
        connection.execute(revision, {"ours": schema.head_revision()})
    engine.dispose()
    with pytest.raises(SchemaTooNew, match=rf"9999.*{schema.head_revision()}"):
        restore(newer, target, force=True)
    assert device_names(target) == ["sw-1", "sw-2"]


@pytest.mark.parametrize("kept_share", [0.02, 0.5, 0.95])
def test_backup_cut_short_is_refused(target: str, saved: Path, kept_share: float):
    os.truncate(saved, int(saved.stat().st_size * kept_share))
    with pytest.raises(StoreError):
        restore(saved, target, force=True)
    assert device_names(target) == ["sw-1", "sw-2"]


def test_damaged_backup_is_refused(sqlite_engine: Engine, tmp_path: Path):
    saved = backup(sqlite_engine, tmp_path / "saved").path
    content = bytearray(saved.read_bytes())
    content[4096:8192] = b"\x5a" * 4096
    saved.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        restore(saved, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


def test_file_of_another_kind_is_refused(url: str, tmp_path: Path):
    notes = tmp_path / "notes"
    for content in (b"", b"shopping list"):
        notes.write_bytes(content)
        with pytest.raises(StoreError, match="neither"):
            restore(notes, url)
    with pytest.raises(StoreError, match="cannot be read"):
        restore(tmp_path / "absent", url)


def test_database_of_another_program_is_refused_as_a_backup(tmp_path: Path):
    theirs = tmp_path / "theirs.db"
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute("CREATE TABLE bookmark (id INTEGER)")
        connection.commit()
    with pytest.raises(StoreError, match="not a database of netops"):
        restore(theirs, f"sqlite:///{tmp_path / 'new.db'}")


def test_damaged_database_can_be_replaced_and_is_kept(sqlite_engine: Engine, tmp_path: Path):
    path = sqlite_path(sqlite_engine)
    assert path is not None
    saved = backup(sqlite_engine, tmp_path / "saved").path
    sqlite_engine.dispose()
    path.write_bytes(b"\xff" * 20_000)
    path.with_name(path.name + "-wal").write_bytes(b"\xee" * 500)
    with pytest.raises(StoreError, match="only with --force"):
        restore(saved, f"sqlite:///{path}")
    kept = restore(saved, f"sqlite:///{path}", force=True).kept_aside
    assert device_names(f"sqlite:///{path}") == []
    assert kept is not None
    assert Path(kept).read_bytes() == b"\xff" * 20_000


@pytest.mark.peer("postgres")
def test_missing_programs_are_named(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    name = cluster.make_database()
    engine = open_engine(cluster.url(name))
    saved = backup(engine, tmp_path / "saved").path
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"pg_dump is not installed.*postgresql-client"):
        backup(engine, tmp_path / "other")
    with pytest.raises(StoreError, match="pg_restore is not installed"):
        restore(saved, cluster.url(name), force=True)
    engine.dispose()
    cluster.drop_database(name)


@pytest.mark.peer("postgres")
def test_restore_that_fails_halfway_puts_the_old_data_back(cluster: Any, tmp_path: Path):
    name = cluster.make_database()
    engine = open_engine(cluster.url(name))
    with write(engine) as connection:
        connection.exec_driver_sql("CREATE FUNCTION strange() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.exec_driver_sql("CREATE SCHEMA side")
        connection.exec_driver_sql("CREATE TABLE side.one (id int)")
    saved = backup(engine, tmp_path / "saved").path  # restoring meets side.one, which is still there
    with write(engine) as connection:
        make_device(connection, "kept")
    engine.dispose()
    with pytest.raises(StoreError, match="already exists"):
        restore(saved, cluster.url(name), force=True)
    with read(engine) as connection:
        assert [device.name for device in list_devices(connection)] == ["kept"]
    engine.dispose()
    cluster.drop_database(name)


@pytest.mark.peer("postgres")
def test_password_is_on_no_command_line(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake = tmp_path / "pg_dump"
    fake.write_text('#!/bin/sh\necho "arguments: $*; password: $PGPASSWORD; host: $PGHOST" >&2\nexit 1\n')
    fake.chmod(0o700)
    engine = open_engine(cluster.url("netops_template", user="guarded", password="its-password"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(StoreError) as caught:
        backup(engine, tmp_path / "target")
    arguments, given = str(caught.value).split("; password: ")
    assert "its-password" not in arguments
    assert given == f"its-password; host: {cluster.folder}"
    engine.dispose()
