"""What a device tells of its hardware and its place in the network, as tables for people."""

from collections.abc import Sequence
from typing import Any

from netops.cli.output import print_table, say
from netops.cli.words import failure_word
from netops.i18n import _, ngettext

MOST_ROWS = 50
"""Of tables that grow with the network; ``--json`` prints all."""
MOST_INTERFACES = 8


def print_network(facts: dict[str, Any]) -> None:
    """Print the tables that have rows."""
    _print_components(facts["components"])
    _print_vlans(facts["vlans"])
    _print_neighbours(facts["neighbours"])
    _print_addresses(facts)
    _print_forwarding(facts["forwarding"])
    _print_arp(facts)


def print_checks(checks: list[dict[str, Any]]) -> None:
    """Print what service checks found."""
    heads = (_("Check"), _("Type"), _("State"), _("Took"), _("Certificate until"), _("Remark"))
    rows = [
        (
            check["name"],
            check["type"],
            _("up") if check["is_up"] else failure_word(check["failure"]),
            f"{check['duration_seconds']} s",
            *_word_certificate(check["certificate"], check["detail"]),
        )
        for check in checks
    ]
    _print(_("Service checks"), heads, rows)


def _word_certificate(certificate: dict[str, Any] | None, detail: str) -> tuple[str, str]:
    """Word until when a certificate holds, and all remarks about the service."""
    if certificate is None:
        return "", detail
    days = int(certificate["days_left"])
    left = ngettext("%(date)s (%(days)d day)", "%(date)s (%(days)d days)", days)
    words = {"date": certificate["not_after"][:10], "days": days}
    distrust = _("not trusted: %(reason)s") % {"reason": certificate["distrust"]}
    remarks = (detail, distrust if certificate["is_trusted"] is False else "", certificate["subject"])
    return left % words, "; ".join(remark for remark in remarks if remark)


def _print_components(components: list[dict[str, Any]]) -> None:
    """Leave out what has neither a model nor a serial number: slots, ports and sensors by the hundred."""
    rows = [
        (row["name"], row["class"], row["model"], row["serial"], row["firmware"] or row["software"])
        for row in components
        if row["model"] or row["serial"]
    ]
    _print(_("Components"), (_("Name"), _("Class"), _("Model"), _("Serial"), _("Firmware")), rows)


def _print_vlans(vlans: list[dict[str, Any]]) -> None:
    rows = [(row["id"], row["name"], _shorten(row["interfaces"])) for row in vlans]
    _print(_("VLANs"), (_("VLAN"), _("Name"), _("Interfaces")), rows)


def _print_neighbours(neighbours: list[dict[str, Any]]) -> None:
    heads = (_("Interface"), _("Protocol"), _("Neighbour"), _("Its interface"), _("Address"))
    names = ("local_interface", "protocol", "remote_device", "remote_interface", "remote_address")
    _print(_("Neighbours"), heads, [tuple(row[name] for name in names) for row in neighbours])


def _print_addresses(facts: dict[str, Any]) -> None:
    keys = _keys(facts)
    rows = []
    for row in facts["addresses"]:
        prefix = "" if row["prefix_length"] is None else f"/{row['prefix_length']}"
        rows.append((row["address"] + prefix, keys.get(row["if_index"], row["if_index"])))
    _print(_("Addresses"), (_("Address"), _("Interface")), rows)


def _print_forwarding(entries: list[dict[str, Any]]) -> None:
    rows = [(row["mac"], row["vlan"], row["interface"]) for row in entries]
    _print(_("Forwarding table"), (_("MAC address"), _("VLAN"), _("Interface")), rows)


def _print_arp(facts: dict[str, Any]) -> None:
    keys = _keys(facts)
    rows = [(row["address"], row["mac"], keys.get(row["if_index"], row["if_index"])) for row in facts["arp"]]
    _print(_("ARP and neighbour discovery"), (_("Address"), _("MAC address"), _("Interface")), rows)


def _print(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if not rows:
        return
    print_table(title, heads, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        say(_("… and %(count)d more; --json prints all") % {"count": len(rows) - MOST_ROWS})


def _keys(facts: dict[str, Any]) -> dict[int, str]:
    return {row["if_index"]: row["key"] for row in facts["interfaces"]}


def _shorten(interfaces: list[str]) -> str:
    if len(interfaces) <= MOST_INTERFACES:
        return ", ".join(interfaces)
    words = {
        "interfaces": ", ".join(interfaces[:MOST_INTERFACES]),
        "count": len(interfaces) - MOST_INTERFACES,
    }
    return _("%(interfaces)s and %(count)d more") % words
