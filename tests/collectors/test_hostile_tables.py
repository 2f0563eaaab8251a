"""Whatever stands in the tables, a poll ends with readings or with an error of its subject."""

import asyncio
from ipaddress import IPv4Address

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.switch import SYSTEM, Switch, interface
from netops.collectors import (
    addresses,
    arp,
    forwarding,
    hardware,
    lldp,
    neighbours,
    stations,
    vlan_tables,
    vlan_trunks,
    vlans,
)
from netops.collectors.bridge import DOT1D_BASE_PORT_IF_INDEX
from netops.services.facts import describe_poll
from netops.snmp.types import Oid
from netops.store.readings import pack

MODULES = (addresses, arp, forwarding, hardware, lldp, neighbours, stations, vlan_tables, vlan_trunks, vlans)
ENTRIES = (
    DOT1D_BASE_PORT_IF_INDEX,
    *lldp.STANDARD.remote_columns,
    *lldp.VERSION_2.remote_columns,
    *lldp.TIMETRA.remote_columns,
    lldp.STANDARD.addresses,
    lldp.VERSION_2.addresses,
    *(neighbours.CDP / place for place in range(4, 9)),
    *(neighbours.FDP / place for place in (3, 5, 6, 7, 8, 10)),
    *(neighbours.TP_LINK_LLDP / place for place in (4, 6, 8, 9, 10, 13)),
    *(lldp.STANDARD.local / place for place in (2, 3, 4)),
)
COLUMNS = sorted(
    {value for module in MODULES for value in vars(module).values() if isinstance(value, Oid)} | set(ENTRIES)
)
MAKERS = (0, 9, 43, 45, 1916, 1991, 2011, 2272, 2636, 6486, 6527, 11863, 14988, 25506)

arcs = st.one_of(st.integers(0, 300), st.sampled_from((1, 2, 4, 16, 4094, 4095, 2**32 - 1)))
indexes = st.lists(arcs, min_size=1, max_size=22).map(tuple)
values = st.one_of(
    st.integers(-5, 5000),
    st.sampled_from((-(2**31), 2**32, 2**64 - 1)),
    st.binary(max_size=40),
    st.just(None),
    st.just(IPv4Address("10.0.0.1")),
    st.just(Oid.parse("0.0")),
    st.just(Oid.parse("1.3.6.1.2.1.4.32.1.5.3.1.4.10.0.0.0.24")),
    st.floats(),
)
cells = st.dictionaries(st.tuples(st.sampled_from(COLUMNS), indexes), values, max_size=40)


@pytest.mark.parametrize("maker", MAKERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cells=cells, shared=indexes, row=st.lists(values, min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_any_value_at_any_index_is_borne(maker, cells, shared, row):
    """One row goes through all columns, so that they meet; the others stand for themselves."""
    device = Switch(interface(1, "a"), {f"{SYSTEM}.2.0": Oid.parse(f"1.3.6.1.4.1.{maker}.1")})
    mess = {column / shared: value for column, value in zip(COLUMNS, row, strict=True)}
    mess |= {column / index: value for (column, index), value in cells.items()}
    device.session.set({str(oid): value for oid, value in mess.items()})
    result = asyncio.run(device.poll())
    for subject in ("components", "addresses", "neighbours", "vlans", "arp", "forwarding"):
        assert getattr(result, subject) is not None, result.errors
        pack(getattr(result, subject))
    assert {error.kind for error in result.errors} <= {"unexpected_reply"}
    describe_poll(result)
