"""The simulator as a process: started by ``netops simulate``, ended by a signal or by the end of its input."""

import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netops.i18n import _, ngettext
from netops.simulator.control import Control
from netops.simulator.errors import SimulatorError
from netops.simulator.replay import Replay
from netops.simulator.simulation import DEFAULT_PORT, Simulation

_LONGEST_LINE = 65_536


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What ``netops simulate`` can be asked."""

    kind: str = "mixed"
    devices: int | None = None
    first_address: str = "127.1.0.1"
    port: int = DEFAULT_PORT
    seed: int = 1
    faults: Sequence[str] = ()
    """Faults from the start, as control lines without their first word: ``sw-3 link-down Gi1/0/4``."""
    control: bool = False
    """Read control lines from standard input; its end is the simulator's."""
    json: bool = False
    """Announce the network as one line of JSON, as ``describe_json`` gives it."""
    devices_file: Path | None = None
    """Where to write the network as a devices.yaml."""
    credentials_file: Path | None = None
    """Where to write the credentials section of a netops.yaml."""
    replay: Sequence[Path] = ()
    """Recordings, and folders of them, to be answered instead of a simulated network."""


def build(options: ServeOptions) -> Simulation:
    """Build the network and give it its first faults.

    Raises:
        SimulatorError: The options cannot be met.
    """
    simulation = Simulation(
        kind=options.kind,
        devices=options.devices,
        first_address=options.first_address,
        port=options.port,
        seed=options.seed,
    )
    control = Control(simulation)
    for fault in options.faults:
        control.carry_out(f"fault {fault}")
    return simulation


def build_replay(options: ServeOptions) -> Replay:
    """Build the network of recordings that the options name.

    Raises:
        SimulatorError: The options cannot be met.
    """
    if options.control or options.faults or options.devices is not None:
        raise SimulatorError(_("recordings stand still: --replay takes no --control, --fault or --devices"))
    return Replay(options.replay, first_address=options.first_address, port=options.port)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def serve(options: ServeOptions, say: Callable[[str], None] = _say) -> None:
    """Run a simulated network, or recordings, until SIGINT, SIGTERM, or the end of the control input.

    Args:
        options: What to run.
        say: Takes the lines for standard output: one when all agents listen, then the replies to control lines.

    Raises:
        SimulatorError: The options cannot be met, the port is taken, or a file cannot be written.
    """
    network = build_replay(options) if options.replay else build(options)
    await network.start()
    try:
        _write(options.devices_file, network.devices_yaml())
        _write(options.credentials_file, network.credentials_yaml())
        control = Control(network) if options.control and isinstance(network, Simulation) else None
        with _ending_signals() as ended:
            say(describe_json(network) if options.json else describe(network))
            await _until(ended, control, say)
    finally:
        await network.stop()


def describe(simulation: Simulation | Replay) -> str:
    """Say in one line what listens where."""
    if isinstance(simulation, Replay):
        return simulation.describe()
    count = len(simulation.devices)
    return ngettext(
        "%(count)d simulated device answers on %(first)s port %(port)d",
        "%(count)d simulated devices answer on %(first)s to %(last)s port %(port)d",
        count,
    ) % {
        "count": count,
        "first": simulation.devices[0].address,
        "last": simulation.devices[-1].address,
        "port": simulation.port,
    }


def describe_json(simulation: Simulation | Replay) -> str:
    """Say it for programs: ``{"port": …, "devices": [{"name", "address", "kind", "credential"}, …]}``."""
    if isinstance(simulation, Replay):
        return json.dumps(simulation.describe_for_programs())
    devices = [
        {
            "name": device.name,
            "address": device.address,
            "kind": device.blueprint.name,
            "credential": device.blueprint.credential,
        }
        for device in simulation.devices
    ]
    return json.dumps({"port": simulation.port, "devices": devices})


def _write(path: Path | None, text: str) -> None:
    if path is None:
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SimulatorError(
            _("%(path)s cannot be written: %(error)s") % {"path": path, "error": error.strerror}
        ) from None


@contextlib.contextmanager
def _ending_signals() -> Iterator[asyncio.Event]:
    """Give an event that SIGINT and SIGTERM set, from before the announcement on."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, ended.set)
    try:
        yield ended
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _until(ended: asyncio.Event, control: Control | None, say: Callable[[str], None]) -> None:
    """Wait for the event or for the end of the control input; an error of the latter leaves from here."""
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(ended.wait())]
    if control is not None:
        tasks.append(asyncio.create_task(_listen(control, say)))
    try:
        done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(control: Control, say: Callable[[str], None]) -> None:
    """Answer control lines until the input ends."""
    if not stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode) and not sys.stdin.isatty():
        raise SimulatorError(_("control lines are read from a pipe or a terminal only"))
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    loop = asyncio.get_running_loop()
    transport, _protocol = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        while line := await reader.readline():
            if line.strip():
                say(control.run(line.decode(errors="replace")))
    except ValueError:
        raise SimulatorError(_("a control line is too long")) from None
    finally:
        transport.close()
