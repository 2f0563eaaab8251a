"""Real PostgreSQL beside the tests: a cluster of our own in a temporary folder, on a Unix socket only.

Its databases are copies of a template that is at the newest schema. Nothing here waits for the disk (fsync=off):
what PostgreSQL promises about a power cut is not ours to test.
"""

import itertools
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from netops.store.engine import open_engine
from netops.store.schema import upgrade

ROLE = "postgres"
GUARDED_ROLE = "guarded"
GUARDED_PASSWORD = "its-password"
TEMPLATE = "netops_template"
_HBA = f"local all {GUARDED_ROLE} scram-sha-256\nlocal all all trust\n"
_SETTINGS = (
    "listen_addresses=''",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=40",
    "shared_buffers=16MB",
)


@dataclass
class Cluster:
    """A running PostgreSQL."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str, *, user: str = ROLE, password: str = "") -> str:
        """Give the URL of a database."""
        secret = f":{password}" if password else ""
        return f"postgresql+psycopg://{user}{secret}@/{database}?host={self.folder}"

    def make_database(self, template: str = TEMPLATE) -> str:
        """Make a fresh database and give its name; ``template0`` makes an empty one."""
        name = f"netops_{next(self._numbers)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def end_connections(self, name: str) -> int:
        """End every connection to a database, as an administrator would; give their number."""
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(host=str(self.folder), user=ROLE, dbname=ROLE, autocommit=True) as connection:
            row = connection.execute(query, [name]).fetchone()
        return row[0] if row else 0

    def run(self, statement: str) -> None:
        """Run one statement outside of a transaction."""
        with psycopg.connect(host=str(self.folder), user=ROLE, dbname=ROLE, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a cluster, start it, stop it and delete it."""
    # Not under pytest's folder: as root the server runs as another user, who cannot look into it.
    folder = Path(tempfile.mkdtemp(prefix="netops-pg-"))
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, ROLE, ROLE)
    with _swept_up(folder):
        _run("initdb", "-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        (data / "pg_hba.conf").write_text(_HBA)
        options = " ".join(f"-c {setting}" for setting in (*_SETTINGS, f"unix_socket_directories='{folder}'"))
        _run("pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        cluster = Cluster(folder)
        cluster.run(f"CREATE ROLE {GUARDED_ROLE} LOGIN PASSWORD '{GUARDED_PASSWORD}'")
        cluster.run(f"CREATE DATABASE {TEMPLATE}")
        engine = open_engine(cluster.url(TEMPLATE))
        upgrade(engine, None)
        engine.dispose()
        yield cluster


@contextmanager
def _swept_up(folder: Path) -> Iterator[None]:
    """Stop the server and delete the folder in the end, even when the test run itself is killed.

    A shell waits for the end of its input, which comes when we close it, or when we are no more.
    """
    stop = shlex.join(
        [*_as_its_user(), _find("pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "-w", "stop"]
    )
    script = f"read -r line; {stop}; rm -rf {shlex.quote(str(folder))}"
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(
        ["sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=nowhere,
        stderr=nowhere,
        cwd="/",
        start_new_session=True,
    ):
        yield  # leaving the block closes the input and waits for the shell


def _as_its_user() -> list[str]:
    return ["runuser", "-u", ROLE, "--"] if os.geteuid() == 0 else []


def _find(program: str) -> str:
    path = shutil.which(program)
    assert path is not None
    return path


def _run(program: str, *arguments: str | Path) -> None:
    # The server inherits what pg_ctl is given; a pipe would keep this run waiting for the server's end.
    with tempfile.TemporaryFile() as said:
        run = subprocess.run(
            [*_as_its_user(), _find(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            check=False,
            timeout=60,
        )
        said.seek(0)
        assert run.returncode == 0, said.read().decode()
