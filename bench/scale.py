"""Thousands of simulated 48-port switches polled every minute by one daemon, simulator beside it.

    .venv/bin/python bench/scale.py [--devices 2000] [--warm-up 70] [--minutes 3] [--layout probe|metrics]

Prints what was missed, how late polls began, and what the daemon used. The warm-up is not judged: it
reads the details of every interface and fills the database; ten thousand switches take some minutes.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from snmp_engine import cpu_seconds, wait_for

SETTINGS = """\
site_name: bench
control_socket: {folder}/netops.sock
storage: {{url: "sqlite:///{folder}/netops.db", backups: "{folder}/backups"}}
web: {{port: {port}}}
exporter: {{devices_in_metrics: {in_metrics}}}
polling: {{interval: 60s, concurrency: 500, per_site_concurrency: 500, icmp: false}}
logging: {{level: warning}}
"""
PORT = 18_470
SAMPLE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)", re.MULTILINE)


def scrape() -> dict[str, float]:
    """The daemon's own numbers by name and labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics") as answer:
        text = answer.read().decode()
    own = (
        line for line in text.splitlines() if not line.startswith(("netops_interface", "netops_device_", "#"))
    )
    found = SAMPLE.findall("\n".join(own))
    return {f"{name}{{{labels}}}": float(value) for name, labels, value in found}


def resident_mebibytes(pid: int) -> float:
    """Memory of a process now, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def quantile(numbers: dict[str, float], before: dict[str, float], name: str, share: float) -> str:
    """The bucket of a histogram in which a share of the polls since ``before`` lies."""
    total = numbers[f"{name}_count{{}}"] - before.get(f"{name}_count{{}}", 0)
    for key, value in numbers.items():
        match = re.fullmatch(rf'{name}_bucket\{{le="([^"]+)"\}}', key)
        if match and value - before.get(key, 0) >= share * total:
            return f"≤ {match[1]} s"
    return "?"


def run(devices: int, warm_up: int, minutes: int, layout: str, folder: Path) -> None:
    """Start both, wait, and print the table."""
    command = [sys.executable, "-m", "netops", "simulate", "--kind", "switch48", "--devices", str(devices)]
    command += ["--port", "0", "--json", "--devices-file", str(folder / "devices.yaml")]
    command += ["--credentials-file", str(folder / "credentials.yaml")]
    simulator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    daemon = None
    try:
        assert simulator.stdout is not None
        json.loads(simulator.stdout.readline())
        in_metrics = "true" if layout == "metrics" else "false"
        settings = SETTINGS.format(folder=folder, port=PORT, in_metrics=in_metrics)
        (folder / "netops.yaml").write_text(settings + (folder / "credentials.yaml").read_text())
        began = time.monotonic()
        daemon = subprocess.Popen(
            [sys.executable, "-m", "netops", "run", "--config", str(folder / "netops.yaml")],
            stdout=subprocess.DEVNULL,
        )
        wait_for(f"http://127.0.0.1:{PORT}/-/healthy")
        print(f"started in {time.monotonic() - began:.1f} s")
        time.sleep(warm_up)
        before, daemon_before, simulator_before = (
            scrape(),
            cpu_seconds(daemon.pid),
            cpu_seconds(simulator.pid),
        )
        started = time.monotonic()
        peak = 0.0
        while time.monotonic() - started < minutes * 60:
            time.sleep(5)
            peak = max(peak, resident_mebibytes(daemon.pid))
        seconds = time.monotonic() - started
        after = scrape()
        report(devices, seconds, before, after)
        spent = cpu_seconds(daemon.pid) - daemon_before
        print(f"daemon: {spent / seconds:.2f} cores, RSS peak {peak:.0f} MiB")
        print(f"simulator: {(cpu_seconds(simulator.pid) - simulator_before) / seconds:.2f} cores")
        size = sum(path.stat().st_size for path in folder.glob("netops.db*")) / 2**20
        print(f"database and log: {size:.0f} MiB")
    finally:
        for process in (daemon, simulator):
            if process:
                process.terminate()
                process.wait()


def report(devices: int, seconds: float, before: dict[str, float], after: dict[str, float]) -> None:
    """Print what was polled, missed and late since ``before``."""

    def grown(name: str) -> float:
        return sum(value - before.get(key, 0) for key, value in after.items() if key.startswith(name + "{"))

    answered = (
        after['netops_polls_total{result="answered"}'] - before['netops_polls_total{result="answered"}']
    )
    print(f"{devices} switches, {devices * 50} interfaces, {seconds:.0f} s")
    print(
        f"polls: {grown('netops_polls_total'):.0f} ({answered:.0f} answered), due {devices * seconds / 60:.0f}"
    )
    for name in ("netops_poll_overruns_total", "netops_poll_misfires_total", "netops_poll_timeouts_total"):
        print(f"{name}: {grown(name):.0f}")
    for name in ("netops_snmp_retries_total", "netops_writer_rejected_total", "netops_writer_failed_total"):
        print(f"{name}: {grown(name):.0f}")
    for name in ("netops_poll_lag_seconds", "netops_poll_duration_seconds"):
        print(f"{name} p99: {quantile(after, before, name, 0.99)}")
    print(f"writer lag at the end: {after['netops_writer_lag_seconds{}']:.2f} s")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--devices", type=int, default=2000)
    parser.add_argument("--warm-up", type=int, default=70, help="seconds")
    parser.add_argument("--minutes", type=int, default=3)
    parser.add_argument("--layout", choices=("probe", "metrics"), default="metrics")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(options.devices, options.warm_up, options.minutes, options.layout, Path(folder))


if __name__ == "__main__":
    main()
