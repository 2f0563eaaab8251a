"""Device: how one device, or a few side by side, are doing."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source.frame import INTERFACE_LINK, Panels, begin, finish
from grafana.source.panels import HALF, THIRD, Words, graph, number, ranking, states
from grafana.source.queries import DEVICE, SITE, Ask
from grafana.source.tables import Column, rows

LEVELS: Words = {
    0: ("ok", "green"),
    1: ("warning", "yellow"),
    2: ("critical", "red"),
    3: ("unknown", "purple"),
}
"""The values of netops_sensor_level."""
OPER_STATUS: Words = {
    1: ("up", "green"),
    2: ("down", "red"),
    3: ("testing", "yellow"),
    4: ("unknown", "purple"),
    5: ("dormant", "yellow"),
    6: ("not present", "text"),
    7: ("lower layer down", "red"),
}
"""The values of netops_interface_oper_status."""


def make_device() -> Dashboard:
    """Make it."""
    board = begin(
        "netops-device",
        "netops / Device",
        "How one device, or a few side by side, are doing.",
        opens_with_all=False,
    )
    return finish(
        board,
        ("", _now()),
        ("Reachability", _reachability()),
        ("Interfaces", _interfaces()),
        ("Processors, memory and storage", _health()),
        ("Sensors and tables", _sensors()),
    )


def _now() -> Panels:
    return [
        number(
            "Answers",
            "Whether all devices shown answered their latest poll.",
            "none",
            Ask(f"min(netops_device_up{{{SITE}, {DEVICE}}})"),
            words={0: ("no", "red"), 1: ("yes", "green")},
            width=3,
        ),
        number(
            "Running for",
            "Since the latest start of any device shown.",
            "s",
            Ask(f"min(netops_device_uptime_seconds{{{DEVICE}}})"),
            width=3,
        ),
        number(
            "Alerts firing",
            "Alerts of the devices shown.",
            "none",
            Ask(f"sum(netops_alerts_firing{{{DEVICE}}}) or vector(0)"),
            levels={1: "orange"},
            width=3,
        ),
        number(
            "Last poll",
            "How long ago the latest poll began, of the device that waits longest.",
            "s",
            Ask(f"max(time() - netops_device_last_poll_timestamp_seconds{{{DEVICE}}})"),
            levels={300: "yellow", 900: "red"},
            width=3,
        ),
        rows(
            "What it is",
            "What the device says of itself.",
            {
                "device": "Device",
                "address": "Address",
                "name": "Own name",
                "vendor": "Vendor",
                "model": "Model",
                "os_version": "Version",
                "serial": "Serial",
                "profile": "Profile",
            },
            [Column("", "none", f"netops_device_info{{{SITE}, {DEVICE}}}", is_hidden=True)],
            sort="Device",
            ascending=True,
            width=HALF,
            height=4,
        ),
    ]


def _reachability() -> Panels:
    return [
        states(
            "Answered polls",
            "Whether each poll was answered over SNMP, and each echo over ICMP.",
            Ask(f"netops_device_up{{{SITE}, {DEVICE}}}", "{{device}} SNMP"),
            Ask(f"netops_device_icmp_up{{{DEVICE}}}", "{{device}} ICMP"),
            width=HALF,
            height=8,
        ),
        graph(
            "Time to answer",
            "Round trip of an ICMP echo, and time to the first SNMP answer. A slow agent on a quick network is busy.",
            "s",
            Ask(f"netops_device_icmp_rtt_seconds{{{DEVICE}}}", "{{device}} ICMP"),
            Ask(f"netops_device_snmp_rtt_seconds{{{DEVICE}}}", "{{device}} SNMP"),
        ),
        graph(
            "Duration of polls",
            "How long a whole visit took.",
            "s",
            Ask(f"netops_device_poll_duration_seconds{{{DEVICE}}}", "{{device}}"),
        ),
        rows(
            "What could not be read",
            "Subjects that the latest poll could not read, and why. Empty when all was read.",
            {"device": "Device", "subject": "Subject", "kind": "Reason"},
            [Column("", "none", f"netops_device_poll_failed{{{DEVICE}}}", is_hidden=True)],
            sort="Device",
            ascending=True,
            width=HALF,
        ),
    ]


def _interfaces() -> Panels:
    by = "max by (device, interface)"
    return [
        graph(
            "Traffic",
            "What all interfaces receive (above) and send (below) together.",
            "bps",
            Ask(f"8 * device:interface_in_bytes:rate5m{{{DEVICE}}}", "{{device}} received"),
            Ask(f"8 * device:interface_out_bytes:rate5m{{{DEVICE}}}", "{{device}} sent"),
            mirrored=True,
        ),
        graph(
            "Errors and discards",
            "Packets with errors, and good ones thrown away, a second, of all interfaces in both directions.",
            "pps",
            Ask(f"sum by (device) (interface:errors:rate5m{{{DEVICE}}})", "{{device}} errors"),
            Ask(f"sum by (device) (interface:discards:rate5m{{{DEVICE}}})", "{{device}} discards"),
        ),
        rows(
            "Interfaces",
            "State, speed, traffic, use of the busier direction, and errors over five minutes.",
            {"device": "Device", "interface": "Interface", "alias": "Description"},
            [
                Column(
                    "State",
                    "none",
                    "max by (device, interface, alias) (netops_interface_info{" + DEVICE + "})"
                    " * on (device, interface) group_left ()"
                    f" {by} (netops_interface_oper_status{{{DEVICE}}})",
                    words=OPER_STATUS,
                ),
                Column("Speed", "bps", f"8 * {by} (netops_interface_speed_bytes{{{DEVICE}}})"),
                Column("Received", "bps", f"8 * {by} (interface:in_bytes:rate5m{{{DEVICE}}})"),
                Column("Sent", "bps", f"8 * {by} (interface:out_bytes:rate5m{{{DEVICE}}})"),
                Column(
                    "Use",
                    "percentunit",
                    f"{by} (interface:use:ratio_rate5m{{{DEVICE}}})",
                    levels={0.8: "yellow", 0.9: "red"},
                    decimals=1,
                ),
                Column("Errors", "pps", f"{by} (interface:errors:rate5m{{{DEVICE}}})", decimals=2),
            ],
            sort="Use",
            links=[INTERFACE_LINK],
            height=12,
        ),
    ]


def _health() -> Panels:
    return [
        graph(
            "Processor load",
            "Share of time each processor was busy.",
            "percentunit",
            Ask(f"netops_processor_load_ratio{{{DEVICE}}}", "{{device}} {{processor}}"),
            top=1,
            width=THIRD,
        ),
        graph(
            "Memory used",
            "Share of each pool, without what caches could give back.",
            "percentunit",
            Ask(
                f"netops_memory_used_bytes{{{DEVICE}}} / (netops_memory_size_bytes{{{DEVICE}}} > 0)",
                "{{device}} {{pool}}",
            ),
            top=1,
            levels={0.95: "red"},
            width=THIRD,
        ),
        ranking(
            "Storage used",
            "Share of each volume.",
            "percentunit",
            Ask(
                f"sort_desc(netops_storage_used_bytes{{{DEVICE}}} / (netops_storage_size_bytes{{{DEVICE}}} > 0))",
                "{{device}} {{volume}}",
            ),
            levels={0.85: "yellow", 0.95: "red"},
            top=1,
            width=THIRD,
        ),
        graph(
            "Load average",
            "Processes that run or wait, over five minutes; compare with the number of processors.",
            "none",
            Ask(f"netops_load5{{{DEVICE}}}", "{{device}}"),
            width=THIRD,
        ),
        graph(
            "Disks",
            "Bytes read and written a second, where a device tells: netops' own machine.",
            "Bps",
            Ask(
                f"rate(netops_disk_read_bytes_total{{{DEVICE}}}[$__rate_interval])",
                "{{device}} {{disk}} read",
            ),
            Ask(
                f"rate(netops_disk_written_bytes_total{{{DEVICE}}}[$__rate_interval])",
                "{{device}} {{disk}} written",
            ),
            width=THIRD,
        ),
        graph(
            "Time disks work",
            "Share of time each disk was busy; at 1 whatever uses it waits.",
            "percentunit",
            Ask(f"rate(netops_disk_busy_seconds_total{{{DEVICE}}}[$__rate_interval])", "{{device}} {{disk}}"),
            top=1,
            width=THIRD,
        ),
    ]


def _sensors() -> Panels:
    return [
        graph(
            "Temperatures",
            "Every temperature the device tells.",
            "celsius",
            Ask(f"netops_sensor_temperature_celsius{{{DEVICE}}}", "{{device}} {{sensor}}"),
            bottom=None,
        ),
        states(
            "Levels of sensors",
            "How bad each sensor is, by its own limits or states.",
            Ask(f"netops_sensor_level{{{DEVICE}}}", "{{device}} {{sensor}}"),
            words=LEVELS,
            width=HALF,
            height=8,
        ),
    ]
