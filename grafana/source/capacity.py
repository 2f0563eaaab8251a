"""Capacity and billing: what circuits carried, what that costs, and when they will be full."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source.frame import DEVICE_LINK, INTERFACE_LINK, Panels, begin, finish
from grafana.source.panels import FULL, HALF, graph, number, ranking
from grafana.source.queries import DEVICE, INTERFACE, SITE, Ask
from grafana.source.tables import Column, rows

WORDS_OF_CIRCUITS = "(?i).*(uplink|wan|isp|transit|peering|provider|backbone).*"
_NAMED = f'netops_interface_info{{{DEVICE}, alias=~"$description"}}'
_NAME = "{{device}} {{interface}}"
_LABELS = {"device": "Device", "interface": "Interface"}
_DAY = 86_400


def make_capacity() -> Dashboard:
    """Make it."""
    board = begin(
        "netops-capacity",
        "netops / Capacity and billing",
        "What circuits carried, what that costs, and when they will be full. Circuits are the interfaces whose "
        "description (ifAlias) meets the pattern above.",
        since="now-30d",
        asked=[
            dashboard.TextBoxVariable("description")
            .label("Description is like")
            .description("A regular expression over ifAlias: which interfaces are circuits.")
            .default_value(WORDS_OF_CIRCUITS),
            dashboard.TextBoxVariable("commitment")
            .label("Commitment, Mbit/s")
            .description("What is paid for; the 95th percentile is held against it.")
            .default_value("1000"),
        ],
        interfaces=f"label_values({_NAMED}, interface)",
        has_busy_annotations=False,
    )
    return finish(
        board,
        ("", _now()),
        ("Billing: 95th percentile of five-minute means over the time shown", _billing()),
        ("When circuits will be full", _forecast()),
        ("What else fills, and what stands idle", _rest()),
    )


def _circuits(expr: str) -> str:
    """Keep the series of circuits: two devices may have interfaces of one name, and only one be a circuit."""
    return f"{expr} and on (device, interface) {_NAMED}"


def _percentile(way: str) -> str:
    return f"quantile_over_time(0.95, interface:{way}_bytes:rate5m{{{INTERFACE}}}[$__range])"


def _volume(way: str) -> str:
    return f"increase(netops_interface_{way}_bytes_total{{{INTERFACE}}}[$__range])"


_BILLED = f"({_percentile('in')} > {_percentile('out')} or {_percentile('out')})"


def _now() -> Panels:
    return [
        number("Circuits", "How many interfaces meet the pattern.", "none", Ask(f"count({_NAMED})")),
        number(
            "Speed together",
            "The speeds of all circuits.",
            "bps",
            Ask(f"8 * sum({_circuits(f'netops_interface_speed_bytes{{{INTERFACE}}}')})"),
        ),
        number("Received", "Bytes over the time shown.", "decbytes", Ask(f"sum({_circuits(_volume('in'))})")),
        number("Sent", "Bytes over the time shown.", "decbytes", Ask(f"sum({_circuits(_volume('out'))})")),
        number(
            "Largest 95th percentile",
            "Of one circuit, the busier direction.",
            "bps",
            Ask(f"8 * max({_circuits(_BILLED)})"),
        ),
        number(
            "Of the commitment",
            "The largest 95th percentile as a share of the commitment above.",
            "percentunit",
            Ask(f"8 * max({_circuits(_BILLED)}) / ($commitment * 1e6)"),
            levels={0.9: "yellow", 1: "red"},
            decimals=1,
        ),
    ]


def _billing() -> Panels:
    return [
        rows(
            "Bills",
            "Each circuit's 95th percentiles, the billed one (the larger), its share of the commitment, and what "
            "was moved. netops traffic bill works from every poll, by months in your time zone; this is for a look.",
            _LABELS,
            [
                Column("p95 received", "bps", f"8 * ({_circuits(_percentile('in'))})"),
                Column("p95 sent", "bps", f"8 * ({_circuits(_percentile('out'))})"),
                Column("Billed", "bps", f"8 * ({_circuits(_BILLED)})"),
                Column(
                    "Of commitment",
                    "percentunit",
                    f"8 * ({_circuits(_BILLED)}) / ($commitment * 1e6)",
                    levels={0.9: "yellow", 1: "red"},
                    decimals=1,
                ),
                Column("Received", "decbytes", f"sum by (device, interface) ({_circuits(_volume('in'))})"),
                Column("Sent", "decbytes", f"sum by (device, interface) ({_circuits(_volume('out'))})"),
            ],
            sort="Billed",
            links=[DEVICE_LINK, INTERFACE_LINK],
        ),
        graph(
            "Traffic of circuits",
            "Five-minute means; commitment is the one above.",
            "bps",
            Ask(f"8 * ({_circuits(f'interface:in_bytes:rate5m{{{INTERFACE}}}')})", f"{_NAME} received"),
            Ask(f"8 * ({_circuits(f'interface:out_bytes:rate5m{{{INTERFACE}}}')})", f"{_NAME} sent"),
            Ask("vector($commitment * 1e6)", "commitment"),
        ),
        graph(
            "Volume of each day",
            "Bytes moved in the 24 hours before each bar, in both directions.",
            "decbytes",
            Ask(
                f"increase(netops_interface_in_bytes_total{{{INTERFACE}}}[1d]) and on (device, interface) {_NAMED}",
                f"{_NAME} received",
            ),
            Ask(
                f"increase(netops_interface_out_bytes_total{{{INTERFACE}}}[1d]) and on (device, interface) {_NAMED}",
                f"{_NAME} sent",
            ),
            bars=True,
            stacked=True,
            step="1d",
        ),
    ]


def _forecast() -> Panels:
    use = f"interface:use:p95_1d{{{INTERFACE}}}"
    now = f"last_over_time({use}[2h])"
    growth = f"deriv({use}[$__range])"
    return [
        graph(
            "Use of circuits, 95th percentile of a day",
            "The busier direction as a share of the speed. The line at 80 % is where queues begin to grow.",
            "percentunit",
            Ask(_circuits(f"last_over_time({use}[2h])"), _NAME),
            levels={0.8: "red"},
            step="1h",
        ),
        rows(
            "Forecast",
            "The straight line through the time shown: growth a week, where it is in 90 days, and when it meets "
            "80 %. Choose weeks, not hours. netops traffic forecast also says how sure that is.",
            _LABELS,
            [
                Column("Now", "percentunit", _circuits(now), levels={0.8: "red"}, decimals=1),
                Column("Growth a week", "percentunit", _circuits(f"{growth} * {7 * _DAY}"), decimals=2),
                Column(
                    "In 90 days",
                    "percentunit",
                    _circuits(f"clamp_min(predict_linear({use}[$__range], {90 * _DAY}), 0)"),
                    levels={0.8: "red"},
                    decimals=1,
                ),
                Column("80 % in", "s", _circuits(f"(0.8 - {now} > 0) / ({growth} > 0)")),
            ],
            sort="Growth a week",
            links=[DEVICE_LINK, INTERFACE_LINK],
            width=HALF,
        ),
    ]


def _rest() -> Panels:
    used, size = f"netops_storage_used_bytes{{{DEVICE}}}", f"netops_storage_size_bytes{{{DEVICE}}}"
    received = f"netops_interface_in_bytes_total{{{DEVICE}}}"
    return [
        rows(
            "Storage",
            "Volumes, how full they are, and when they are full if they go on as in the last week.",
            {"device": "Device", "volume": "Volume"},
            [
                Column("Size", "bytes", f"max by (device, volume) ({size})"),
                Column(
                    "Used",
                    "percentunit",
                    f"max by (device, volume) ({used} / ({size} > 0))",
                    levels={0.85: "yellow", 0.95: "red"},
                    decimals=1,
                ),
                Column(
                    "Full in", "s", f"max by (device, volume) (({size} - {used}) / (deriv({used}[7d]) > 0))"
                ),
            ],
            sort="Used",
            links=[DEVICE_LINK],
            width=HALF,
        ),
        ranking(
            "Ports that received nothing for a week",
            "How many of each device, the twenty with most.",
            "none",
            Ask(f"topk(20, count by (device) ({received} - {received} offset 7d == 0))", "{{device}}"),
        ),
        graph(
            "Volume of sites, by day",
            "Bytes received by all interfaces in the 24 hours before each bar. A byte that crosses three switches "
            "counts three times.",
            "decbytes",
            Ask(f"avg_over_time(site:interface_in_bytes:rate5m{{{SITE}}}[1d]) * {_DAY}", "{{site}}"),
            bars=True,
            stacked=True,
            step="1d",
            width=FULL,
        ),
    ]
