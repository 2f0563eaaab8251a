"""Fleet: is anything wrong, where, and what is busiest."""

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source.frame import DEVICE_LINK, INTERFACE_LINK, TO_DEVICE_OF_SERIES, Panels, begin, finish
from grafana.source.panels import HALF, THIRD, graph, number, ranking, shares
from grafana.source.queries import DEVICE, DEVICE_OR_NONE, SITE, Ask
from grafana.source.tables import Column, rows

_WITHOUT_LINK = (
    f"count(netops_interface_admin_status{{{DEVICE}}} == 1"
    f" and on (device, interface) netops_interface_oper_status{{{DEVICE}}} == 2)"
)
_ON_THIS_PAGE = DashboardLink("Show the device").url(TO_DEVICE_OF_SERIES)


def make_fleet() -> Dashboard:
    """Make it."""
    board = begin(
        "netops-fleet",
        "netops / Fleet",
        "Is anything wrong, where, and what is busiest.",
        has_busy_annotations=False,
    )
    return finish(
        board,
        ("", _now()),
        ("What needs attention", _attention()),
        ("Sites", _sites()),
        ("The busiest", _busiest()),
        ("What is there", _inventory()),
    )


def _now() -> Panels:
    return [
        number(
            "Devices",
            "How many devices netops watches.",
            "none",
            Ask(f"count(netops_device_up{{{SITE}, {DEVICE}}})"),
        ),
        number(
            "Unreachable",
            "Devices that did not answer their latest poll, or refused it.",
            "none",
            Ask(f"count(netops_device_up{{{SITE}, {DEVICE}}} == 0) or vector(0)"),
            levels={1: "red"},
        ),
        number(
            "Alerts firing",
            "Alerts of these devices, and of netops itself.",
            "none",
            Ask(f"sum(netops_alerts_firing{{{DEVICE_OR_NONE}}}) or vector(0)"),
            levels={1: "orange"},
        ),
        number(
            "Ports without link",
            "Interfaces that are switched on and have no link. Ports of desks that are empty are among them.",
            "none",
            Ask(f"{_WITHOUT_LINK} or vector(0)"),
        ),
        number(
            "Received now",
            "What all interfaces receive together. A byte that crosses three switches counts three times.",
            "bps",
            Ask(f"8 * sum(device:interface_in_bytes:rate5m{{{DEVICE}}})"),
        ),
        number(
            "Reachable",
            "Share of polls that were answered, over the time shown and all devices.",
            "percentunit",
            Ask(f"avg(avg_over_time(netops_device_up{{{SITE}, {DEVICE}}}[$__range]))"),
            levels={float("-inf"): "red", 0.99: "yellow", 0.999: "green"},
            decimals=2,
        ),
    ]


def _attention() -> Panels:
    return [
        rows(
            "Alerts that fire",
            "Every alert that fires, by device; the number is how many of one rule, such as its interfaces.",
            {"severity": "Severity", "alertname": "Alert", "device": "Device"},
            [
                Column(
                    "Count",
                    "none",
                    f"sum by (severity, alertname, device) (netops_alerts_firing{{{DEVICE_OR_NONE}}})",
                )
            ],
            sort="Count",
            links=[DEVICE_LINK],
            width=HALF,
        ),
        rows(
            "Devices that did not answer in full",
            "What the latest poll could not read, and why; subject reachability means the whole device.",
            {"device": "Device", "subject": "Subject", "kind": "Reason"},
            [
                Column(
                    "Failed",
                    "none",
                    f"max by (device, subject, kind) (netops_device_poll_failed{{{DEVICE}}})",
                )
            ],
            sort="Device",
            ascending=True,
            links=[DEVICE_LINK],
            width=HALF,
        ),
    ]


def _sites() -> Panels:
    return [
        graph(
            "Reachable devices",
            "Share of each site's devices that answered their latest poll.",
            "percentunit",
            Ask(f"site:devices_up:ratio{{{SITE}}}", "{{site}}"),
            top=1,
        ),
        graph(
            "Traffic of sites",
            "What all interfaces of a site receive and send; received above, sent below. A byte that crosses three "
            "switches counts three times, so compare a site with itself.",
            "bps",
            Ask(f"8 * site:interface_in_bytes:rate5m{{{SITE}}}", "{{site}} received"),
            Ask(f"8 * site:interface_out_bytes:rate5m{{{SITE}}}", "{{site}} sent"),
            mirrored=True,
        ),
    ]


def _busiest() -> Panels:
    both = {"device": "Device", "interface": "Interface"}
    return [
        rows(
            "Fullest interfaces",
            "The busier direction of an interface as a share of its speed, over five minutes: the twenty at the top "
            "of each site.",
            {"site": "Site", **both},
            [
                Column(
                    "Use",
                    "percentunit",
                    f"topk(20, site:interface_use:top20{{{SITE}, {DEVICE}}})",
                    levels={0.8: "yellow", 0.9: "red"},
                    decimals=1,
                )
            ],
            sort="Use",
            links=[DEVICE_LINK, INTERFACE_LINK],
            width=THIRD,
        ),
        rows(
            "Interfaces with most traffic",
            "Received and sent together, over five minutes: the twenty at the top of each site.",
            {"site": "Site", **both},
            [Column("Traffic", "bps", f"8 * topk(20, site:interface_bytes:top20{{{SITE}, {DEVICE}}})")],
            sort="Traffic",
            links=[DEVICE_LINK, INTERFACE_LINK],
            width=THIRD,
        ),
        rows(
            "Interfaces with errors",
            "Packets with errors a second, received and sent together, over five minutes. Empty when there are none.",
            {"site": "Site", **both},
            [
                Column(
                    "Errors", "pps", f"topk(20, site:interface_errors:top20{{{SITE}, {DEVICE}}})", decimals=2
                )
            ],
            sort="Errors",
            links=[DEVICE_LINK, INTERFACE_LINK],
            width=THIRD,
        ),
        ranking(
            "Busiest processors",
            "The mean load of a device's processors, the ten highest.",
            "percentunit",
            Ask(f"topk(10, device:processor_load:avg{{{DEVICE}}})", "{{device}}"),
            levels={0.8: "yellow", 0.9: "red"},
            top=1,
            links=[_ON_THIS_PAGE],
        ),
        ranking(
            "Slowest answers",
            "The first SNMP answer of the latest poll, the ten slowest.",
            "s",
            Ask(f"topk(10, netops_device_snmp_rtt_seconds{{{DEVICE}}})", "{{device}}"),
            links=[_ON_THIS_PAGE],
        ),
    ]


def _inventory() -> Panels:
    labels = {
        "device": "Device",
        "site": "Site",
        "address": "Address",
        "vendor": "Vendor",
        "model": "Model",
        "os": "System",
        "os_version": "Version",
        "serial": "Serial",
    }
    by = ", ".join(labels)
    info = f"max by ({by}) (netops_device_info{{{SITE}, {DEVICE}}})"
    return [
        rows(
            "All devices",
            "Every device, what it is, and since when it runs.",
            labels,
            [
                Column(
                    "Running for",
                    "s",
                    f"{info} * on (device) group_left () max by (device) (netops_device_uptime_seconds{{{DEVICE}}})",
                ),
            ],
            sort="Device",
            ascending=True,
            links=[DEVICE_LINK],
            height=12,
        ),
        shares(
            "Makers",
            "How many devices of which maker.",
            Ask(f"count by (vendor) (netops_device_info{{{SITE}, {DEVICE}}})", "{{vendor}}"),
            width=HALF,
        ),
        shares(
            "Systems",
            "How many devices run which operating system.",
            Ask(f"count by (os) (netops_device_info{{{SITE}, {DEVICE}}})", "{{os}}"),
            width=HALF,
        ),
    ]
