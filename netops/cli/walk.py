"""``netops walk HOST OID …``: variables with their MIB names, as they come."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer

from netops.cli.output import EXIT_BAD_USE, EXIT_FAILED, JsonOption, complain, say
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
from netops.clock import SystemClock
from netops.errors import DeviceError, NoAnswer
from netops.i18n import _
from netops.model.access import SnmpAccess
from netops.services.look_at_device import session_to
from netops.snmp.diagnosis import diagnose
from netops.snmp.names import Names
from netops.snmp.types import Absent, Oid, SnmpSession, Tag, Varbind


def walk(
    host: HostArgument,
    oids: Annotated[
        list[str] | None,
        typer.Argument(metavar="OID …", help=_("Numbers or names, e.g. IF-MIB::ifTable; default: all.")),
    ] = None,
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
    numeric: Annotated[bool, typer.Option("--numeric", "-n", help=_("Print OIDs as numbers."))] = False,
    as_json: JsonOption = False,
) -> None:
    """Print every variable below some OIDs, in the device's order; with --json one object a line."""
    names = Names()
    roots = [_parse(names, oid) for oid in oids or ["1.3.6.1"]]
    credential = build_credential(
        community=community, version1=version1, user=user, auth=auth, priv=priv, context=context
    )
    access = build_access(parse_place(host), credential, timeout=timeout, retries=retries, engine=engine)
    printer = _Printer(names, numeric=numeric, as_json=as_json)
    error = asyncio.run(_walk(access, roots, printer))
    if error:
        complain(f"{host}: {error}")
        raise typer.Exit(EXIT_FAILED)


def _parse(names: Names, text: str) -> Oid:
    try:
        return names.oid(text)
    except LookupError as error:
        complain(str(error.args[0]))
        raise typer.Exit(EXIT_BAD_USE) from None
    except ValueError:
        complain(_("%(text)s is no object identifier") % {"text": text})
        raise typer.Exit(EXIT_BAD_USE) from None


class _Printer:
    def __init__(self, names: Names, *, numeric: bool, as_json: bool) -> None:
        self._names = names
        self._numeric = numeric
        self._as_json = as_json

    def __call__(self, varbind: Varbind) -> None:
        if self._as_json:
            sys.stdout.write(orjson.dumps(self._describe(varbind)).decode() + "\n")
            return
        label = str(varbind.oid) if self._numeric else self._names.symbol(varbind.oid)
        say(f"{label} = {self._names.display(varbind)}")

    def _describe(self, varbind: Varbind) -> dict[str, Any]:
        value = varbind.value
        if isinstance(value, bytes) and not isinstance(value, Oid):
            plain: Any = value.hex()
        elif isinstance(value, Absent):
            plain = None
        elif isinstance(value, int | float) or value is None:
            plain = value
        else:
            plain = str(value)
        return {
            "oid": str(varbind.oid),
            "name": self._names.symbol(varbind.oid),
            "type": Tag(varbind.tag).name.lower(),
            "value": plain,
            "text": self._names.display(varbind),
        }


async def _walk(access: SnmpAccess, roots: Sequence[Oid], printer: _Printer) -> DeviceError | None:
    async with session_to(access, SystemClock()) as (engine, session):
        try:
            for root in roots:
                await _walk_one(session, root, printer)
        except NoAnswer as error:
            return await diagnose(engine, access, error)
        except DeviceError as error:
            return error
    return None


async def _walk_one(session: SnmpSession, root: Oid, printer: _Printer) -> None:
    count = 0
    async for varbind in session.walk(root):
        printer(varbind)
        count += 1
    if not count:  # a single variable has nothing below it
        for varbind in await session.get([root]):
            if isinstance(varbind.value, Absent):
                complain(_("nothing at %(oid)s") % {"oid": str(root)})
            else:
                printer(varbind)
