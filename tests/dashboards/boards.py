"""The committed dashboards as Grafana reads them: their queries with variables filled in, and what a unit allows."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "grafana" / "dashboards"
FILES = sorted(FOLDER.glob("*.json"))
POINTS = 100
"""Steps of a query over time; Grafana asks for one a pixel."""

PLAUSIBLE = {
    "percentunit": (0, 1.001),
    "bps": (0, 1e12),
    "Bps": (0, 1e11),
    "pps": (0, 1e8),
    "ops": (0, 1e5),
    "celsius": (-10, 90),
    "s": (0, 1e9),
    "bytes": (0, 1e16),
    "decbytes": (0, 1e16),
    "dBm": (-40, 10),
    "rotrpm": (100, 30_000),
    "watt": (0, 1e5),
    "kwatth": (0, 1e4),
    "voltamp": (0, 1e5),
    "volt": (0, 450),
    "amp": (-100, 100),
    "hertz": (0, 65),
    "none": (0, 1e12),
}
"""Unit to what the values of this network may be."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query of one panel."""

    board: str
    panel: str
    ref: str
    expr: str
    unit: str
    is_instant: bool
    span_seconds: int
    """How much time the dashboard shows when it opens."""
    step_seconds: int

    @property
    def name(self) -> str:
        return f"{self.board}: {self.panel} {self.ref}"


def load_boards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in FILES]


def panels_of(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def variables_of(board: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in board["templating"]["list"]}


def queries_of(board: Mapping[str, Any]) -> Iterator[Query]:
    span = seconds_of(board["time"]["from"].removeprefix("now-"))
    for panel in panels_of(board):
        step = max(span // POINTS, seconds_of(panel.get("interval") or "15s"))
        for target in panel["targets"]:
            yield Query(
                board["uid"],
                panel["title"],
                target["refId"],
                target["expr"],
                unit_of(panel, target["refId"]),
                bool(target.get("instant")),
                span,
                step,
            )


def unit_of(panel: Mapping[str, Any], ref: str) -> str:
    """Give the unit of a query's values: the panel's, or in a table that of its column."""
    if panel["type"] != "table":
        return str(panel["fieldConfig"]["defaults"].get("unit", "none"))
    names = panel["transformations"][1]["options"]["renameByName"]
    title = names.get("Value" if len(panel["targets"]) == 1 else f"Value #{ref}", "")
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        if override["matcher"]["options"] == title:
            for one in override["properties"]:
                if one["id"] == "unit":
                    return str(one["value"])
    return "none"


def seconds_of(text: str) -> int:
    number, unit = text[:-1], text[-1]
    return int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[unit]


def fill_in(text: str, values: Mapping[str, str], *, span: int = 3600, step: int = 60) -> str:
    """Put values for variables, the built-in ones as Grafana's Prometheus data source works them out."""
    poll = 60  # timeInterval of the provisioned data source
    built_in = {
        "__rate_interval": f"{max(step + poll, 4 * poll)}s",
        "__range": f"{span}s",
        "__interval": f"{step}s",
    }
    known = {**built_in, **values}
    return re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda found: known[found[1] or found[2]], text)


def variable_names(text: str) -> set[str]:
    return {one or other for one, other in re.findall(r"\$(\w+)|\$\{(\w+)[:}]", text)}


def word_choice(values: list[str]) -> str:
    """Word several values as the Prometheus data source does inside =~."""
    escaped = [re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\\\1", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
