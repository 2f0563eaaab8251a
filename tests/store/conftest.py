"""A database for each test, of both kinds: every test that asks for ``engine`` runs twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from netops.store.engine import open_engine
from netops.store.schema import upgrade
from peers.postgres import Cluster, running_cluster

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.peer("postgres"))]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database at the newest schema."""
    if request.param == "sqlite":
        path = f"sqlite:///{tmp_path / 'netops.db'}"
        engine = open_engine(path)
        upgrade(engine, None)
        engine.dispose()
        yield path
        return
    running: Cluster = request.getfixturevalue("cluster")
    name = running.make_database()
    yield running.url(name)
    running.drop_database(name)


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    running: Cluster = request.getfixturevalue("cluster")
    name = running.make_database("template0")
    yield running.url(name)
    running.drop_database(name)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(opened, None)
    yield opened
    opened.dispose()
