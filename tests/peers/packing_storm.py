"""Packing that is there to be killed: ``python packing_storm.py``, fed a URL for each round.

A child is forked that writes polls and packs days over and over; it prints ``started PID``, then the instant of
each poll once its commit is acknowledged. A poll's number says what its deltas are.
"""

import os
import sys

from netops.model.history import HistoryKind
from netops.store.engine import open_engine, read, write
from netops.store.history.upkeep import pack_day
from netops.store.history.write import write_history
from peers.history import DAY, DAY0, MINUTE, count_up, poll_at, steps_of


def rage(url: str, device_id: int, first: int) -> None:
    """Write an hour of polls, pack their day, and again, until killed."""
    engine = open_engine(url)
    number = first
    while True:
        for _poll in range(10):
            with write(engine) as connection:
                write_history(
                    connection,
                    device_id,
                    poll_at(DAY0 + number * MINUTE, [count_up(number, 1), count_up(number, 2)]),
                )
            os.write(1, f"{number}\n".encode())
            number += 1
        day = (DAY0 + (number - 1) * MINUTE) // DAY * DAY
        with read(engine) as connection:
            steps = steps_of(pack_day(connection, device_id, HistoryKind.TRAFFIC, day))
        for step in steps:
            with write(engine) as connection:
                step(connection)
        os.write(1, b"packed\n")


def main() -> None:
    for line in sys.stdin:
        url, device_id, first = line.split()
        child = os.fork()
        if child == 0:
            os.write(1, f"started {os.getpid()}\n".encode())
            rage(url, int(device_id), int(first))
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    main()
