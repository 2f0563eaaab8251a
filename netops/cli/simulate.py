"""``netops simulate``: a network of simulated devices, for demonstrations, tests and benchmarks."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from netops.cli.output import JsonOption, say
from netops.i18n import _
from netops.simulator.serve import ServeOptions, serve
from netops.simulator.simulation import Simulation

_DEMO_FOLDER = Path("data/demo")
_DEMO_PORT = 8471
_DEMO_AGENTS = 11_161

_SETTINGS = """\
# Made by `netops simulate --demo`, and made anew each time.
site_name: demo
devices_file: devices.yaml
control_socket: {folder}/netops.sock
storage:
  url: sqlite:///{folder}/netops.db
  backups: {folder}/backups
web:
  port: {port}
polling:
  interval: 15s
  periods: {{interfaces: 15s, health: 15s, system: 15s, sensors: 15s}}
alerting:
  rule_files: [../../alerts/*.yaml]  # those of the folder that it runs in
"""
_THIS_HOST = "- name: this-host\n  local: true\n"


def simulate(
    *,
    kind: Annotated[
        str, typer.Option(help=_("mixed (a small network) or switch48 (48-port switches)."))
    ] = "mixed",
    devices: Annotated[
        int | None, typer.Option(min=1, help=_("How many devices; default: the kind's own."))
    ] = None,
    first_address: Annotated[
        str, typer.Option(help=_("Where the addresses begin, within 127.0.0.0/8."))
    ] = "127.1.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help=_("UDP port of every agent; 0 takes a free one."))
    ] = 1161,
    seed: Annotated[int, typer.Option(help=_("Another seed gives other counters and names."))] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(help=_("A fault from the start, e.g. 'sw-1 silence'; may be repeated.")),
    ] = None,
    control: Annotated[bool, typer.Option(help=_("Read control lines from standard input."))] = False,
    devices_file: Annotated[Path | None, typer.Option(help=_("Write the network as a devices.yaml."))] = None,
    credentials_file: Annotated[
        Path | None, typer.Option(help=_("Write the credentials section of a netops.yaml."))
    ] = None,
    replay: Annotated[
        list[Path] | None,
        typer.Option(help=_("Answer from recordings instead: a file or a folder; may be repeated.")),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help=_("Also run a daemon that watches it, with data in data/demo."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run simulated SNMP agents on loopback addresses until Ctrl-C."""
    if demo:
        asyncio.run(_demo())
        return
    options = ServeOptions(
        kind=kind,
        devices=devices,
        first_address=first_address,
        port=port,
        seed=seed,
        faults=tuple(fault or ()),
        control=control,
        json=as_json,
        devices_file=devices_file,
        credentials_file=credentials_file,
        replay=tuple(replay or ()),
    )
    asyncio.run(serve(options))


async def _demo() -> None:
    """Run the network here and the daemon as a process of its own; end both together."""
    simulation = Simulation(kind="mixed", port=_DEMO_AGENTS)
    await simulation.start()
    config = _write_demo(simulation)
    command = (sys.executable, "-m", "netops", "run", "--config", str(config))
    daemon = await asyncio.create_subprocess_exec(*command, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    loop = asyncio.get_running_loop()

    def end() -> None:
        with contextlib.suppress(ProcessLookupError):
            daemon.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    say(_("%(count)d simulated devices answer beside it") % {"count": len(simulation.devices)})
    try:
        code = await daemon.wait()
    finally:
        await simulation.stop()
    raise typer.Exit(code if code >= 0 else 128 - code)


def _write_demo(simulation: Simulation) -> Path:
    _DEMO_FOLDER.mkdir(parents=True, exist_ok=True)
    config = _DEMO_FOLDER / "netops.yaml"
    settings = _SETTINGS.format(folder=_DEMO_FOLDER, port=_DEMO_PORT)
    config.write_text(settings + simulation.credentials_yaml(), encoding="utf-8")
    (_DEMO_FOLDER / "devices.yaml").write_text(simulation.devices_yaml() + _THIS_HOST, encoding="utf-8")
    return config
