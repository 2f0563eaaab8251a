"""A writer that is there to be killed: ``python storm.py``, fed one line for each storm.

A line is ``URL FIRST``: a child is forked that writes the numbers from FIRST on, as fast as it can, half of them
waited for. It prints ``started PID``, then each number once its commit is acknowledged. Forking saves the imports.
"""

import asyncio
import itertools
import os
import sys

from netops.clock import SystemClock
from netops.store.engine import open_engine
from netops.store.writer import Pace, Writer
from peers.rows import AppendEvent


async def rage(url: str, first: int) -> None:
    """Write until killed."""
    writer = Writer(open_engine(url), clock=SystemClock(), pace=Pace(batch_writes=20))
    await writer.start()
    numbers = itertools.count(first)

    async def ask() -> None:
        while True:
            writer.submit(AppendEvent(next(numbers)))
            number = next(numbers)
            await writer.submit_and_wait(AppendEvent(number))
            os.write(1, f"{number}\n".encode())

    await asyncio.gather(*(ask() for _ in range(8)))


def main() -> None:
    for line in sys.stdin:
        url, first = line.split()
        child = os.fork()
        if child == 0:
            os.write(1, f"started {os.getpid()}\n".encode())
            asyncio.run(rage(url, int(first)))
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    main()
