"""Names and words for what an agent says."""

import logging
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from netops.snmp.display import apply_hint, as_text, bits_as_text, ticks_as_text
from netops.snmp.mibs.ianaiftype import IF_TYPE_LABELS, label_if_type
from netops.snmp.mibs.smi import MibSyntaxError, Syntax, parse_modules, resolve
from netops.snmp.names import Names
from netops.snmp.types import Absent, Oid, Tag, Varbind

NAMES = Names()

VENDOR_MIB = """
-- a vendor's module, with the faults vendors make
ACME-POWER-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises, OBJECT-TYPE, MODULE-IDENTITY, Integer32 FROM SNMPv2-SMI
        TEXTUAL-CONVENTION FROM SNMPv2-TC;
acme MODULE-IDENTITY
    LAST-UPDATED "202601010000Z" ORGANIZATION "Acme" CONTACT-INFO "-- not a comment"
    DESCRIPTION "SYNTAX INTEGER { no(1) } ::= { enterprises 1 }"
    ::= { enterprises 99999 }
AcmeState ::= TEXTUAL-CONVENTION
    STATUS current
    DESCRIPTION "State."
    SYNTAX INTEGER { ok(1), onFire (2), -- really
                     gone(-1) }
AcmeTenths ::= TEXTUAL-CONVENTION DISPLAY-HINT "d-1" STATUS current DESCRIPTION "" SYNTAX Integer32
acmeTable OBJECT-TYPE SYNTAX SEQUENCE OF AcmeEntry MAX-ACCESS not-accessible STATUS current
    DESCRIPTION "" ::= { acme 1 }
acmeEntry OBJECT-TYPE SYNTAX AcmeEntry MAX-ACCESS not-accessible STATUS current DESCRIPTION ""
    INDEX { acmeIndex } ::= { acmeTable 1 }
AcmeEntry ::= SEQUENCE { acmeIndex Integer32, acmeState AcmeState }
acmeIndex OBJECT-TYPE SYNTAX Integer32 (1..9) MAX-ACCESS not-accessible STATUS current DESCRIPTION "" ::= { acmeEntry 1 }
acmeState OBJECT-TYPE SYNTAX AcmeState MAX-ACCESS read-only STATUS current DESCRIPTION "" ::= { acmeEntry 2 }
acmeTemp OBJECT-TYPE SYNTAX AcmeTenths MAX-ACCESS read-only STATUS current DESCRIPTION "" ::= { acmeEntry 3 }
acmeOdd OBJECT IDENTIFIER ::= { iso org(3) dod(6) 1 4 1 99999 7 }
acmeLost OBJECT IDENTIFIER ::= { nowhere 1 }
acmeTrap TRAP-TYPE ENTERPRISE acme VARIABLES { acmeState } DESCRIPTION "" ::= 5
END
"""


@pytest.mark.parametrize(
    ("dotted", "symbol"),
    [
        ("1.3.6.1.2.1.2.2.1.2.3", "IF-MIB::ifDescr.3"),
        ("1.3.6.1.2.1.1.3.0", "SNMPv2-MIB::sysUpTime.0"),
        ("1.3.6.1.6.3.1.1.5.3", "IF-MIB::linkDown"),
        ("1.3.6.1.6.3.15.1.1.3.0", "SNMP-USER-BASED-SM-MIB::usmStatsUnknownUserNames.0"),
        ("1.3.6.1.2.1.33.1.2.1.0", "UPS-MIB::upsBatteryStatus.0"),
        ("1.3.6.1.2.1.43.11.1.1.9.1.1", "Printer-MIB::prtMarkerSuppliesLevel.1.1"),
        ("1.3.6.1.2.1.99.1.1.1.4.7", "ENTITY-SENSOR-MIB::entPhySensorValue.7"),
        ("1.0.8802.1.1.2.1.4.1.1.9.0.1.2", "LLDP-MIB::lldpRemSysName.0.1.2"),
        ("1.3.6.1.2.1.17.7.1.4.3.1.1.10", "Q-BRIDGE-MIB::dot1qVlanStaticName.10"),
        ("1.3.6.1.2.1.17.1.4.1.2.1", "BRIDGE-MIB::dot1dBasePortIfIndex.1"),
        ("1.3.6.1.2.1.10.7.2.1.19.1", "EtherLike-MIB::dot3StatsDuplexStatus.1"),
        ("1.3.6.1.2.1.25.3.3.1.2.196608", "HOST-RESOURCES-MIB::hrProcessorLoad.196608"),
        ("1.3.6.1.4.1.2021.10.1.3.1", "UCD-SNMP-MIB::laLoad.1"),
        ("1.3.6.1.2.1.47.1.1.1.1.11.1", "ENTITY-MIB::entPhysicalSerialNum.1"),
        ("1.3.6.1.2.1.4.20.1.1.127.0.0.1", "IP-MIB::ipAdEntAddr.127.0.0.1"),
        ("1.3.6.1.4.1.9.9.1", "enterprises.9.9.1"),
        ("0.4", "ccitt.4"),
    ],
)
def test_symbol_and_oid_are_inverse(dotted: str, symbol: str) -> None:
    assert NAMES.symbol(Oid.parse(dotted)) == symbol
    assert str(NAMES.oid(symbol)) == dotted


@pytest.mark.parametrize(
    "text", ["ifDescr.3", " IF-MIB::ifDescr.3 ", ".1.3.6.1.2.1.2.2.1.2.3", "mib-2.2.2.1.2.3"]
)
def test_every_spelling_reads_the_same(text: str) -> None:
    assert str(NAMES.oid(text)) == "1.3.6.1.2.1.2.2.1.2.3"


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("ifdescr", LookupError, "did you mean ifDescr"),
        ("IF-MIB::nope", LookupError, "IF-MIB::nope: no such name"),
        ("SNMPv2-MIB::ifDescr", LookupError, "did you mean ifDescr"),
        ("", LookupError, "no such name"),
        ("1", ValueError, None),
        ("1.3.6.x", ValueError, None),
        ("ifDescr.x", ValueError, None),
        ("ifDescr.-1", ValueError, None),
    ],
)
def test_what_is_no_name_is_refused(text: str, error: type[Exception], told: str | None) -> None:
    with pytest.raises(error, match=told):
        NAMES.oid(text)


@pytest.mark.parametrize(
    ("name", "tag", "value", "text"),
    [
        ("ifOperStatus.1", Tag.INTEGER, 7, "lowerLayerDown(7)"),
        ("ifOperStatus.1", Tag.INTEGER, 99, "99"),
        ("ifType.1", Tag.INTEGER, 6, "ethernetCsmacd(6)"),
        ("ifPhysAddress.1", Tag.OCTET_STRING, bytes.fromhex("001122aabbcc"), "00:11:22:aa:bb:cc"),
        ("ifPhysAddress.1", Tag.OCTET_STRING, b"", ""),
        ("sysUpTime.0", Tag.TIME_TICKS, 8_640_000 + 6_001, "1 day, 0:01:00.01"),
        (
            "hrSystemDate.0",
            Tag.OCTET_STRING,
            bytes.fromhex("07ea0b17161e05002b0800"),
            "2026-11-23,22:30:5.0,+8:0",
        ),
        ("sysObjectID.0", Tag.OBJECT_IDENTIFIER, Oid.parse("1.3.6.1.2.1.2"), "IF-MIB::interfaces"),
        ("lldpRemSysCapSupported.0.1.2", Tag.OCTET_STRING, b"\x28\x00", "bridge(2) router(4)"),
        ("ifDescr.1", Tag.OCTET_STRING, "接口 1".encode(), "接口 1"),
        ("ifDescr.1", Tag.OCTET_STRING, b"\xff\x01", "ff:01"),
        ("1.3.6.1.4.1.9.1", Tag.OCTET_STRING, b"plain\r\ntext", "plain\r\ntext"),
        ("1.3.6.1.4.1.9.1", Tag.OPAQUE, 1.5, "1.5"),
        ("1.3.6.1.4.1.9.1", Tag.IP_ADDRESS, IPv4Address("10.0.0.1"), "10.0.0.1"),
        ("1.3.6.1.4.1.9.1", Tag.NULL, None, ""),
        ("1.3.6.1.4.1.9.1", Tag.NO_SUCH_INSTANCE, Absent.NO_SUCH_INSTANCE, "noSuchInstance"),
    ],
)
def test_value_is_worded_by_its_type(name: str, tag: int, value: Any, text: str) -> None:
    assert NAMES.display(Varbind(NAMES.oid(name), tag, value)) == text


@pytest.mark.parametrize(
    ("value", "hint", "text"),
    [
        (b"\x01\x02\x03", "1x:", "01:02:03"),
        (b"\x00\x50", "2d", "80"),
        (b"\x0a\x00\x00\x01\x00\x50", "1d.1d.1d.1d/2d", "10.0.0.1/80"),
        (b"\x02\x0a\x0b\x01", "*1x:-1d", "0a:0b-1"),
        (b"\x08\x00", "1o.", "10.0"),
        (b"abc", "255a", "abc"),
        (b"\xff", "255a", None),
        (b"abc", "255t", "abc"),
        (b"abc", "nonsense", None),
        (b"\x05", "*1x:", ""),
    ],
)
def test_display_hint_is_applied(value: bytes, hint: str, text: str | None) -> None:
    assert apply_hint(value, hint) == text


def test_ticks_and_bits_at_their_bounds() -> None:
    assert ticks_as_text(0) == "0:00:00.00"
    assert ticks_as_text(2**32 - 1) == "497 days, 2:27:52.95"
    assert bits_as_text(b"", {0: "a"}) == ""
    assert bits_as_text(b"\x80\x01", {0: "a"}) == "a(0) 15"


@pytest.mark.parametrize(("value", "text"), [(215, "21.5"), (-5, "-0.5"), (0, "0.0")])
def test_decimal_hint_moves_the_point(value: int, text: str) -> None:
    assert as_text(Tag.INTEGER, value, Syntax("INTEGER", {}, "d-1")) == text


def test_interface_types_are_ianas() -> None:
    known = {1: "other", 6: "ethernetCsmacd", 24: "softwareLoopback", 53: "propVirtual", 71: "ieee80211"}
    known |= {131: "tunnel", 135: "l2vlan", 136: "l3ipvlan", 161: "ieee8023adLag", 166: "mpls", 209: "bridge"}
    assert known.items() <= IF_TYPE_LABELS.items()
    assert len(set(IF_TYPE_LABELS.values())) == len(IF_TYPE_LABELS) > 290
    assert label_if_type(6) == "ethernetCsmacd"
    assert label_if_type(99_999) == "99999"


def test_vendor_module_gives_its_names(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "ACME-POWER-MIB.txt").write_text(VENDOR_MIB)
    (tmp_path / "README").write_text("no module")
    (tmp_path / "sub").mkdir()
    with caplog.at_level(logging.WARNING):
        names = Names([tmp_path, tmp_path / "missing"])
        state = names.oid("ACME-POWER-MIB::acmeState.3")
    assert str(state) == "1.3.6.1.4.1.99999.1.1.2.3"
    assert names.label(state, 2) == "onFire"
    assert names.label(state, -1) == "gone"
    assert names.label(Oid.parse("2.5.5"), 1) is None
    assert names.display(Varbind(names.oid("acmeTemp.3"), Tag.INTEGER, 215)) == "21.5"
    assert str(names.oid("acmeOdd")) == "1.3.6.1.4.1.99999.7"
    assert names.symbol(Oid.parse("1.3.6.1.4.1.99999.0.5")) == "ACME-POWER-MIB::acmeTrap"
    found = names.find(state)
    assert found is not None
    assert found[0].kind == "column"
    with pytest.raises(LookupError):
        names.oid("acmeLost")
    assert "README: skipped" in caplog.text
    assert {"ACME-POWER-MIB", "IF-MIB"} <= set(names.modules())


@pytest.mark.parametrize("cut", range(0, len(VENDOR_MIB), 97))
def test_truncated_module_never_raises_anything_but_its_own_error(cut: int) -> None:
    try:
        found = list(resolve(parse_modules(VENDOR_MIB[:cut]), {}))
    except MibSyntaxError:
        assert "DEFINITIONS" not in VENDOR_MIB[:cut]
    else:
        assert all(node.module == "ACME-POWER-MIB" for node in found)


def test_two_modules_in_one_file_know_each_other() -> None:
    text = """A-MIB DEFINITIONS ::= BEGIN b OBJECT IDENTIFIER ::= { a 2 } END
    B-MIB { iso 3 } DEFINITIONS ::= BEGIN a OBJECT IDENTIFIER ::= { enterprises 5 } END"""
    found = {node.name: (node.module, node.arcs) for node in resolve(parse_modules(text), {})}
    assert found == {"a": ("B-MIB", (1, 3, 6, 1, 4, 1, 5)), "b": ("A-MIB", (1, 3, 6, 1, 4, 1, 5, 2))}
