"""Interface: what one interface carries, how full it is, and what goes wrong on it."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source.device import OPER_STATUS
from grafana.source.frame import DEVICE_LINK, Panels, begin, finish
from grafana.source.panels import graph, number, states
from grafana.source.queries import DEVICE, INTERFACE, Ask
from grafana.source.tables import Column, rows

_NAME = "{{device}} {{interface}}"


def make_interface() -> Dashboard:
    """Make it."""
    board = begin(
        "netops-interface",
        "netops / Interface",
        "What an interface carries, how full it is, and what goes wrong on it.",
        opens_with_all=False,
        interfaces=f"label_values(netops_interface_info{{{DEVICE}}}, interface)",
    )
    return finish(
        board,
        ("", _now()),
        ("Traffic", _traffic()),
        ("Packets", _packets()),
        ("Trouble", _trouble()),
        ("What it is", _facts()),
    )


def _rate(metric: str) -> str:
    return f"rate(netops_interface_{metric}_total{{{INTERFACE}}}[$__rate_interval])"


def _both(noun: str, words: str = "") -> tuple[Ask, Ask]:
    tail = f" {words}" if words else ""
    return (
        Ask(_rate(f"in_{noun}"), f"{_NAME} received{tail}"),
        Ask(_rate(f"out_{noun}"), f"{_NAME} sent{tail}"),
    )


def _now() -> Panels:
    return [
        number(
            "Up",
            "How many of the interfaces shown have a link.",
            "none",
            Ask(f"sum(netops_interface_up{{{INTERFACE}}})"),
            width=3,
        ),
        number(
            "Without link",
            "How many of them are switched on and have none.",
            "none",
            Ask(
                f"count(netops_interface_admin_status{{{INTERFACE}}} == 1 and on (device, interface)"
                f" netops_interface_oper_status{{{INTERFACE}}} == 2) or vector(0)"
            ),
            width=3,
        ),
        number(
            "Speed",
            "Their speeds together.",
            "bps",
            Ask(f"8 * sum(netops_interface_speed_bytes{{{INTERFACE}}})"),
            width=3,
        ),
        number(
            "Fullest",
            "The fullest of them now: its busier direction as a share of its speed, over five minutes.",
            "percentunit",
            Ask(f"max(interface:use:ratio_rate5m{{{INTERFACE}}})"),
            levels={0.8: "yellow", 0.9: "red"},
            width=3,
        ),
        number(
            "Received",
            "Bytes received over the time shown, together.",
            "decbytes",
            Ask(f"sum(increase(netops_interface_in_bytes_total{{{INTERFACE}}}[$__range]))"),
            width=3,
        ),
        number(
            "Sent",
            "Bytes sent over the time shown, together.",
            "decbytes",
            Ask(f"sum(increase(netops_interface_out_bytes_total{{{INTERFACE}}}[$__range]))"),
            width=3,
        ),
        number(
            "95th percentile",
            "The largest 95th percentile among them of what was received or sent, over the time shown.",
            "bps",
            Ask(
                f"8 * max(quantile_over_time(0.95, interface:in_bytes:rate5m{{{INTERFACE}}}[$__range])"
                f" > quantile_over_time(0.95, interface:out_bytes:rate5m{{{INTERFACE}}}[$__range])"
                f" or quantile_over_time(0.95, interface:out_bytes:rate5m{{{INTERFACE}}}[$__range]))"
            ),
            width=3,
        ),
        number(
            "Went up or down",
            "How often links changed over the time shown, as far as polls saw it.",
            "none",
            Ask(f"sum(changes(netops_interface_up{{{INTERFACE}}}[$__range]))"),
            levels={1: "yellow", 6: "orange"},
            width=3,
        ),
    ]


def _traffic() -> Panels:
    return [
        graph(
            "Traffic",
            "Received above, sent below.",
            "bps",
            *(Ask(f"8 * {ask.expr}", ask.legend) for ask in _both("bytes")),
            mirrored=True,
        ),
        graph(
            "Use",
            "Traffic as a share of the speed, over five minutes.",
            "percentunit",
            Ask(f"interface:in_use:ratio_rate5m{{{INTERFACE}}}", f"{_NAME} received"),
            Ask(f"interface:out_use:ratio_rate5m{{{INTERFACE}}}", f"{_NAME} sent"),
            levels={0.9: "red"},
        ),
    ]


def _packets() -> Panels:
    return [
        graph("Unicast packets", "Packets to one receiver.", "pps", *_both("unicast_packets"), mirrored=True),
        graph(
            "Multicast and broadcast packets",
            "Packets to many. A storm shows here first.",
            "pps",
            *_both("multicast_packets", "multicast"),
            *_both("broadcast_packets", "broadcast"),
            mirrored=True,
        ),
        graph(
            "Size of packets",
            "Bytes a packet: large in copies and backups, small in floods.",
            "decbytes",
            *(
                Ask(
                    f"{_rate(f'{way}_bytes')} / ({_rate(f'{way}_unicast_packets')} > 0)",
                    f"{_NAME} {word}",
                )
                for way, word in (("in", "received"), ("out", "sent"))
            ),
        ),
        graph(
            "Share of broadcasts",
            "Broadcasts among the packets received; above a tenth something is wrong, or the port is idle.",
            "percentunit",
            Ask(
                f"{_rate('in_broadcast_packets')} / ({_rate('in_unicast_packets')}"
                f" + {_rate('in_multicast_packets')} + {_rate('in_broadcast_packets')} > 0)",
                _NAME,
            ),
            top=1,
        ),
    ]


def _trouble() -> Panels:
    return [
        graph(
            "Errors",
            "Packets that arrived broken or could not be sent, a second: a cable, a transceiver, duplex.",
            "pps",
            *_both("errors"),
        ),
        graph(
            "Discards",
            "Good packets thrown away, a second: the link is too small for its bursts.",
            "pps",
            *_both("discards"),
        ),
        states(
            "State",
            "What each interface said of its link.",
            Ask(f"netops_interface_oper_status{{{INTERFACE}}}", _NAME),
            words=OPER_STATUS,
            height=8,
        ),
    ]


def _facts() -> Panels:
    labels = {
        "device": "Device",
        "interface": "Interface",
        "alias": "Description",
        "type": "Type",
        "duplex": "Duplex",
        "mac": "MAC address",
        "if_index": "ifIndex",
    }
    info = f"max by ({', '.join(labels)}) (netops_interface_info{{{INTERFACE}}})"
    return [
        rows(
            "Facts",
            "What each interface is, its speed and largest packet.",
            labels,
            [
                Column(
                    "Speed",
                    "bps",
                    f"8 * {info} * on (device, interface) group_left ()"
                    f" max by (device, interface) (netops_interface_speed_bytes{{{INTERFACE}}})",
                ),
                Column(
                    "MTU",
                    "decbytes",
                    f"{info} * on (device, interface) group_left ()"
                    f" max by (device, interface) (netops_interface_mtu_bytes{{{INTERFACE}}})",
                ),
            ],
            sort="Interface",
            ascending=True,
            links=[DEVICE_LINK],
            width=16,
        ),
        rows(
            "Flapping",
            "Interfaces that went up or down over the time shown, and how often.",
            {"device": "Device", "interface": "Interface"},
            [
                Column(
                    "Changes",
                    "none",
                    f"sort_desc(changes(netops_interface_up{{{INTERFACE}}}[$__range]) > 0)",
                )
            ],
            sort="Changes",
            links=[DEVICE_LINK],
            width=8,
        ),
    ]
