"""``netops poll HOST``: the facts of a device that need not be in the inventory."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from netops.cli.facts_tables import print_network
from netops.cli.known import ProfilesOption, load_own_profiles
from netops.cli.output import (
    EXIT_FAILED,
    JsonOption,
    bits_per_second,
    complain,
    duration,
    octets,
    print_json,
    print_table,
    progress_bar,
    say,
)
from netops.cli.target import (
    AuthOption,
    CommunityOption,
    ContextOption,
    EngineOption,
    HostArgument,
    PrivOption,
    RetriesOption,
    TimeoutOption,
    UserOption,
    Version1Option,
    build_access,
    build_credential,
    parse_place,
)
from netops.cli.words import level_word
from netops.clock import SystemClock
from netops.i18n import _
from netops.model.reading import PollResult
from netops.services.facts import describe_poll
from netops.services.look_at_device import look_at_device


def poll(
    host: HostArgument,
    *,
    community: CommunityOption = None,
    version1: Version1Option = False,
    user: UserOption = None,
    auth: AuthOption = None,
    priv: PrivOption = None,
    context: ContextOption = "",
    timeout: TimeoutOption = 2.0,
    retries: RetriesOption = 2,
    engine: EngineOption = "netops",
    ping: Annotated[bool, typer.Option(help=_("Also ping the device."))] = True,
    profiles: ProfilesOption = Path("configs/profiles"),
    as_json: JsonOption = False,
) -> None:
    """Print what a device tells about itself over SNMP."""
    credential = build_credential(
        community=community, version1=version1, user=user, auth=auth, priv=priv, context=context
    )
    access = build_access(parse_place(host), credential, timeout=timeout, retries=retries, engine=engine)
    known = load_own_profiles(profiles)
    work = look_at_device(access, SystemClock(), profiles=known, ping=ping)
    with progress_bar(_("Polling %(host)s") % {"host": host}):
        result = asyncio.run(work)
    show(host, result, as_json=as_json)


def show(name: str, result: PollResult, *, as_json: bool) -> None:
    """Print a poll, and end with 1 when the device, or a subject of it, could not be read."""
    refusal = result.reachability.error
    if refusal:
        result.errors.insert(0, refusal)
    facts = describe_poll(result)
    if as_json:
        print_json(facts)
    elif refusal is None:
        print_facts(facts)
    if refusal:
        words = {"device": name, "error": refusal.error, "ping": _ping_words(result)}
        line = _("%(device)s: %(error)s (%(ping)s)") if words["ping"] else _("%(device)s: %(error)s")
        complain(line % words)
        raise typer.Exit(EXIT_FAILED)
    end_with_errors(name, facts["errors"])


def end_with_errors(name: str, errors: list[dict[str, str]]) -> None:
    """Say in one line what could not be read, and end with 1; nothing when all could."""
    if not errors:
        return
    first = errors[0]
    words = {"device": name, "subject": first["subject"], "error": first["error"]}
    line = _("%(device)s: %(subject)s: %(error)s") % words
    others = list(dict.fromkeys(error["subject"] for error in errors if error["subject"] != first["subject"]))
    if others:
        line += _("; not read either: %(subjects)s") % {"subjects": ", ".join(others)}
    complain(line)
    raise typer.Exit(EXIT_FAILED)


def _ping_words(result: PollResult) -> str:
    words = {
        "yes": _("ping: the host answers"),
        "no": _("ping: no answer either"),
        "unknown": "",
    }
    return words[result.reachability.icmp.value]


def print_facts(facts: dict[str, Any]) -> None:
    """Print the object of the contract for people."""
    device = facts["device"]
    say(f"{device['name'] or '-'}  {device['description'] or ''}".rstrip())
    kind = _join(device["vendor"], device["model"])
    system = _join(device["os"], device["os_version"])
    for label, value in (
        (_("device"), kind),
        (_("software"), system),
        (_("serial number"), device["serial"]),
        (_("profile"), device["profile"]),
        (_("object id"), device["object_id"]),
        (_("location"), device["location"]),
        (_("contact"), device["contact"]),
        (_("up for"), duration(device["uptime_seconds"])),
    ):
        if value:
            say(f"  {label}: {value}")
    _print_interfaces(facts["interfaces"])
    if facts["processors"]:
        rows = [(row["name"], f"{row['load_percent']:.0f} %") for row in facts["processors"]]
        print_table(_("Processors"), (_("Name"), _("Load")), rows, right=(1,))
    for title, key in ((_("Memory"), "memory"), (_("Storage"), "storage")):
        if facts[key]:
            space = [
                (
                    row["name"],
                    octets(row["total_bytes"]),
                    octets(row["used_bytes"]),
                    f"{row['used_percent']:.1f} %",
                )
                for row in facts[key]
            ]
            print_table(title, (_("Name"), _("Size"), _("Used"), _("Share")), space, right=(1, 2, 3))
    if facts["sensors"]:
        heads = (_("Name"), _("Value"), _("Unit"), _("Level"), _("Limits"))
        print_table(_("Sensors"), heads, [_sensor_row(row) for row in facts["sensors"]], right=(1,))
    if facts["supplies"]:
        supplies = [
            (row["name"], row["kind"], _number(row["level_percent"], " %") or row["state"] or "")
            for row in facts["supplies"]
        ]
        print_table(_("Supplies"), (_("Name"), _("Kind"), _("Left")), supplies, right=(2,))
    print_network(facts)


def _join(maker: str | None, name: str | None) -> str:
    """Put maker and name side by side; many a device's name begins with its maker's already."""
    if maker and name and name.casefold().startswith(maker.casefold()):
        return name
    return " ".join(filter(None, (maker, name)))


def _sensor_row(row: dict[str, Any]) -> tuple[str, str, str, str, str]:
    value = row["state"] or _number(row["value"])
    return row["name"], value, row["unit"], level_word(row["level"]), _word_limits(row["limits"])


def _word_limits(limits: dict[str, float | None]) -> str:
    """Write what a value must stay between, the warning before the fault: ``10 ≥ 15 … 30 ≤ 35``."""
    low = " ≥ ".join(filter(None, (_number(limits["low"]), _number(limits["low_warn"]))))
    high = " ≤ ".join(filter(None, (_number(limits["high_warn"]), _number(limits["high"]))))
    return f"{low} … {high}".strip() if low or high else ""


def _number(value: float | None, unit: str = "") -> str:
    return "" if value is None else f"{value:g}{unit}"


def _print_interfaces(interfaces: list[dict[str, Any]]) -> None:
    if not interfaces:
        return
    heads = (_("Interface"), _("Alias"), _("Admin"), _("Oper"), _("Speed"), _("In octets"), _("Out octets"))
    rows = [
        (
            row["key"],
            row["alias"],
            row["admin_status"],
            row["oper_status"],
            bits_per_second(row["speed_bps"]),
            row["counters"].get("in_octets"),
            row["counters"].get("out_octets"),
        )
        for row in interfaces
    ]
    print_table(_("Interfaces"), heads, rows, right=(4, 5, 6))
