"""The whole road of a counter: a real snmpd, our daemon, a real Prometheus, and ``rate()`` at its end."""

import sys
import time
from pathlib import Path

import pytest

from acceptance.running import Daemon, write_settings
from peers.prometheus import Prometheus
from peers.snmpd import COMMUNITY, Snmpd

SLOPE = 12_500_000.0
"""Octets a second: 100 Mbit/s."""

# Answers snmpd for ifHCInOctets (pass_persist, snmpd.conf(5)): one interface whose counter is a straight line.
COUNTER = """\
import sys, time
column = ".1.3.6.1.2.1.31.1.1.1.6"
while line := sys.stdin.readline():
    command = line.strip()
    if command == "PING":
        print("PONG", flush=True)
        continue
    oid = sys.stdin.readline().strip()
    first = column + ".1"
    if (command == "get" and oid == first) or (command == "getnext" and oid == column):
        print(first, "counter64", int(time.time() * {slope}), sep="\\n", flush=True)
    else:
        print("NONE", flush=True)
"""


@pytest.mark.peer("snmpd", "prometheus")
def test_rate_of_a_known_slope_comes_back_exact_to_a_thousandth(tmp_path: Path) -> None:
    """The poll's own timestamp on each counter makes it so, however unevenly polls and scrapes fall."""
    script = tmp_path / "counter.py"
    script.write_text(COUNTER.format(slope=SLOPE))
    line = f"pass_persist -p 1 .1.3.6.1.2.1.31.1.1.1.6 {sys.executable} {script}"
    with Snmpd(tmp_path / "snmpd", extra=[line]) as agent:
        home = tmp_path / "netops"
        home.mkdir()
        write_settings(
            home,
            credentials=f"credentials:\n  peer: {{version: 2c, community: {COMMUNITY}}}\n",
            devices=f"devices:\n- name: agent\n  address: 127.0.0.1\n  port: {agent.port}\n"
            "  credential: peer\n  interval: 1s\n",
        )
        with Daemon(home) as daemon:
            place = daemon.url.removeprefix("http://")
            configuration = (
                "global: {scrape_interval: 700ms, scrape_timeout: 500ms}\n"
                "scrape_configs:\n- job_name: netops\n  static_configs:\n"
                f'  - targets: ["{place}"]\n'
            )
            with Prometheus(tmp_path / "prometheus", configuration) as prometheus:
                series = 'netops_interface_in_bytes_total{device="agent",interface="lo"}'
                samples = f"count_over_time({series}[20s])"
                prometheus.wait_for(
                    lambda: next(iter(prometheus.query(samples).values()), 0) >= 15,
                    "fifteen polls of the counter",
                    tries=500,
                )
                # The newest sample lies a little before now; a range that ends with it is whole.
                (rate,) = prometheus.query(f"rate({series}[10s])", at=time.time() - 1).values()
                assert rate == pytest.approx(SLOPE, rel=1e-3)
                assert prometheus.complaints() == []
