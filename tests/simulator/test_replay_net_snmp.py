"""Net-snmp walks recordings that our agent answers from, and finds what the files hold."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netops.errors import MalformedReply
from netops.simulator.replay import Replay, collect
from netops.snmp import codec
from netops.snmp.recording import load_recording
from netops.snmp.types import Oid
from peers.snmpd import as_printed, parse_walk

pytestmark = pytest.mark.peer("snmpbulkwalk")

CORPUS = os.environ.get("NETOPS_CORPUS", "")
SYNTHETIC = """\
1.0.8802.1.1.2.1.3.2.0|4x|001122334455
1.3.6.1.2.1.1.1.0|4|Room sensor \xfc
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.1
1.3.6.1.2.1.1.3.0|67|4294967295
1.3.6.1.2.1.2.2.1.10.1|65|4294967295
1.3.6.1.2.1.4.20.1.1.10.0.0.1|64|10.0.0.1
1.3.6.1.4.1.32473.1.1.0|2|-2147483648
1.3.6.1.4.1.32473.1.2.0|4|
1.3.6.1.4.1.32473.1.3.0|70|18446744073709551615
1.3.6.1.4.1.32473.1.4.0|68x|9f780442280000
1.3.6.1.4.1.32473.1.5.4294967295|66|4294967295
"""
_AT_ONCE = 4


async def bulk_walk(port: int, community: str) -> dict[Oid, tuple[str, str]]:
    process = await asyncio.create_subprocess_exec(
        "snmpbulkwalk",
        *["-m", "", "-OnxtUe", "-v2c", "-c", community, "-t", "5", "-r", "1", "-Cr40"],
        f"udp:127.0.0.1:{port}",
        ".1",
        env={**os.environ, "MIBS": "", "LC_ALL": "C", "SNMPCONFPATH": "/nonexistent"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _nothing = await process.communicate()
    assert process.returncode == 0, output[-400:]
    return parse_walk(output.decode(errors="surrogateescape"))


def expected_of(path: Path) -> Iterator[tuple[Oid, str | None]]:
    """Give what a walk should print for each variable of a file; None where the value is none of its type."""
    for arcs, (tag, content) in load_recording(path).variables.items():
        try:
            value = codec.decode_value(tag, content)
        except MalformedReply:
            yield Oid.of(*arcs), None
        else:
            yield Oid.of(*arcs), "NULL" if value is None else " ".join(as_printed(value).split())


async def differences(replay: Replay, name: str) -> list[str]:
    """Walk one recording; say where net-snmp saw anything else than stands in the file."""
    printed = await bulk_walk(replay.port, name)
    expected = dict(expected_of(replay.shelf.files[name]))
    found = [f"{name}: {oid} on one side only" for oid in printed.keys() ^ expected.keys()]
    found += [
        f"{name}: {oid} is {text}, printed as {printed[oid][1]}"
        for oid, text in expected.items()
        if oid in printed and text not in {None, printed[oid][1]}
    ]
    if list(printed) != sorted(printed, key=lambda oid: oid.arcs):
        found.append(f"{name}: out of order")
    return found


async def compare(replay: Replay, names: list[str]) -> list[str]:
    await replay.start()
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> list[str]:
        async with places:
            return await differences(replay, name)

    try:
        return [line for lines in await asyncio.gather(*map(one, names)) for line in lines][:20]
    finally:
        await replay.stop()


async def test_every_type_of_a_synthetic_recording_reads_as_it_stands(tmp_path):
    (tmp_path / "room.snmprec").write_text(SYNTHETIC, encoding="latin-1")
    assert await compare(Replay([tmp_path], port=0), ["room"]) == []


@pytest.mark.skipif(not CORPUS, reason="NETOPS_CORPUS names no folder of recordings")
async def test_recordings_of_real_devices_read_as_they_stand():
    folder = Path(CORPUS, "snmprec")
    files = collect([folder, folder / "snmpsim-data"])
    small = [name for name, file in files.items() if file.stat().st_size < 60_000 and file.suffix != ".bz2"]
    assert len(small) > 30
    assert await compare(Replay([folder, folder / "snmpsim-data"], port=0), small) == []
