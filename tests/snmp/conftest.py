"""An engine for each test, stopped at its end, with a clock to wind."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fakes import FakeClock
from netops.snmp.exchange import SnmpEngine


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def engine(clock: FakeClock) -> AsyncIterator[SnmpEngine]:
    started = SnmpEngine(clock)
    await started.start()
    yield started
    await started.stop()
