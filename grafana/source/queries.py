"""How the dashboards ask: which data source, which devices and interfaces, at which refs."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")

SITE = 'site=~"$site"'
DEVICE = 'device=~"$device"'
DEVICE_OR_NONE = 'device=~"$device|"'
"""Also what is no device's: an alert about netops itself."""
INTERFACE = f'{DEVICE}, interface=~"$interface"'


@dataclass(frozen=True, slots=True)
class Ask:
    """One query of a panel.

    Args:
        expr: PromQL with Grafana's variables.
        legend: What the series is called, with ``{{label}}``.
    """

    expr: str
    legend: str = ""


def word_range(place: int, ask: Ask) -> prometheus.Dataquery:
    """Ask for the whole time shown."""
    return _word(place, ask).range()


def word_instant(place: int, ask: Ask) -> prometheus.Dataquery:
    """Ask for the end of the time shown."""
    return _word(place, ask).instant()


def word_table(place: int, ask: Ask) -> prometheus.Dataquery:
    """Ask for the end of the time shown, as rows with a column for each label."""
    return _word(place, ask).instant().format(PromQueryFormat.TABLE)


def ref_of(place: int) -> str:
    """Give the letter of a query by its place in its panel."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place]


def _word(place: int, ask: Ask) -> prometheus.Dataquery:
    query = prometheus.Dataquery().datasource(SOURCE).expr(ask.expr).ref_id(ref_of(place))
    return query.legend_format(ask.legend) if ask.legend else query
