"""Every query of every dashboard, asked of a real Prometheus that reads the daemon on the simulated network.

Thirty days lie behind it, back-filled with promtool. No Grafana runs here: queries are tested, pictures are not.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance.running import Daemon, Simulator, wait_until, write_settings
from collectors.test_ping import needs_icmp
from dashboards.boards import PLAUSIBLE, Query, fill_in, load_boards, queries_of, variables_of, word_choice
from dashboards.past import Page, make_blocks, word_past
from peers.prometheus import Prometheus

ROOT = Path(__file__).parents[2]
BOARDS = load_boards()
RULES = """\
groups:
- name: g
  rules:
  - {alert: DeviceUnreachable, expr: netops_device_up == 0, labels: {severity: critical}}
"""
SETTINGS = """\
alerting: {rule_files: [rules.yaml], interval: 1s}
history: {remote_write: {url: "http://127.0.0.1:9/api/v1/write", queue: queue, timeout: 1s}}
"""

MAY_BE_EMPTY = {
    "netops-fleet: Alerts that fire": "silence",
    "netops-fleet: Devices that did not answer in full": "silence",
    "netops-itself: Alerts": "silence",
    "netops-device: What could not be read": "silence",
    "netops-interface: Flapping": "link-down and link-up",
    "netops-environment: Sensors past a limit": "on-battery",
}
"""Panels that tell of trouble, and the fault of the simulator that fills each."""
FAULTS = (
    "fault access-4 silence",
    "fault ups-1 on-battery",
    "fault core-1 link-down Te0/0/1",
    "reboot sensor-1 1",
)
SIGNS = (
    'netops_alerts_firing{device="access-4"}',
    'netops_device_poll_failed{device="access-4"}',
    'netops_sensor_level{device="ups-1"} > 0',
    'changes(netops_interface_up{device="core-1"}[5m]) > 0',
    'netops_device_uptime_seconds{device="sensor-1"} < 300',
)
"""By which Prometheus knows of them."""
WIDER = {
    "netops-capacity: Of the commitment": (0, 5),
    "netops-capacity: Bills D": (0, 5),
    "netops-capacity: Forecast B": (-1, 1),
    "netops-capacity: Forecast C": (0, 2),
    "netops-fleet: Slowest answers A": (0, 5),
}
"""What is no share of a whole, though its unit is one."""
ANNOTATED_BY = {
    "Alerts": "silence",
    "Reboots": "reboot",
    "Configuration changes": "a change that is back-filled",
}


@dataclass
class World:
    """What the queries are asked of."""

    prometheus: Prometheus
    network: Simulator
    client: httpx.Client
    """One for all questions: making one takes longer than most answers."""

    def ask(self, path: str, **parameters: object) -> Any:
        answer = self.client.get(f"/api/v1/{path}", params=parameters)
        told = answer.json()
        assert told["status"] == "success", f"{parameters}: {told}"
        return told["data"]

    def choices(self, board: dict[str, Any]) -> dict[str, str]:
        """Fill in the variables as Grafana does when a dashboard opens with All."""
        values: dict[str, str] = {"datasource": "netops"}
        for name, variable in variables_of(board).items():
            if variable["type"] == "textbox":
                values[name] = variable["query"]
            elif variable["type"] == "query":
                found = self.offered(fill_in(variable["query"]["query"], values))
                assert found, f"{board['uid']}: nothing to choose from for {name}"
                values[name] = variable.get("allValue") or word_choice(found)
        return values

    def offered(self, query: str) -> list[str]:
        """Answer ``label_values(selector, label)``."""
        selector, _, label = query.removeprefix("label_values(").removesuffix(")").rpartition(", ")
        now = time.time()
        found = self.ask(f"label/{label}/values", **{"match[]": selector, "start": now - 600, "end": now})
        return [value for value in found if value]

    def answer(self, query: Query, values: dict[str, str]) -> list[float]:
        """Give every value of an answer, of all series and steps."""
        expr = fill_in(query.expr, values, span=query.span_seconds, step=query.step_seconds)
        end = time.time()
        if query.is_instant:
            return [float(series["value"][1]) for series in self.ask("query", query=expr, time=end)["result"]]
        start = end - query.span_seconds // query.step_seconds * query.step_seconds
        told = self.ask("query_range", query=expr, start=start, end=end, step=query.step_seconds)
        return [float(value) for series in told["result"] for _at, value in series["values"]]

    def empty_ones(self) -> set[str]:
        """Give the queries without an answer, and hold every answer against what its unit allows."""
        empty = set()
        for board in BOARDS:
            values = self.choices(board)
            for query in queries_of(board):
                told = self.answer(query, values)
                if not told:
                    empty.add(query.name)
                low, high = WIDER.get(
                    query.name, WIDER.get(query.name.rpartition(" ")[0], PLAUSIBLE[query.unit])
                )
                odd = [value for value in told if not (low <= value <= high) and not math.isnan(value)]
                assert not odd, f"{query.name} ({query.unit}): {odd[:3]} of {query.expr}"
        return empty


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("dashboards")
    with Simulator(home / "network") as network:
        folder = home / "daemon"
        write_settings(
            folder,
            credentials=network.credentials_yaml,
            devices="defaults: {timeout: 500ms, retries: 1}\n"
            + network.devices_yaml
            + "- name: this-host\n  local: true\n",
            more=SETTINGS,
        )
        path = folder / "netops.yaml"
        path.write_text(path.read_text().replace("health: 1s\n", "health: 1s\n    sensors: 1s\n"))
        (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        with Daemon(folder) as daemon:
            expected = {*network.names, "this-host"}
            wait_until(lambda: daemon.devices_shown() == expected, "every device on /metrics")
            wait_until(
                lambda: daemon.value("netops_history_upkeep_seconds") is not None, "the history's numbers"
            )
            place = daemon.url.removeprefix("http://")
            pages = [Page.read(daemon.get("/metrics").text, time.time())]
            polls = daemon.value("netops_polls_total", result="answered") or 0
            wait_until(
                lambda: (daemon.value("netops_polls_total", result="answered") or 0) >= polls + 30,
                "two rounds",
            )
            pages.append(Page.read(daemon.get("/metrics").text, time.time()))
            more = {"instance": place, "job": "netops"}
            make_blocks(word_past(*pages, time.time(), more), home / "prometheus" / "data")
            flags = ("--storage.tsdb.retention.time=90d",)
            with (
                Prometheus(home / "prometheus", _configuration(place), flags=flags) as prometheus,
                httpx.Client(base_url=f"http://127.0.0.1:{prometheus.port}", timeout=30) as client,
            ):
                prometheus.wait_for(
                    lambda: prometheus.query("count(site:interface_use:top20)"), "recorded series", tries=300
                )
                yield World(prometheus, network, client)


def _configuration(place: str) -> str:
    """Give the shipped configuration, with the daemon's port, and as quick as a test wants it."""
    text = (ROOT / "configs" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8470", place)
    text = text.replace("../../alerts/recording.yaml", str(ROOT / "alerts" / "recording.yaml"))
    return text.replace("scrape_interval: 30s", "scrape_interval: 1s\n  evaluation_interval: 1s")


@needs_icmp
@pytest.mark.peer("prometheus", "promtool")
def test_every_panel_and_variable_has_plausible_data_and_those_of_trouble_when_there_is_some(
    world: World,
) -> None:
    _wait_empty(world, set(MAY_BE_EMPTY))
    for fault in FAULTS:
        world.network.control(fault)
    try:
        for sign in SIGNS:
            world.prometheus.wait_for(partial(world.prometheus.query, sign), sign, tries=300)
        _wait_empty(world, set())
        _check_annotations(world)
    finally:
        world.network.control("clear *")
    assert world.prometheus.complaints() == []


def _wait_empty(world: World, panels: set[str]) -> None:
    """Wait until exactly these panels are empty: a rate needs two scrapes, which a busy machine may take its time for."""
    seen: list[set[str]] = []

    def is_so() -> bool:
        seen.append({name.rpartition(" ")[0] for name in world.empty_ones()})
        return seen[-1] == panels

    try:
        world.prometheus.wait_for(is_so, "the panels that may be empty", tries=30)
    except AssertionError:
        assert seen[-1] == panels


def _check_annotations(world: World) -> None:
    for board in BOARDS:
        values = world.choices(board)
        annotations = board["annotations"]["list"]
        assert {one["name"] for one in annotations} == set(ANNOTATED_BY)
        for one in annotations:
            query = Query(board["uid"], one["name"], "", one["expr"], "none", False, 3 * 86_400, 60)
            assert world.answer(query, values), query.name
