"""``netops walk --record``: what it writes answers again as the device did."""

import asyncio
import json
import re
from pathlib import Path

import pytest
import typer

from netops.cli.app import app
from netops.simulator.replay import Replay
from netops.snmp.recording import load_recording

DEVICE = """\
1.0.8802.1.1.2.1.3.2.0|4x|001122334455
1.3.6.1.2.1.1.1.0|4|Room sensor
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.1
1.3.6.1.2.1.1.3.0|67|4294967295
1.3.6.1.2.1.1.5.0|4x|b9fa
1.3.6.1.2.1.4.20.1.1.10.0.0.1|64|10.0.0.1
1.3.6.1.4.1.32473.1.3.0|70|18446744073709551615
"""


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "room.snmprec"
    path.write_text(DEVICE)
    return path


async def walk(device: Path, *words: str) -> int:
    """Run the command beside the agent; give its exit code."""
    replay = Replay([device], port=0)
    await replay.start()
    command = ["walk", f"127.0.0.1:{replay.port}", "-c", "room", "--timeout", "5", *words]

    def run() -> int:
        try:
            return int(app(command, prog_name="netops", standalone_mode=False) or 0)
        except typer.Exit as ended:
            return ended.exit_code

    try:
        return await asyncio.to_thread(run)
    finally:
        await replay.stop()


async def test_a_recorded_device_is_recorded_as_it_was(device, tmp_path, capsys):
    copy = tmp_path / "copy.snmprec"
    assert await walk(device, "--record", str(copy)) == 0
    assert load_recording(copy) == load_recording(device)
    assert capsys.readouterr().out == f"7 variables in {copy}\n"


async def test_only_what_was_asked_for_is_recorded(device, tmp_path, capsys):
    copy = tmp_path / "copy.snmprec"
    assert await walk(device, "1.3.6.1.2.1.1", "1.3.6.1.4.1.32473.1.3.0", "--record", str(copy)) == 0
    assert [line.split("|")[0] for line in copy.read_text().splitlines()] == [
        "1.3.6.1.2.1.1.1.0",
        "1.3.6.1.2.1.1.2.0",
        "1.3.6.1.2.1.1.3.0",
        "1.3.6.1.2.1.1.5.0",
        "1.3.6.1.4.1.32473.1.3.0",
    ]


async def test_json_can_be_replayed_too(device, tmp_path, capsys):
    assert await walk(device, "--json") == 0
    lines = capsys.readouterr().out
    assert json.loads(lines.splitlines()[0])["oid"] == "1.0.8802.1.1.2.1.3.2.0"
    again = tmp_path / "again.jsonl"
    again.write_text(lines)
    assert load_recording(again) == load_recording(device)


async def test_a_file_that_cannot_be_written_is_bad_use(device, tmp_path, capsys):
    assert await walk(device, "--record", str(tmp_path / "absent" / "copy.snmprec")) == 2
    assert re.search(r"copy.snmprec cannot be written: No such file", capsys.readouterr().err)


async def test_a_silent_device_is_an_error_and_leaves_an_empty_recording(device, tmp_path, capsys):
    copy = tmp_path / "copy.snmprec"
    words = ("-c", "nobody", "--timeout", "0.1", "--retries", "0")
    assert await walk(device, *words, "--record", str(copy)) == 1
    told = capsys.readouterr()
    assert told.out == f"0 variables in {copy}\n"
    assert "127.0.0.1" in told.err
