"""kill -9 amid a storm of writes: what was acknowledged is there, and the database is sound."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from netops.store import schema
from netops.store.engine import open_engine
from peers import rows, storm

ROUNDS = 20


@pytest.fixture
def storms() -> Iterator[subprocess.Popen[str]]:
    roots = [str(Path(schema.__file__).parents[2]), str(Path(storm.__file__).parents[1])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(roots)}
    command = [sys.executable, str(storm.__file__)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, env=environment) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def test_killed_amid_writes_every_acknowledged_row_is_there(url: str, storms: subprocess.Popen[str]):
    assert storms.stdin is not None
    assert storms.stdout is not None
    acknowledged: set[int] = set()
    chance = random.Random(9)
    for round_ in range(ROUNDS):
        storms.stdin.write(f"{url} {round_ * 1_000_000}\n")
        storms.stdin.flush()
        child = int(storms.stdout.readline().removeprefix("started "))
        strike_after = chance.randrange(1, 200)
        for count, line in enumerate(storms.stdout, 1):
            if line == "ended\n":
                break
            acknowledged.add(int(line))
            if count == strike_after:
                os.kill(child, signal.SIGKILL)
        engine = open_engine(url)
        missing = acknowledged - set(rows.stored_numbers(engine))
        assert not missing
        assert schema.check(engine) == []
        engine.dispose()
    assert len(acknowledged) > ROUNDS
