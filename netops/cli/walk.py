"""``netops walk HOST OID …``: variables with their MIB names, as they come."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TextIO

import orjson
import typer

from netops.cli.output import EXIT_BAD_USE, EXIT_FAILED, JsonOption, complain, fail, progress_bar, say
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
from netops.i18n import _, ngettext
from netops.model.access import SnmpAccess
from netops.services.look_at_device import session_to
from netops.snmp.diagnosis import diagnose
from netops.snmp.names import Names
from netops.snmp.recording import write_line
from netops.snmp.types import Absent, Oid, SnmpSession, Tag, Varbind

_EVERYTHING = ("1.0", "1.3")
"""LLDP-MIB stands below iso.std (1.0.8802), all else that we know below iso.org (1.3)."""
_TOLD_EVERY = 500


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
    record: Annotated[
        Path | None, typer.Option(help=_("Write a recording instead, for `netops simulate --replay`."))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print every variable below some OIDs, in the device's order; with --json one object a line."""
    names = Names()
    roots = [_parse(names, oid) for oid in oids or _EVERYTHING]
    credential = build_credential(
        community=community, version1=version1, user=user, auth=auth, priv=priv, context=context
    )
    access = build_access(parse_place(host), credential, timeout=timeout, retries=retries, engine=engine)
    if record is None:
        error = asyncio.run(
            _walk(access, roots, _Printer(names, numeric=numeric, as_json=as_json), named=bool(oids))
        )
    else:
        error = _record(access, roots, record, named=bool(oids))
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


class _Recorder:
    """Writes a recording as it comes, so that a device that falls silent half-way leaves a half."""

    def __init__(self, stream: TextIO, tell: Callable[[int, int], None]) -> None:
        self.count = 0
        self._stream = stream
        self._tell = tell

    def __call__(self, varbind: Varbind) -> None:
        self._stream.write(write_line(varbind) + "\n")
        self.count += 1
        if self.count % _TOLD_EVERY == 0:
            self._tell(self.count, 0)


def _record(access: SnmpAccess, roots: Sequence[Oid], path: Path, *, named: bool) -> DeviceError | None:
    """Walk into a file, and say how much stands in it."""
    try:
        with (
            path.open("w", encoding="ascii") as stream,
            progress_bar(_("Recording %(host)s") % {"host": access.host}) as tell,
        ):
            recorder = _Recorder(stream, tell)
            error = asyncio.run(_walk(access, roots, recorder, named=named))
    except OSError as problem:
        fail(
            _("%(path)s cannot be written: %(error)s") % {"path": path, "error": problem.strerror},
            EXIT_BAD_USE,
        )
    say(
        ngettext("%(count)d variable in %(path)s", "%(count)d variables in %(path)s", recorder.count)
        % {"count": recorder.count, "path": path}
    )
    return error


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


async def _walk(
    access: SnmpAccess, roots: Sequence[Oid], take: Callable[[Varbind], None], *, named: bool
) -> DeviceError | None:
    """Walk below each root; ``named`` says that a person asked for them, and is told where nothing is."""
    async with session_to(access, SystemClock()) as (engine, session):
        try:
            for root in roots:
                count = await _walk_one(session, root, take)
                if not count and named:
                    await _read_one(session, root, take)
        except NoAnswer as error:
            return await diagnose(engine, access, error)
        except DeviceError as error:
            return error
    return None


async def _walk_one(session: SnmpSession, root: Oid, take: Callable[[Varbind], None]) -> int:
    count = 0
    async for varbind in session.walk(root):
        take(varbind)
        count += 1
    return count


async def _read_one(session: SnmpSession, oid: Oid, take: Callable[[Varbind], None]) -> None:
    """Read a single variable: it has nothing below it."""
    for varbind in await session.get([oid]):
        if isinstance(varbind.value, Absent):
            complain(_("nothing at %(oid)s") % {"oid": str(oid)})
        else:
            take(varbind)
