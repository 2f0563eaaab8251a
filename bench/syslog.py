"""What syslog costs: a message read, signs of changes looked for in it, and messages a second through the receiver.

Run as ``python bench/syslog.py [--messages N]``.
"""

import argparse
import asyncio
import time

from netops.clock import SystemClock
from netops.model.syslog import SyslogMessage
from netops.syslog.change_signs import load_change_signs
from netops.syslog.parser import parse
from netops.syslog.receiver import Listen, SyslogReceiver

LINES = (
    b"<189>45: *Mar  1 18:46:11.123 UTC: %LINEPROTO-5-UPDOWN: Line protocol on Interface Gi0/1, changed state to up",
    b"<190>Sep 14 16:23:30 2026 SW2 %%10SHELL/6/SHELL_CMD: -Line=vty0-IPAddr=10.0.0.1-User=b; Command is display version",
    b'<30>1 2026-11-24T10:00:00.003Z r1 mgd 4410 UI_LOGIN [junos@2636.1.1.1.2.18 username="root"] login',
    "<188>Sep 15 2026 21:12:20 HSW1 %%01IFNET/4/IF_STATE(l)[120]:接口 GE0/0/1 状态变为 DOWN".encode("gbk"),
)


def bench_reading(count: int) -> None:
    signs, clock = load_change_signs(None, []), SystemClock()
    now = clock.now()
    began = time.perf_counter()
    for number in range(count):
        parse(LINES[number % 4], received_at=now, source_address="192.0.2.1", transport="udp")
    print(f"a message read: {(time.perf_counter() - began) / count * 1e6:.0f} µs")
    read = [parse(line, received_at=now, source_address="192.0.2.1", transport="udp") for line in LINES]
    for platform, words in (("cisco_ios", "of a platform's signs"), (None, "of all signs")):
        began = time.perf_counter()
        for number in range(count):
            signs.recognise(read[number % 4].line, platform)
        print(f"a look {words}: {(time.perf_counter() - began) / count * 1e6:.0f} µs")


async def bench_stream(count: int) -> None:
    done, got = asyncio.Event(), 0

    def take(_message: SyslogMessage) -> None:
        nonlocal got
        got += 1
        if got == count:
            done.set()

    receiver = SyslogReceiver(Listen(tcp=[("127.0.0.1", 0)]), take, SystemClock())
    await receiver.start()
    _reader, writer = await asyncio.open_connection("127.0.0.1", receiver.addresses[0][2])
    block = b"".join(LINES[number % 4] + b"\n" for number in range(1000))
    began = time.perf_counter()
    for _number in range(count // 1000):
        writer.write(block)
        await writer.drain()
    await done.wait()
    print(
        f"{count} messages over TCP: {count / (time.perf_counter() - began):,.0f} a second, sender included"
    )
    writer.close()
    await receiver.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    count = parser.parse_args().messages
    bench_reading(count)
    asyncio.run(bench_stream(count))


if __name__ == "__main__":
    main()
