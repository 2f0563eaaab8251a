"""``netops discover CIDR …``: who answers in these networks, as YAML for the file of devices."""

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic_core import PydanticCustomError
from sqlalchemy import Engine

from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.control import find_daemon
from netops.cli.output import JsonOption, complain, print_json, progress_bar, say
from netops.cli.stores import open_store
from netops.cli.target import CommunityOption
from netops.clock import SystemClock
from netops.errors import NetopsError, NothingKept
from netops.i18n import _, ngettext
from netops.model.access import CommunityCredential, Credential
from netops.model.device import DeviceSource
from netops.profiles.loader import load_profiles
from netops.services.discover_devices import (
    DiscoverDevices,
    Discovery,
    DiscoverySettings,
    Found,
    describe_found,
    suggest_name,
)
from netops.services.known_devices import list_likenesses, list_neighbour_addresses
from netops.services.manage_devices import add_device
from netops.services.same_device import Likeness
from netops.settings.addresses import expand_addresses
from netops.settings.devices import DeviceSettings
from netops.settings.loader import LoadedSettings, load_settings
from netops.settings.models import Settings
from netops.store.engine import read, write

GIVEN = "given"
"""The name shown for a community that stands on the command line only."""


def discover(
    networks: Annotated[
        list[str] | None,
        typer.Argument(metavar="CIDR …", help=_("Networks, ranges or addresses: 10.0.0.0/24, 10.0.1.10-20.")),
    ] = None,
    *,
    neighbours: Annotated[
        bool, typer.Option("--neighbours", help=_("Ask the neighbours of the known devices too."))
    ] = False,
    credential: Annotated[
        list[str] | None,
        typer.Option(help=_("Name of a credential in netops.yaml; may be repeated; default: all, in order.")),
    ] = None,
    community: CommunityOption = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, help=_("UDP port of the agents."))] = 161,
    rate: Annotated[
        float, typer.Option(min=0.1, max=10_000, help=_("Addresses begun in a second at most."))
    ] = 50.0,
    timeout: Annotated[float, typer.Option(min=0.05, max=60, help=_("Seconds to wait for an answer."))] = 1.0,
    ping: Annotated[bool, typer.Option(help=_("Also ping the addresses."))] = True,
    add: Annotated[bool, typer.Option("--add", help=_("Watch the new devices from now on."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Look for devices in networks, and print those that are not watched yet as YAML for devices.yaml."""
    loaded = _load(config)
    credentials = choose_credentials(loaded.settings if loaded else None, credential or [], community)
    known, from_neighbours = _read_known(config, wanted=neighbours) if loaded else ([], [])
    addresses = list(dict.fromkeys([*_expand(networks or []), *from_neighbours]))
    if not addresses:
        message = _("nothing to ask: name a network such as 10.0.0.0/24, or give --neighbours")
        raise typer.BadParameter(
            message if not neighbours else _("no known device tells of a neighbour's address")
        )
    folder = loaded.profiles_folder if loaded else None
    work = DiscoverDevices(
        credentials,
        profiles=load_profiles(folder),
        known=known,
        clock=SystemClock(),
        settings=DiscoverySettings(port=port, timeout_seconds=timeout, per_second=rate, ping=ping),
    )
    with progress_bar(_("Asking %(count)d addresses") % {"count": len(addresses)}) as tell:
        discovery = asyncio.run(work.scan(addresses, tell=tell))
    taken = {name for name, _likeness in known}
    named = [(suggest_name(found, taken), found) for found in discovery.new]
    if add and named:
        _add(config, named, port)
    if as_json:
        print_json(_describe(discovery, named, added=add))
        return
    for name, found in named:
        say(write_entry(name, found, port).rstrip("\n"))
    _summarise(discovery, added=add)


def choose_credentials(
    settings: Settings | None, names: list[str], community: str | None
) -> dict[str, Credential]:
    """Give the credentials to try, in order.

    Raises:
        SettingsError: A name is not defined.
        typer.BadParameter: There is none at all.
    """
    chosen: dict[str, Credential] = {}
    if community:
        chosen[GIVEN] = CommunityCredential("2c", community)
    if settings is not None:
        wanted = names or ([] if community else list(settings.credentials))
        chosen |= {name: settings.credential(name) for name in wanted}
    if not chosen:
        raise typer.BadParameter(_("no credential to try: define one in netops.yaml, or give --community"))
    return chosen


def _load(config: Path) -> LoadedSettings | None:
    """Load the settings; a scan with a community of its own needs none."""
    if config == DEFAULT_CONFIG and not config.exists():
        return None
    return load_settings(config)


def _expand(networks: list[str]) -> list[str]:
    addresses: list[str] = []
    for text in networks:
        try:
            addresses += expand_addresses(text.strip())
        except PydanticCustomError as error:
            hint = (error.context or {}).get("suggestion")
            message = f"{text}: {error.message()}" + (f"; {hint}" if hint else "")
            raise typer.BadParameter(message) from None
    return addresses


def _read_known(config: Path, *, wanted: bool) -> tuple[list[tuple[str, Likeness]], list[str]]:
    """Give what the store knows; nothing where nothing was ever kept."""
    try:
        with open_store(config) as (_loaded, engine), read(engine) as connection:
            addresses = list_neighbour_addresses(connection) if wanted else []
            return list_likenesses(connection), addresses
    except NothingKept:
        if wanted:
            raise
        return [], []


def _spec(name: str, found: Found, port: int, loaded: LoadedSettings) -> dict[str, Any]:
    settings = DeviceSettings(
        name=name,
        address=found.address,
        port=port,
        credential=found.credential,
        site=loaded.settings.site_name,
        interval=loaded.settings.polling.interval,
    )
    return settings.model_dump(mode="json")


def _add(config: Path, named: list[tuple[str, Found]], port: int) -> None:
    if any(found.credential == GIVEN for _name, found in named):
        raise NetopsError(
            _("define the community as a credential in netops.yaml first, so that it has a name")
        )
    with open_store(config) as (loaded, engine):
        specs = [_spec(name, found, port, loaded) for name, found in named]
        daemon = find_daemon(loaded.settings.control_socket)
        with daemon or nullcontext():
            for spec in specs:
                if daemon:
                    body = {"spec": spec, "source": DeviceSource.DISCOVERY.value}
                    daemon.ask("POST", "/devices", json=body)
                else:
                    _add_to_store(engine, spec)


def _add_to_store(engine: Engine, spec: dict[str, Any]) -> None:
    with write(engine) as connection:
        add_device(connection, spec, DeviceSource.DISCOVERY, SystemClock().now())


def write_entry(name: str, found: Found, port: int) -> str:
    """Give the lines of devices.yaml for one device; what it is stands behind as a comment."""
    about = " ".join(filter(None, (found.identity.vendor, found.identity.model, found.identity.os_version)))
    profile = found.identity.profile or "generic"
    lines = [f"  - name: {_plain(name)}  # {_comment(about or found.system.description)} ({profile})"]
    lines.append(f"    address: {_plain(found.address)}")
    if port != 161:
        lines.append(f"    port: {port}")
    lines.append(f"    credential: {_plain(found.credential)}")
    if found.other_addresses:
        others = _("also answers at %(addresses)s") % {"addresses": ", ".join(found.other_addresses)}
        lines.append(f"    # {others}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Quote what YAML would read as something else."""
    is_plain = text.replace("-", "").replace("_", "").replace(".", "").isalnum() and text[0] not in "-_."
    return text if is_plain and not text.isdigit() else '"' + text.replace('"', "") + '"'


def _comment(text: str) -> str:
    return " ".join(text.split())[:80] or "?"


def _describe(discovery: Discovery, named: list[tuple[str, Found]], *, added: bool) -> dict[str, Any]:
    return {
        "proposals": [{**describe_found(found, name), "added": added} for name, found in named],
        "known": [describe_found(found, found.known_as or "") for found in discovery.known],
        "refused": discovery.refused,
        "itself": discovery.is_ourselves,
        "silent": discovery.silent,
    }


def _summarise(discovery: Discovery, *, added: bool) -> None:
    """Say on standard error what the scan came to, so that standard output is YAML only."""
    count = len(discovery.new)
    found = (
        ngettext(
            "%(count)d new device is watched from now on",
            "%(count)d new devices are watched from now on",
            count,
        )
        if added
        else ngettext("%(count)d new device", "%(count)d new devices", count)
    )
    words = {
        "found": found % {"count": count},
        "known": len(discovery.known),
        "refused": len(discovery.refused),
        "silent": discovery.silent,
    }
    complain(
        _(
            "%(found)s; %(known)d known already, %(refused)d answer to none of the credentials, %(silent)d silent"
        )
        % words
    )
    for address in discovery.refused:
        complain(_("  %(address)s is there, but answers to none of the credentials") % {"address": address})
