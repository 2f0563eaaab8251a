"""A database in a temporary file, and the writer that owns it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from fakes import FakeClock
from netops.store.engine import open_engine
from netops.store.schema import upgrade
from netops.store.writer import Writer


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(opened, None)
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def writer(engine: Engine, clock: FakeClock) -> AsyncIterator[Writer]:
    running = Writer(engine, clock=clock)
    await running.start()
    yield running
    await running.stop()
