"""What every dashboard has: variables, annotations, links to the others and to netops, and how it opens."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana.source.queries import DEVICE, DEVICE_OR_NONE, SITE, SOURCE
from grafana.source.tables import Link

TAG = "netops"
WEB_URL = "http://127.0.0.1:8470"
"""web.host and web.port of netops.yaml; the variable netops of each dashboard says otherwise."""

_LABEL_VALUES = 1
"""The kind of query, by which Grafana's editor shows it."""
_CARRIED = "${datasource:queryparam}&${site:queryparam}&${netops:queryparam}&${__url_time_range}"
TO_DEVICE = f"/d/netops-device/?var-device=${{__data.fields.Device}}&{_CARRIED}"
TO_INTERFACE = (
    "/d/netops-interface/?var-device=${__data.fields.Device}&var-interface=${__data.fields.Interface}"
    f"&{_CARRIED}"
)
TO_DEVICE_OF_SERIES = f"/d/netops-device/?var-device=${{__field.labels.device}}&{_CARRIED}"

DEVICE_LINK = Link("Device", "Show the device", TO_DEVICE)
INTERFACE_LINK = Link("Interface", "Show the interface", TO_INTERFACE)


class PrometheusAnnotation(AnnotationQuery):
    """An annotation from a query; the SDK knows only what all data sources have in common."""

    title_format: str = ""
    text_format: str = ""

    def to_json(self) -> dict[str, object]:
        """Give it with what Grafana's Prometheus data source reads beside."""
        return {
            **super().to_json(),
            "titleFormat": self.title_format,
            "textFormat": self.text_format,
            "tagKeys": "device",
            "step": "60s",
        }


class Annotation(Builder[AnnotationQuery]):
    """Builds one."""

    def __init__(self, name: str, expr: str, color: str, title: str, *, is_on: bool, text: str = "") -> None:
        self._made = PrometheusAnnotation(
            name=name, datasource=SOURCE, enable=is_on, icon_color=color, expr=expr, hide=False
        )
        self._made.title_format = title
        self._made.text_format = text

    def build(self) -> AnnotationQuery:
        """Give it."""
        return self._made


def begin(
    uid: str,
    title: str,
    description: str,
    *,
    since: str = "now-6h",
    interfaces: str = "",
    asked: Sequence[dashboard.TextBoxVariable] = (),
    opens_with_all: bool = True,
    has_busy_annotations: bool = True,
) -> dashboard.Dashboard:
    """Begin a dashboard.

    Args:
        uid: Its identity, in its address and in links.
        title: Its name.
        description: What it answers.
        since: Where the time shown begins.
        interfaces: The query of a variable for interfaces, where there is one.
        asked: Variables that a person fills in.
        opens_with_all: Whether it opens with all devices and interfaces; else with the first one of each.
        has_busy_annotations: Whether alerts are marked from the start; over a whole fleet they hide what is below.
    """
    board = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .timezone("browser")
        .time(since, "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .editable()
        .with_variable(
            dashboard.DatasourceVariable("datasource")
            .label("Data source")
            .type("prometheus")
            .current(VariableOption(text="netops", value="netops"))
        )
        .with_variable(choice("site", "Site", "label_values(netops_device_up, site)").all_value(".*"))
        .with_variable(
            choice(
                "device", "Device", f"label_values(netops_device_up{{{SITE}}}, device)", is_all=opens_with_all
            )
        )
    )
    for variable in asked:
        board = board.with_variable(variable)
    if interfaces:
        board = board.with_variable(choice("interface", "Interface", interfaces, is_all=opens_with_all))
    board = board.with_variable(
        dashboard.TextBoxVariable("netops")
        .label("netops")
        .description("Where netops answers, for the link to it.")
        .default_value(WEB_URL)
    )
    for annotation in _annotations(alerts=has_busy_annotations):
        board = board.annotation(annotation)
    return board.link(_others()).link(_web())


def choice(name: str, label: str, query: str, *, is_all: bool = True) -> dashboard.QueryVariable:
    """Offer what a query gives: one, some or all of it.

    All is a list of what is offered, not a pattern for everything, so that a site chosen narrows its devices.
    """
    variable = (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"qryType": _LABEL_VALUES, "query": query, "refId": name})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.NATURAL_ASC)
        .multi(True)
        .include_all(True)
    )
    return (
        variable.current(VariableOption(selected=True, text=["All"], value=["$__all"]))
        if is_all
        else variable
    )


def _annotations(*, alerts: bool) -> Sequence[Annotation]:
    return (
        Annotation(
            "Alerts",
            f"netops_alerts_firing{{{DEVICE_OR_NONE}}}",
            "red",
            "{{alertname}}",
            is_on=alerts,
            text="{{severity}} {{device}}",
        ),
        Annotation(
            "Reboots",
            f"netops_device_uptime_seconds{{{DEVICE}}} < 300",
            "orange",
            "{{device}} has started",
            is_on=True,
        ),
        Annotation(
            "Configuration changes",
            f"time() - netops_backup_changed_timestamp_seconds{{{DEVICE}}} < 300",
            "blue",
            "{{device}}: configuration changed",
            is_on=True,
            text="Found by a backup: netops backup diff {{device}}",
        ),
    )


def _others() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("netops dashboards")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
        .icon("external link")
        .tooltip("The other dashboards, for the same sites, devices and time")
    )


def _web() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("netops")
        .type(DashboardLinkType.LINK)
        .url("${netops}/")
        .target_blank(True)
        .icon("dashboard")
        .tooltip("netops itself; the variable netops says where it answers")
    )


Panels = Sequence[Builder[Panel]]
Section = tuple[str, Panels]
"""A heading and its panels; an empty heading begins no row."""


def finish(board: dashboard.Dashboard, *sections: Section) -> Dashboard:
    """Lay out the panels, and give the dashboard."""
    for heading, panels in sections:
        if heading:
            board = board.with_row(dashboard.Row(heading))
        for panel in panels:
            board = board.with_panel(panel)
    made = board.build()
    for number, shown in enumerate(made.panels or (), 1):
        shown.id_val = number  # else Grafana numbers them anew at each load, and links to a panel break
    return made
