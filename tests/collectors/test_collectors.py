"""The collectors beside a real agent: net-snmp's, over our engine."""

import psutil
import pytest

from netops.clock import SystemClock
from netops.collectors import COLLECTORS, DeviceMemory, Visit, read_device
from netops.model.access import CommunityCredential
from netops.model.reading import PollResult, Reach
from netops.snmp.session import SnmpEngine, open_session
from peers.snmpd import COMMUNITY, Snmpd


@pytest.fixture
async def engine():
    engine = SnmpEngine()
    await engine.start()
    yield engine
    await engine.stop()


@pytest.mark.peer("snmpd")
@pytest.mark.parametrize(("version", "wide"), [("2c", 0xFF), ("1", 0)])
async def test_a_real_agent_is_read_whole(tmp_path, engine, version, wide):
    """SNMPv1 has no Counter64 (RFC 3584 section 4.2.2.1), so the 32-bit columns serve there."""
    clock = SystemClock()
    with Snmpd(tmp_path) as agent:
        session = open_session(engine, agent.access(CommunityCredential(version, COMMUNITY)))
        memory = DeviceMemory()
        for _poll in range(2):
            visit = Visit(memory, clock, PollResult("agent", clock.now()))
            result = await read_device(session, visit, COLLECTORS)
        await session.close()
    assert result.reachability.snmp is Reach.YES
    assert not result.errors
    assert result.system.object_id.startswith("1.3.6.1.4.1.8072.3.2.")
    names = {interface.name or interface.description for interface in result.interfaces}
    assert names == set(psutil.net_if_stats())
    assert {interface.wide for interface in result.interfaces} == {wide}
    assert [space.name for space in result.memory][:1] == ["Physical memory"]
    assert result.load is not None
