"""Upgrades: from nothing, from older, from newer, by several at once, and cut off."""

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, inspect

from netops.errors import SchemaTooNew, StoreError
from netops.model.device import DeviceSource
from netops.model.event import Event, EventKind
from netops.store import revisions, schema
from netops.store.engine import open_engine, read, sqlite_path, write
from netops.store.queries.devices import insert_device, list_devices
from netops.store.queries.events import append_event
from netops.store.tables import METADATA, is_modelled
from peers.rows import NOW

SPAWN = multiprocessing.get_context("spawn")


def test_empty_database_gets_every_table_of_the_models(empty_url: str):
    engine = open_engine(empty_url)
    result = schema.upgrade(engine, None)
    assert (result.before, result.after) == (None, schema.head_revision())
    assert schema.current_revision(engine) == schema.head_revision()
    with read(engine) as connection:
        tables = {name for name in inspect(connection).get_table_names() if is_modelled(name, "table", {})}
        assert tables == {*METADATA.tables, "alembic_version"}
    assert schema.check(engine) == []
    engine.dispose()


def test_second_upgrade_does_nothing_and_takes_no_backup(engine: Engine, tmp_path: Path):
    result = schema.upgrade(engine, tmp_path / "backups")
    assert result.before == result.after
    assert result.backup is None
    assert not (tmp_path / "backups").exists()


def test_empty_database_needs_no_backup(empty_url: str, tmp_path: Path):
    engine = open_engine(empty_url)
    assert schema.upgrade(engine, tmp_path / "backups").backup is None
    engine.dispose()


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make netops know one more revision, whose text the test gives."""

    def make(upgrade: str) -> None:
        folder = tmp_path / "more_versions"
        folder.mkdir(exist_ok=True)
        text = "import sqlalchemy as sa\nfrom alembic import op\nrevision = 'next'\ndown_revision = {!r}\n\n"
        body = "\n".join(f"    {line}" for line in upgrade.splitlines())
        made = text.format(schema.head_revision()) + f"def upgrade():\n{body}\n"
        (folder / "next.py").write_text(made)
        plain = revisions.alembic_config

        def extended(connection: Any = None) -> Any:
            config = plain(connection)
            own = Path(config.get_main_option("script_location") or "") / "versions"
            config.set_main_option("version_locations", f"{own}:{folder}")
            return config

        monkeypatch.setattr(revisions, "alembic_config", extended)
        revisions.known_revisions.cache_clear()

    yield make
    revisions.known_revisions.cache_clear()


def test_older_schema_is_backed_up_then_upgraded(engine: Engine, tmp_path: Path, next_revision: Any):
    with write(engine) as connection:
        insert_device(connection, "sw-1", DeviceSource.CLI, {"address": "10.0.0.1"}, NOW)
    before = schema.head_revision()
    next_revision("op.create_table('more', sa.Column('id', sa.Integer(), primary_key=True))")
    result = schema.upgrade(engine, tmp_path / "backups")
    assert (result.before, result.after) == (before, "next")
    assert result.backup is not None
    assert result.backup.stat().st_mode & 0o777 == 0o600
    with read(engine) as connection:
        assert inspect(connection).has_table("more")
        assert [device.name for device in list_devices(connection)] == ["sw-1"]


def test_migration_that_fails_halfway_leaves_the_database_as_it_was(engine: Engine, next_revision: Any):
    before = schema.head_revision()
    next_revision(
        "op.create_table('more', sa.Column('id', sa.Integer(), primary_key=True))\nop.drop_table('absent')"
    )
    with pytest.raises(StoreError, match="absent"):
        schema.upgrade(engine, None)
    assert schema.current_revision(engine) == before
    with read(engine) as connection:
        assert not inspect(connection).has_table("more")


def test_table_made_anew_keeps_the_rows_that_refer_to_it(sqlite_engine: Engine, next_revision: Any):
    """With foreign keys on, dropping the old table would delete every interface and state of every device."""
    with write(sqlite_engine) as connection:
        device = insert_device(connection, "sw-1", DeviceSource.CLI, {}, NOW)
        connection.exec_driver_sql(
            "INSERT INTO latest_reading VALUES (?, 'system', '2026-01-01 00:00:00.000000', x'00')",
            (device.id,),
        )
    next_revision(
        "with op.batch_alter_table('device', recreate='always') as batch:\n"
        "    batch.add_column(sa.Column('rack', sa.String(), server_default=''))"
    )
    schema.upgrade(sqlite_engine, None)
    with read(sqlite_engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM latest_reading").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_upgrade_that_would_break_references_changes_nothing(sqlite_engine: Engine, next_revision: Any):
    with write(sqlite_engine) as connection:
        device = insert_device(connection, "sw-1", DeviceSource.CLI, {}, NOW)
        connection.exec_driver_sql(
            "INSERT INTO latest_reading VALUES (?, 'system', '2026-01-01 00:00:00.000000', x'00')",
            (device.id,),
        )
    next_revision("op.execute('DELETE FROM device')")
    with pytest.raises(StoreError, match="refer to nothing, first in table latest_reading"):
        schema.upgrade(sqlite_engine, None)
    with read(sqlite_engine) as connection:
        assert len(list_devices(connection)) == 1


def test_backup_that_cannot_be_written_stops_the_upgrade(engine: Engine, tmp_path: Path, next_revision: Any):
    before = schema.head_revision()
    next_revision("op.create_table('more', sa.Column('id', sa.Integer(), primary_key=True))")
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="no backup, so no upgrade"):
        schema.upgrade(engine, tmp_path / "file" / "backups")
    assert schema.current_revision(engine) == before


@pytest.mark.peer("postgres")
def test_upgrade_without_pg_dump_goes_on_and_says_so(
    cluster: Any, tmp_path: Path, next_revision: Any, monkeypatch: pytest.MonkeyPatch
):
    name = cluster.make_database()
    engine = open_engine(cluster.url(name))
    next_revision("op.create_table('more', sa.Column('id', sa.Integer(), primary_key=True))")
    monkeypatch.setenv("PATH", str(tmp_path))
    result = schema.upgrade(engine, tmp_path / "backups")
    assert result.after == "next"
    assert result.backup is None
    assert "pg_dump is not installed" in result.note
    engine.dispose()
    cluster.drop_database(name)


def test_newer_schema_is_refused_with_both_revisions_named(engine: Engine):
    with write(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for use in (lambda: schema.upgrade(engine, None), lambda: schema.require_current(engine)):
        with pytest.raises(SchemaTooNew, match=rf"9999.*{schema.head_revision()}"):
            use()
    assert any("9999" in line for line in schema.check(engine))


def test_database_of_another_program_is_left_alone(empty_url: str):
    engine = open_engine(empty_url)
    with write(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StoreError, match="another program"):
        schema.upgrade(engine, None)
    with read(engine) as connection:
        assert inspect(connection).get_table_names() == ["theirs"]
    engine.dispose()


def test_empty_database_is_not_current(empty_url: str):
    engine = open_engine(empty_url)
    with pytest.raises(StoreError, match="netops db upgrade"):
        schema.require_current(engine)
    engine.dispose()


def _upgrade_and_tell(url: str, results: Any) -> None:
    engine = open_engine(url)
    results.put(schema.upgrade(engine, None).before)
    engine.dispose()


def test_of_several_first_starts_at_once_one_migrates(empty_url: str):
    results = SPAWN.Queue()
    starts = [SPAWN.Process(target=_upgrade_and_tell, args=(empty_url, results)) for _ in range(4)]
    for start in starts:
        start.start()
    before = [results.get(timeout=60) for _ in starts]
    for start in starts:
        start.join(60)
        assert start.exitcode == 0
    results.close()
    assert sorted(before, key=str) == [schema.head_revision()] * 3 + [None]


def test_schema_that_is_not_the_models_is_told(engine: Engine):
    with write(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE device ADD COLUMN stranger INTEGER")
        connection.exec_driver_sql("DROP INDEX ix_event_at")
        connection.exec_driver_sql("DROP TABLE latest_reading")
    found = schema.check(engine)
    assert any("device.stranger is not netops's" in line for line in found), found
    assert any("ix_event_at" in line for line in found), found
    assert any("latest_reading is missing" in line for line in found), found


def test_enums_are_stored_by_their_values(engine: Engine):
    """What JSON and metrics say, so that a reader without netops finds the same words."""
    with write(engine) as connection:
        append_event(connection, Event(at=NOW, kind=EventKind.DEVICE_ADDED, text="added"))
    with read(engine) as connection:
        stored = connection.exec_driver_sql("SELECT kind FROM event").scalar_one()
    assert stored == "device_added"


def test_row_that_refers_to_nothing_is_told(sqlite_engine: Engine):
    path = sqlite_path(sqlite_engine)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO latest_reading VALUES (77, 'system', '2026-01-01 00:00:00.000000', x'00')"
        )
        connection.commit()
    assert any("refers to a row that device does not have" in line for line in schema.check(sqlite_engine))


def test_damaged_page_is_told(sqlite_engine: Engine):
    path = sqlite_path(sqlite_engine)
    assert path is not None
    with write(sqlite_engine) as connection:
        for number in range(300):
            insert_device(connection, f"sw-{number}", DeviceSource.CLI, {"text": "x" * 200}, NOW)
    sqlite_engine.dispose()
    content = bytearray(path.read_bytes())
    # Near the end are the pages of the devices; those of the schema would keep it from being opened at all.
    content[-3 * 4096 : -2 * 4096] = b"\xff" * 4096
    path.write_bytes(content)
    engine = open_engine(f"sqlite:///{path}")
    assert schema.check(engine) != []
    engine.dispose()


def test_alembic_drafts_nothing_for_the_schema_as_it_is(sqlite_engine: Engine):
    with sqlite_engine.connect() as connection:
        command.check(revisions.alembic_config(connection))
