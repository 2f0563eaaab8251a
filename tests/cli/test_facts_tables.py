"""Hardware and the network around a device, as tables."""

import pytest

from fakes import START
from netops.cli.facts_tables import MOST_ROWS, print_checks, print_network
from netops.cli.words import failure_word
from netops.model.address import AddressReading
from netops.model.arp import ArpReading
from netops.model.component import ComponentReading
from netops.model.forwarding import ForwardingReading
from netops.model.interface import InterfaceReading
from netops.model.neighbour import NeighbourReading
from netops.model.reading import PollResult
from netops.model.service_check import CheckFailure
from netops.model.vlan import VlanReading
from netops.services.facts import describe_poll


def show(**subjects):
    print_network(describe_poll(PollResult("x", START, **subjects)))


def test_what_a_device_does_not_have_is_not_shown(capsys):
    show()
    assert capsys.readouterr().out == ""


def test_every_subject_has_a_table(capsys):
    show(
        interfaces=[InterfaceReading("Gi1", 3)],
        components=[ComponentReading(1, "chassis", "Chassis", model="C9300", serial="FOC1")],
        vlans=[VlanReading(10, "office", ["Gi1"])],
        neighbours=[NeighbourReading("cdp", "Gi1", "core", "Gi0/1", "10.0.0.2")],
        addresses=[AddressReading("10.0.0.1", 24, 3), AddressReading("10.0.0.3", None, None)],
        forwarding=[ForwardingReading("00:11:22:33:44:55", 10, "Gi1")],
        arp=[ArpReading("10.0.0.9", "00:11:22:33:44:66", 3)],
    )
    shown = capsys.readouterr().out
    for words in ("C9300", "office", "core", "10.0.0.1/24", "00:11:22:33:44:55", "10.0.0.9"):
        assert words in shown


def test_components_without_a_number_of_their_own_are_left_out(capsys):
    show(components=[ComponentReading(9, "container", "Slot 9")])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("count", [MOST_ROWS, MOST_ROWS + 3])
def test_long_tables_are_cut_and_say_so(capsys, count):
    show(forwarding=[ForwardingReading(f"02:00:00:00:00:{at:02x}", 1, "Gi1") for at in range(count)])
    shown = capsys.readouterr().out
    assert shown.count("02:00:00") == MOST_ROWS
    assert ("3 more" in shown) == (count > MOST_ROWS)


def test_a_vlan_on_many_interfaces_names_the_first(capsys):
    show(vlans=[VlanReading(1, "default", [f"Gi{number}" for number in range(1, 49)])])
    shown = capsys.readouterr().out
    assert "Gi8 and 40 more" in shown
    assert "Gi9" not in shown


def test_text_from_a_device_cannot_format_the_output(capsys):
    show(neighbours=[NeighbourReading("lldp", "Gi1", "[red]evil[/red]", "x")])
    assert "[red]evil[/red]" in capsys.readouterr().out


CHECK = {"name": "web", "type": "http", "is_up": True, "duration_seconds": 0.123, "failure": None, "detail": "",
         "status_code": 200, "certificate": None}  # fmt: skip
CERTIFICATE = {"not_after": "2026-03-09T12:00:00+00:00", "days_left": 8, "subject": "CN=web", "issuer": "CN=us",
               "is_trusted": True, "distrust": ""}  # fmt: skip


def test_checks_are_shown_with_certificates_and_remarks(capsys):
    print_checks(
        [
            {**CHECK, "certificate": CERTIFICATE},
            {
                **CHECK,
                "name": "bad",
                "certificate": {**CERTIFICATE, "is_trusted": False, "distrust": "expired"},
            },
            {**CHECK, "name": "off", "is_up": False, "failure": "refused", "detail": "Connection refused"},
        ]
    )
    shown = " ".join(capsys.readouterr().out.split())
    for words in ("2026-03-09 (8 days)", "not trusted: expired; CN=web", "refused", "Connection refused"):
        assert words in shown


def test_without_checks_there_is_no_table(capsys):
    print_checks([])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("failure", list(CheckFailure))
def test_every_failure_has_a_word(failure):
    assert failure_word(failure.value)
