"""Neighbours, addresses and ARP beside real software: lldpd's agent behind snmpd, in a namespace of its own."""

import pytest

from netops.clock import SystemClock
from netops.model.access import CommunityCredential
from netops.services.look_at_device import look_at_device
from peers.network import (
    ADDRESS,
    FAR,
    FAR_ADDRESS,
    FAR_DESCRIPTION,
    NEAR,
    NEIGHBOUR,
    NEIGHBOUR_MAC,
    CableNetwork,
    may_make_networks,
)
from peers.snmpd import COMMUNITY, Snmpd


@pytest.mark.peer("snmpd", "lldpd", "unshare", "nsenter", "ip")
@pytest.mark.skipif(not may_make_networks(), reason="needs root that may make network namespaces")
def test_what_a_real_lldpd_heard_is_told_with_both_ends_of_the_cable(tmp_path):
    with CableNetwork(tmp_path) as network:
        facts = network.poll("--community", COMMUNITY)
    assert not facts["errors"]
    keys = {interface["key"]: interface["if_index"] for interface in facts["interfaces"]}
    (neighbour,) = facts["neighbours"]
    assert neighbour["protocol"] == "lldp"
    assert neighbour["local_interface"] == NEAR
    assert neighbour["remote_interface"] == FAR
    assert neighbour["remote_address"] == FAR_ADDRESS
    assert neighbour["remote_description"] == FAR_DESCRIPTION
    macs = {interface["key"]: interface["mac"] for interface in facts["interfaces"]}
    assert neighbour["remote_chassis"] == neighbour["remote_port"] == macs[FAR]
    addresses = {row["address"]: (row["prefix_length"], row["if_index"]) for row in facts["addresses"]}
    assert addresses[ADDRESS] == (24, keys[NEAR])
    assert addresses["2001:db8::1"] == (64, keys[NEAR])
    assert addresses["127.0.0.1"] == (8, keys["lo"])
    entries = {row["address"]: (row["mac"], row["if_index"]) for row in facts["arp"]}
    assert entries[NEIGHBOUR] == (NEIGHBOUR_MAC, keys[NEAR])


@pytest.mark.peer("snmpd")
@pytest.mark.parametrize("version", ["1", "2c"])
async def test_the_addresses_of_this_machine_are_those_its_agent_tells(tmp_path, version):
    with Snmpd(tmp_path) as agent:
        access = agent.access(CommunityCredential(version, COMMUNITY))
        result = await look_at_device(access, SystemClock(), ping=False)
    assert not result.errors
    assert ("127.0.0.1", 8) in {(row.address, row.prefix_length) for row in result.addresses}
    assert result.components == result.vlans == result.neighbours == []
