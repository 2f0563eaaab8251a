"""The road of an alert to people: how soon it is told, a storm of thousands, and a daemon killed again and again.

Starts a simulated network, a daemon, and receivers of webhooks that remember every message they took.
`python bench/alert_road.py latency|storm|kill [--alerts 5000] [--kills 100] [--seed 1]`
"""

import argparse
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

PORT = 18471
URL = f"http://127.0.0.1:{PORT}"
SETTINGS = """\
site_name: bench
control_socket: {folder}/netops.sock
storage: {{url: "sqlite:///{folder}/netops.db", backups: {folder}/backups}}
web: {{host: 127.0.0.1, port: {port}, url: "http://netops.example.net", link_key_file: {folder}/link.key}}
polling: {{interval: {interval}, unreachable_interval: {interval}, periods: {{interfaces: {interval}}}}}
backup: {{enabled: false, folder: {folder}/archive, key_file: {folder}/backup.key}}
alerting:
  rule_files: [{folder}/rules.yaml]
  alertmanager: {{receive: true}}
logging: {{level: warning}}
"""
RULES = """\
groups:
- name: bench
  rules:
  - alert: LinkDown
    expr: netops_interface_up{interface="Gi1/0/3"} == 0
    labels: {severity: critical}
    annotations: {summary: "{{ $labels.device }} {{ $labels.interface }} is down"}
"""
ONCALL = """\
channels:
  one: {{type: webhook, url: "{one}", timeout: 3s, most_per_minute: 10000}}
  two: {{type: webhook, url: "{two}", timeout: 3s, most_per_minute: 10000}}
people:
  ann: {{name: Ann, contacts: [{{channel: one, address: ann}}]}}
  bob: {{name: Bob, contacts: [{{channel: two, address: bob}}]}}
policies:
  all: {{steps: [{{notify: [person:ann, person:bob], wait: 1h}}]}}
routes:
  - {{policy: all, group_interval: {group_interval}}}
"""


class Catcher:
    """Takes messages, remembers what it answered 200, and now and then refuses, dawdles or hangs up."""

    def __init__(self, badness: float = 0.0, seed: int = 1) -> None:
        self.arrivals: list[tuple[float, dict[str, Any]]] = []
        self.badness = badness
        rng, lock, catcher = random.Random(seed), threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with lock:
                    fate = rng.random()
                if fate < catcher.badness:
                    self.close_connection = True
                    if fate < catcher.badness / 3:
                        self.send_error(503)
                    elif fate < catcher.badness * 2 / 3:
                        time.sleep(3.5)  # longer than the channel waits
                    return
                with lock:
                    catcher.arrivals.append((time.time(), message))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def told(self) -> Counter[tuple[str, str]]:
        """Count how often each alert was told to fire and to be over."""
        found: Counter[tuple[str, str]] = Counter()
        for _at, message in list(self.arrivals):
            for alert in message["alerts"]:
                is_over = alert["resolved_at"] is not None
                subject = alert["labels"].get("subject", "")
                found[subject, "over" if is_over else "fires"] += 1
                if is_over and alert["fired_at"]:
                    # What ended before its beginning could be told is told with both instants, in one message.
                    found[subject, "both"] += 1
        return found


class Daemon:
    """netops in a folder; may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, waits: bool = True) -> None:
        command = [sys.executable, "-m", "netops", "run", "--config", str(self.folder / "netops.yaml")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        if waits:
            wait_for(is_healthy, "the daemon")

    def end(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None


def is_healthy() -> bool:
    try:
        return httpx.get(f"{URL}/-/ready", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def wait_for(ask: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f"waited {seconds:.0f} s in vain for {what}")


@contextmanager
def prepare(
    catchers: tuple[Catcher, Catcher], interval: str = "1h", group_interval: str = "1s", kind: str = "mixed"
) -> Iterator[tuple[Daemon, Callable[[str], None]]]:
    """Start a simulated network, and make what a daemon beside it needs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "netops", "simulate", "--kind", kind, "--port", "0", "--json"]
        command += ["--control", "--devices-file", str(folder / "devices.yaml")]
        command += ["--credentials-file", str(folder / "credentials.yaml")]
        simulator = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        daemon = Daemon(folder)
        assert simulator.stdin is not None
        assert simulator.stdout is not None
        simulator.stdout.readline()
        settings = SETTINGS.format(folder=folder, port=PORT, interval=interval)
        (folder / "netops.yaml").write_text(settings + (folder / "credentials.yaml").read_text())
        (folder / "rules.yaml").write_text(RULES)
        one, two = catchers
        oncall = ONCALL.format(one=one.url, two=two.url, group_interval=group_interval)
        (folder / "oncall.yaml").write_text(oncall)

        def control(line: str) -> None:
            assert simulator.stdin is not None
            simulator.stdin.write(line + "\n")
            simulator.stdin.flush()

        try:
            yield daemon, control
        finally:
            daemon.end()
            simulator.terminate()
            simulator.wait()


def post(alerts: list[dict[str, Any]]) -> bool:
    """Play a Prometheus: post alerts; only what was answered with 200 counts as accepted."""
    try:
        return httpx.post(f"{URL}/api/v2/alerts", json=alerts, timeout=20).status_code == 200
    except httpx.HTTPError:
        return False


def word(subject: str, *, over: bool = False) -> dict[str, Any]:
    labels = {"alertname": "Storm", "subject": subject, "severity": "major", "site": "bench"}
    alert: dict[str, Any] = {"labels": labels, "annotations": {"summary": f"{subject} is wrong"}}
    if over:
        alert["endsAt"] = datetime.now(UTC).isoformat()
    return alert


# --- how soon


def measure_latency(rounds: int) -> None:
    """From the end of the poll that sees a link down to the message that tells of it."""
    catchers = Catcher(), Catcher()
    with prepare(catchers, interval="1s") as (daemon, control):
        daemon.start()
        wait_for(lambda: "netops_interface_up{" in httpx.get(f"{URL}/metrics").text, "the first polls")
        time.sleep(20)
        spans = []
        for number in range(rounds):
            control("fault access-1 link-down Gi1/0/3")
            wait_for(lambda number=number: len(catchers[0].arrivals) > 2 * number, "the message")
            at, _message = catchers[0].arrivals[-1]
            spans.append(at - find_change(daemon.folder))
            control("fault access-1 link-up Gi1/0/3")
            wait_for(lambda number=number: len(catchers[0].arrivals) > 2 * number + 1, "the end of it")
            time.sleep(2)
        print(f"poll that sees a change to first message: median {statistics.median(spans):.2f} s, ", end="")
        print(f"worst {max(spans):.2f} s of {rounds} (bar: 2 s)")


def find_change(folder: Path) -> float:
    """Give when the poll was that saw the link go down for the so-many-th time."""
    command = [sys.executable, "-m", "netops", "device", "show", "access-1", "--json"]
    command += ["--config", str(folder / "netops.yaml")]
    facts = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    downs = [
        event
        for event in facts["events"]
        if event["kind"] == "interface_changed" and "down" in event["text"] and "Gi1/0/3" in event["text"]
    ]
    downs.sort(key=lambda event: event["at"])
    return datetime.fromisoformat(downs[-1]["at"]).timestamp()


# --- thousands at once


def measure_storm(count: int) -> None:
    """So many alerts in one second: what each person gets, and how the daemon answers meanwhile."""
    catchers = Catcher(), Catcher()
    with prepare(catchers, group_interval="1m") as (daemon, _control):
        daemon.start()
        time.sleep(5)
        answers: list[float] = []
        stopping = threading.Event()

        def ask() -> None:
            while not stopping.is_set():
                began = time.monotonic()
                httpx.get(f"{URL}/-/healthy", timeout=60)
                answers.append(time.monotonic() - began)
                time.sleep(0.02)

        asking = threading.Thread(target=ask)
        asking.start()
        began = time.time()
        for start in range(0, count, 500):
            assert post([word(f"s{number}") for number in range(start, min(start + 500, count))])
        posted = time.time() - began
        wait_for(lambda: count_told(catchers, "fires") >= 2 * count, "all told", 300)
        told = time.time() - began
        first = min(at for catcher in catchers for at, _message in catcher.arrivals) - began
        firing = [len(catcher.arrivals) for catcher in catchers]
        began = time.time()
        for start in range(0, count, 500):
            assert post([word(f"s{number}", over=True) for number in range(start, min(start + 500, count))])
        wait_for(lambda: count_told(catchers, "over") >= 2 * count, "the end of all told", 300)
        over = time.time() - began
        stopping.set()
        asking.join()
        messages = [len(catcher.arrivals) for catcher in catchers]
        print(f"{count} alerts posted within {posted:.1f} s; first message after {first:.1f} s")
        print(f"all told as firing after {told:.1f} s, as over after {over:.1f} s")
        print(f"messages to each person: firing {firing}, in all {messages} (bar: 10)")
        worst, usual = max(answers), statistics.quantiles(answers, n=100)[98]
        print(f"/-/healthy meanwhile: p99 {usual * 1000:.0f} ms, worst {worst * 1000:.0f} ms")


def count_told(catchers: tuple[Catcher, Catcher], state: str) -> int:
    return sum(len({subject for (subject, kind) in catcher.told() if kind == state}) for catcher in catchers)


# --- killed again and again


def measure_kills(count: int, kills: int, seed: int) -> None:
    """A storm with receivers that fail, and a daemon that is killed at random moments: what was told in the end."""
    rng = random.Random(seed)
    catchers = Catcher(0.1, seed), Catcher(0.1, seed + 1)
    with prepare(catchers) as (daemon, _control):
        daemon.start()
        accepted, over = set[int](), set[int]()
        for _kill in range(kills):
            time.sleep(1.5)  # two ticks of the rules
            seen = set(accepted)
            for _batch in range(rng.randint(1, 3)):
                fresh = [number for number in rng.sample(range(count), 10) if number not in accepted]
                # Only what a daemon has seen fire: what begins and ends between two evaluations is no alert to anybody.
                ending = [number for number in rng.sample(range(count), 10) if number in seen - over]
                if fresh and post([word(f"s{number}") for number in fresh]):
                    accepted.update(fresh)
                if ending and post([word(f"s{number}", over=True) for number in ending]):
                    over.update(ending)
            time.sleep(rng.random() * 1.5)
            daemon.end()
            daemon.start(waits=rng.random() < 0.9)
            wait_for(is_healthy, "the daemon")
        time.sleep(3)
        rest = sorted(accepted - over)
        for start in range(0, len(rest), 100):
            wait_for(
                lambda start=start: post(
                    [word(f"s{number}", over=True) for number in rest[start : start + 100]]
                ),
                "the last ends",
            )
        for catcher in catchers:
            catcher.badness = 0.0

        wait_for(lambda: is_complete(catchers, accepted), "everything told", 900)
        alone = [count_alone(catcher, accepted) for catcher in catchers]
        copies = sum(
            times - 1
            for catcher in catchers
            for times in Counter(message["id"] for _at, message in catcher.arrivals).values()
        )
        metrics = httpx.get(f"{URL}/metrics").text
        taken = sum(len(catcher.arrivals) for catcher in catchers)
        log = (daemon.folder / "log").read_text()
        print(
            f"{kills} kills, {len(accepted)} alerts accepted, 2 people: every firing and every end was told"
        )
        print(f"{alone} of them ended before their beginning could be told; one message tells each of both")
        print(
            f"{taken} messages taken, {copies} of them a second copy of one whose answer was lost in a kill"
        )
        print(f"tracebacks in the log: {log.count('Traceback')}")
        for line in metrics.splitlines():
            if line.startswith(("netops_outbox", "netops_notices")):
                print(line)


def is_complete(catchers: tuple[Catcher, Catcher], accepted: set[int]) -> bool:
    for catcher in catchers:
        told = catcher.told()
        if not all(
            told[f"s{number}", "over"] and (told[f"s{number}", "fires"] or told[f"s{number}", "both"])
            for number in accepted
        ):
            return False
    return True


def count_alone(catcher: Catcher, accepted: set[int]) -> int:
    told = catcher.told()
    return sum(not told[f"s{number}", "fires"] for number in accepted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("latency", "storm", "kill"))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--alerts", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.what == "latency":
        measure_latency(options.rounds)
    elif options.what == "storm":
        measure_storm(options.alerts)
    else:
        measure_kills(options.alerts, options.kills, options.seed)


if __name__ == "__main__":
    main()
