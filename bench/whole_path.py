"""The whole path of a poll in one process, without HTTP: for measuring what a poll costs from end to end."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from netops.clock import SystemClock
from netops.exporter.exposition import Exposition
from netops.exporter.feed import Feed
from netops.exporter.render import DeviceFacts
from netops.model.access import Credential, SnmpAccess
from netops.model.device import DeviceSource
from netops.services.fleet import Fleet, WatchedDevice
from netops.services.keep_poll import StoreKeeper
from netops.services.poll_device import PollDevice, PollOutcome
from netops.settings.devices import DeviceSettings
from netops.snmp.exchange import SnmpEngine
from netops.store.engine import open_engine, write
from netops.store.queries.devices import insert_device
from netops.store.schema import upgrade
from netops.store.writer import Writer

# As shipped, but for the details of interfaces: they come every 15 minutes, here in the first polls only.
PERIODS = {
    "system": timedelta(seconds=0),
    "interfaces": timedelta(seconds=0),
    "interface_details": timedelta(hours=1),
    "health": timedelta(seconds=0),
}


@asynccontextmanager
async def whole_path(
    targets: list[tuple[str, int]], credential: Credential
) -> AsyncIterator[tuple[PollDevice, Writer, Exposition]]:
    """Build reading, deciding, storing and telling for some switches, over a database of its own."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        store = open_engine(f"sqlite:///{Path(folder, 'bench.db')}")
        upgrade(store, None)
        fleet = Fleet(concurrency=500, per_site=500)
        with write(store) as connection:
            for number, (host, port) in enumerate(targets):
                settings = DeviceSettings(name=f"sw-{number}", address=host, port=port, credential="bench")
                spec = settings.model_dump(mode="json")
                row = insert_device(connection, settings.name, DeviceSource.CLI, spec, clock.now())
                access = SnmpAccess(host, credential, port=port)
                fleet.devices[settings.name] = WatchedDevice(row.id or 0, settings, access)
        exposition = Exposition()
        feed = Feed(exposition)

        def tell(outcome: PollOutcome) -> None:
            feed.take(DeviceFacts(outcome.device.name, site="bench"), outcome.result)

        engine = SnmpEngine(clock)
        await engine.start()
        writer = Writer(store, clock=clock)
        await writer.start()
        polling = PollDevice(
            fleet=fleet,
            engine=engine,
            pinger=None,
            clock=clock,
            keeper=StoreKeeper(store, writer),
            periods=PERIODS,
            listeners=[tell],
        )
        try:
            yield polling, writer, exposition
        finally:
            await writer.stop()
            await engine.stop()
            store.dispose()


async def poll_all(polling: PollDevice, times: int) -> None:
    """Poll every device so many times, devices side by side."""

    async def run(name: str) -> None:
        for _ in range(times):
            await polling.poll(name)

    await asyncio.gather(*map(run, list(polling.fleet.devices)))
