"""Tables: rows by label, a column for each query, sorted by what matters, with links to where it goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue

from grafana.source.panels import FULL, Levels, Words, map_words, steps
from grafana.source.queries import SOURCE, Ask, ref_of, word_table

NEVER_SHOWN = ("Time", "__name__", "instance", "job")


@dataclass(frozen=True, slots=True)
class Column:
    """A column with the values of a query; the query gives one sample for each row."""

    title: str
    unit: str
    expr: str
    levels: Levels = field(default_factory=dict)
    """From which value on the cell has which colour."""
    words: Words = field(default_factory=dict)
    decimals: int | None = None
    is_hidden: bool = False
    """Asked for its labels only."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a cell of a column leads to."""

    column: str
    title: str
    url: str


def rows(
    title: str,
    description: str,
    labels: Mapping[str, str],
    columns: Sequence[Column],
    *,
    sort: str,
    ascending: bool = False,
    links: Sequence[Link] = (),
    width: int = FULL,
    height: int = 8,
) -> table.Panel:
    """Make a table.

    Args:
        title: Its heading.
        description: What it answers.
        labels: Label to the heading of its column, in order; the other labels are not shown.
        columns: The columns with values, after those.
        sort: The heading that rows are sorted by.
        ascending: Smallest first.
        links: Where cells lead to.
        width: Columns of the grid.
        height: Its height on the grid.
    """
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .span(width)
        .height(height)
        .overrides([])
        .sort_by([common.TableSortByFieldState().display_name(sort).desc(not ascending)])
        .with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(_arrange(labels, columns))
    )
    for place, column in enumerate(columns):
        panel = panel.with_target(word_table(place, Ask(column.expr)))
        if not column.is_hidden:
            panel = panel.override_by_name(column.title, _format(column))
    for link in links:
        target = {"title": link.title, "url": link.url}
        panel = panel.override_by_name(link.column, [DynamicConfigValue("links", [target])])
    return panel


def _arrange(labels: Mapping[str, str], columns: Sequence[Column]) -> DataTransformerConfig:
    """Order, name and hide columns. A table of one query calls its values Value, one of more Value #A, Value #B."""
    names = ["Value"] if len(columns) == 1 else [f"Value #{ref_of(place)}" for place in range(len(columns))]
    shown = [
        (name, column.title) for name, column in zip(names, columns, strict=True) if not column.is_hidden
    ]
    hidden = [name for name, column in zip(names, columns, strict=True) if column.is_hidden]
    order = [*labels, *(name for name, _title in shown)]
    return DataTransformerConfig(
        id_val="organize",
        options={
            "excludeByName": dict.fromkeys([*NEVER_SHOWN, *hidden], True),
            "indexByName": {name: place for place, name in enumerate(order)},
            "renameByName": {**labels, **dict(shown)},
        },
    )


def _format(column: Column) -> list[DynamicConfigValue]:
    found = [DynamicConfigValue("unit", column.unit)]
    if column.decimals is not None:
        found.append(DynamicConfigValue("decimals", column.decimals))
    if column.words:
        found.append(DynamicConfigValue("mappings", map_words(column.words)))
    if column.levels:
        found.append(DynamicConfigValue("thresholds", steps(column.levels)))
    if column.words or column.levels:
        found.append(DynamicConfigValue("custom.cellOptions", {"type": "color-text"}))
    return found
