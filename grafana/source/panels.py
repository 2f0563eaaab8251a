"""The kinds of panels, each in one way, so that all dashboards read alike.

A panel has a description that says what it answers, a unit, and colours that mean something only where a level does:
green, yellow and red are kept for good, soon and now.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    piechart,
    stat,
    statetimeline,
    timeseries,
)
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.piechart import PieChartType

from grafana.source.queries import SOURCE, Ask, word_instant, word_range

SIXTH, QUARTER, THIRD, HALF, FULL = 4, 6, 8, 12, 24
"""Widths; the grid has 24 columns."""

Levels = Mapping[float, str]
"""From which value on which colour."""
Words = Mapping[int, tuple[str, str]]
"""Value to its word and colour."""

UP_OR_DOWN: Words = {0: ("down", "red"), 1: ("up", "green")}


def graph(
    title: str,
    description: str,
    unit: str,
    *asks: Ask,
    width: int = HALF,
    levels: Levels | None = None,
    mirrored: bool = False,
    stacked: bool = False,
    bars: bool = False,
    top: float | None = None,
    bottom: float | None = 0,
    step: str = "",
) -> timeseries.Panel:
    """Draw series over time.

    Args:
        title: Its heading.
        description: What it answers.
        unit: Grafana's name of the unit.
        asks: The queries.
        width: Columns of the grid.
        levels: Lines at levels that mean something.
        mirrored: Whether series with ``out`` or ``sent`` in their name go below the axis.
        stacked: Whether series add up.
        bars: Bars in place of lines, for sums of days.
        top: The upper end of the axis where there is one, such as 1 of a ratio.
        bottom: The lower end; None where values may be negative.
        step: The least time between two points.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .span(width)
        .height(8)
        .line_width(1)
        .fill_opacity(60 if bars else 20 if stacked or mirrored else 8)
        .show_points(VisibilityMode.NEVER)
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    )
    for place, ask in enumerate(asks):
        panel = panel.with_target(word_range(place, ask))
    if bottom is not None and not mirrored:
        panel = panel.min(bottom)
    if top is not None:
        panel = panel.max(top)
    if levels:
        panel = panel.thresholds(_thresholds(levels)).thresholds_style(_dashed())
    if mirrored:
        panel = panel.override_by_regexp(
            "/\\b(out|sent)\\b/", [DynamicConfigValue("custom.transform", "negative-Y")]
        ).axis_centered_zero(True)
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    if bars:
        panel = panel.draw_style(GraphDrawStyle.BARS)
    return panel.interval(step) if step else panel


def number(
    title: str,
    description: str,
    unit: str,
    ask: Ask,
    *,
    width: int = 4,
    levels: Levels | None = None,
    words: Words | None = None,
    decimals: int | None = None,
) -> stat.Panel:
    """Tell one number, large; coloured where levels say so.

    Args:
        title: Its heading.
        description: What it answers.
        unit: Grafana's name of the unit.
        ask: The query, of the end of the time shown.
        width: Columns of the grid.
        levels: From which value on which colour.
        words: Words in place of values.
        decimals: How many; Grafana chooses without.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .span(width)
        .height(4)
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE if levels or words else BigValueColorMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .with_target(word_instant(0, ask))
        .no_value("–")
    )
    if levels:
        panel = panel.thresholds(_thresholds(levels))
    if words:
        panel = panel.mappings([_map(words)])
    return panel if decimals is None else panel.decimals(decimals)


def ranking(
    title: str,
    description: str,
    unit: str,
    ask: Ask,
    *,
    width: int = HALF,
    levels: Levels | None = None,
    top: float | None = None,
    links: Sequence[dashboard.DashboardLink] = (),
) -> bargauge.Panel:
    """Tell the first of many as bars; the query ranks them.

    Args:
        title: Its heading.
        description: What it answers.
        unit: Grafana's name of the unit.
        ask: The query, of the end of the time shown.
        width: Columns of the grid.
        levels: From which value on which colour.
        top: The value of a full bar; the largest one without.
        links: Where a bar leads to.
    """
    panel = (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .span(width)
        .height(8)
        .min(0)
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .with_target(word_instant(0, ask))
        .thresholds(_thresholds(levels or {}))
        .data_links(list(links))
    )
    return panel if top is None else panel.max(top)


def states(
    title: str,
    description: str,
    *asks: Ask,
    words: Words = UP_OR_DOWN,
    width: int = FULL,
    height: int = 6,
) -> statetimeline.Panel:
    """Draw states over time, a line for each series.

    Args:
        title: Its heading.
        description: What it answers.
        asks: The queries; their values are states.
        words: Each value's word and colour.
        width: Columns of the grid.
        height: Its height on the grid.
    """
    panel = (
        statetimeline.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .span(width)
        .height(height)
        .mappings([_map(words)])
        .show_value(VisibilityMode.AUTO)
        .fill_opacity(70)
        .line_width(0)
        .legend(common.VizLegendOptions().show_legend(False).display_mode(LegendDisplayMode.LIST))
    )
    for place, ask in enumerate(asks):
        panel = panel.with_target(word_range(place, ask))
    return panel


def shares(title: str, description: str, ask: Ask, *, width: int = THIRD) -> piechart.Panel:
    """Draw how a whole divides.

    Args:
        title: Its heading.
        description: What it answers.
        ask: The query, of the end of the time shown.
        width: Columns of the grid.
    """
    legend = piechart.PieChartLegendOptions().show_legend(True).placement(LegendPlacement.RIGHT)
    return (
        piechart.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit("none")
        .span(width)
        .height(8)
        .pie_type(PieChartType.DONUT)
        .legend(legend.display_mode(LegendDisplayMode.LIST))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .with_target(word_instant(0, ask))
    )


def map_words(words: Words) -> list[dict[str, Any]]:
    """Give words for values as an override of a column takes them."""
    return [_map(words).to_json()]


def steps(levels: Levels) -> dict[str, Any]:
    """Give levels as an override of a column takes them."""
    return _thresholds(levels).build().to_json()


def _map(words: Words) -> ValueMap:
    return ValueMap(
        {
            str(value): ValueMappingResult(text=text, color=color, index=place)
            for place, (value, (text, color)) in enumerate(words.items())
        }
    )


def _thresholds(levels: Levels) -> dashboard.ThresholdsConfig:
    found = [Threshold(None, "green" if levels else "blue")]
    for value, color in sorted(levels.items()):
        if value == float("-inf"):
            found[0] = Threshold(None, color)
        else:
            found.append(Threshold(value, color))
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(found)


def _dashed() -> common.GraphThresholdsStyleConfig:
    return common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)


def _legend() -> common.VizLegendOptions:
    """A table under the graph: names are long, and the last and largest values are what people ask for."""
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(LegendDisplayMode.TABLE)
        .placement(LegendPlacement.BOTTOM)
        .calcs(["lastNotNull", "mean", "max"])
        .sort_by("Max")
        .sort_desc(True)
    )
