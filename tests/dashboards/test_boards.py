"""The committed dashboards: made by their source, whole, and about metrics that exist."""

import json
import re
from pathlib import Path

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards import (
    FILES,
    PLAUSIBLE,
    fill_in,
    load_boards,
    panels_of,
    queries_of,
    variable_names,
    variables_of,
)
from grafana.source.library import word_dashboards
from netops.exporter.families import FAMILIES
from netops.followed import FOLLOWED
from netops.telemetry import Telemetry

ROOT = Path(__file__).parents[2]
BOARDS = load_boards()
BUILT_IN = {"__all", "__rate_interval", "__range", "__interval", "__url_time_range", "__data", "__field"}
WORDS_OF_PROMQL = re.compile(r"\b(?:netops|site|device|interface|process)[a-z0-9_]*[_:][a-z0-9_:]+\b")
STRINGS = re.compile(r'"[^"]*"')
LABEL_LISTS = re.compile(r"\b(?:by|on|group_left) \([^)]*\)|\{[^}]*\}")

each_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])


def known_metrics() -> set[str]:
    own = {metric.name for metric in Telemetry("").registry.collect()}
    suffixed = {name + suffix for name in own for suffix in ("", "_total", "_bucket", "_sum", "_count")}
    rules = yaml.safe_load((ROOT / "alerts" / "recording.yaml").read_text(encoding="utf-8"))
    recorded = {rule["record"] for group in rules["groups"] for rule in group["rules"]}
    return {*suffixed, *recorded, *(family.name for family in (*FAMILIES, *FOLLOWED))}


def queries_and_variables(board) -> list[str]:
    asked = [query.expr for query in queries_of(board)]
    asked += [one["expr"] for one in board["annotations"]["list"]]
    return asked + [one["query"]["query"] for one in variables_of(board).values() if one["type"] == "query"]


def texts_of(value) -> list[str]:
    """Give every text anywhere in a value."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts_of(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts_of(one)]
    return [value] if isinstance(value, str) else []


def test_they_are_what_their_source_makes():
    """After a change of the source: make grafana."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FILES} == word_dashboards()


def test_there_are_the_seven_each_with_a_name_of_its_own():
    assert len({board["uid"] for board in BOARDS}) == len({board["title"] for board in BOARDS}) == 7


@each_board
def test_a_board_is_one_that_the_published_schema_knows(board):
    """The SDK's models are generated from it; what they do not know is lost on the way through them."""
    again = json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))
    for one in board["annotations"]["list"]:
        for name in ("titleFormat", "textFormat", "tagKeys", "step"):
            del one[name]  # known to the Prometheus data source, not to the SDK
    assert again == board


@each_board
def test_a_panel_says_what_it_answers_in_which_unit_and_of_what_source(board):
    panels = panels_of(board)
    assert len(panels) <= 21
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert len(panel["description"]) > 5
        assert panel["description"].endswith(".")
        assert panel["datasource"]["uid"] == "${datasource}"
        if panel["type"] not in {"table", "state-timeline"}:
            assert panel["fieldConfig"]["defaults"]["unit"] in PLAUSIBLE
        if panel["type"] == "table":
            shown = set(panel["transformations"][1]["options"]["renameByName"].values())
            assert panel["options"]["sortBy"][0]["displayName"] in shown
            assert {one["matcher"]["options"] for one in panel["fieldConfig"].get("overrides", ())} <= shown
        else:
            assert all(target.get("legendFormat") for target in panel["targets"][1:])


@each_board
def test_panels_fill_the_grid_without_overlap(board):
    taken = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert max(x for x, _y in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    lines = {y for _x, y in taken}
    assert all({x for x, one in taken if one == y} == set(range(24)) for y in lines)


@each_board
def test_queries_read_metrics_that_exist(board):
    known = known_metrics()
    for text in queries_and_variables(board):
        bare = LABEL_LISTS.sub("", STRINGS.sub("", text.removeprefix("label_values(")))
        names = {name for name in WORDS_OF_PROMQL.findall(bare) if name != "process_start_time_seconds"}
        assert names - known - {"process_cpu_seconds_total", "process_resident_memory_bytes"} == set(), text


@each_board
def test_every_variable_that_is_read_is_there_and_links_lead_to_boards_of_ours(board):
    names = set(variables_of(board))
    assert {"datasource", "site", "device", "netops"} <= names
    texts = texts_of(board)
    assert {name for text in texts for name in variable_names(text)} - BUILT_IN <= names
    uids = {one["uid"] for one in BOARDS}
    led_to = {found for text in texts for found in re.findall(r"/d/([\w-]+)/", text)}
    assert led_to <= uids
    kinds = {link["type"] for link in board["links"]}
    assert kinds == {"dashboards", "link"}
    assert board["tags"] == ["netops"]


@each_board
def test_a_choice_can_be_of_several_or_all_of_what_stands_above_it(board):
    for variable in variables_of(board).values():
        if variable["type"] == "query":
            assert variable["multi"]
            assert variable["includeAll"]
    assert "$site" in variables_of(board)["device"]["query"]["query"]
    if "interface" in variables_of(board):
        assert "$device" in variables_of(board)["interface"]["query"]["query"]


@each_board
def test_a_rate_is_taken_over_what_grafana_works_out_or_over_what_is_asked_for(board):
    for query in queries_of(board):
        for window in re.findall(r"\b(?:rate|irate)\([^\[]*\[([^\]]+)\]", query.expr):
            assert window == "$__rate_interval", query.expr


def test_variables_are_filled_in_as_grafana_does():
    filled = fill_in(
        'rate(x{d=~"$device"}[$__rate_interval]) + ${n}', {"device": "(a|b)", "n": "1"}, step=300
    )
    assert filled == 'rate(x{d=~"(a|b)"}[360s]) + 1'
    assert "[240s]" in fill_in("x[$__rate_interval]", {}, step=15)


def test_provisioning_names_the_source_that_boards_open_with():
    folder = ROOT / "grafana" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "netops.yaml").read_text())["datasources"]
    (provider,) = yaml.safe_load((folder / "dashboards" / "netops.yaml").read_text())["providers"]
    assert (source["type"], source["jsonData"]["httpMethod"]) == ("prometheus", "POST")
    assert provider["options"]["path"]
    for board in BOARDS:
        assert variables_of(board)["datasource"]["current"]["value"] == source["uid"]
