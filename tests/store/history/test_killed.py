"""kill -9 while polls are written and days are packed: every acknowledged poll is there, and once."""

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
from netops.store.engine import open_engine, read, write
from netops.store.history.read import read_samples
from peers import packing_storm
from peers.history import DAY, DAY0, MINUTE, count_up, make_switch

ROUNDS = 25
STRIDE = 400


@pytest.fixture
def storms() -> Iterator[subprocess.Popen[str]]:
    roots = [str(Path(schema.__file__).parents[2]), str(Path(packing_storm.__file__).parents[1])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(roots)}
    command = [sys.executable, str(packing_storm.__file__)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, env=environment) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def test_killed_amid_packing_every_acknowledged_poll_is_there_once(url: str, storms: subprocess.Popen[str]):
    assert storms.stdin is not None
    assert storms.stdout is not None
    engine = open_engine(url)
    with write(engine) as connection:
        series = make_switch(connection, ports=2)
    acknowledged: set[int] = set()
    packed = 0
    chance = random.Random(5)
    for round_ in range(ROUNDS):
        storms.stdin.write(f"{url} {series[0].device_id} {round_ * STRIDE}\n")
        storms.stdin.flush()
        child = int(storms.stdout.readline().removeprefix("started "))
        strike_after = chance.randrange(1, 60)
        for line_number, line in enumerate(storms.stdout, 1):
            if line == "ended\n":
                break
            if line == "packed\n":
                packed += 1
            else:
                acknowledged.add(int(line))
            if line_number == strike_after:
                os.kill(child, signal.SIGKILL)
    with read(engine) as connection:
        for port in (1, 2):
            samples, damaged = read_samples(connection, series[port - 1], DAY0, DAY0 + 30 * DAY)
            numbers = ((samples.at - DAY0) // MINUTE).tolist()
            assert damaged == []
            assert acknowledged <= set(numbers)
            assert len(numbers) == len(set(numbers))
            assert samples.values[:, 0].tolist() == [count_up(number, port) for number in numbers]
    assert packed > ROUNDS
    assert schema.check(engine) == []
    engine.dispose()
