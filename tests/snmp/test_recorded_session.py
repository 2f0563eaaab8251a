"""A recording asked directly answers as the replay agent does over the network."""

import pytest

from netops.clock import SystemClock
from netops.model.access import CommunityCredential, SnmpAccess
from netops.services.look_at_device import session_to
from netops.simulator.replay import Replay
from netops.snmp.recorded_session import RecordedSession
from netops.snmp.recording import load_recording
from netops.snmp.types import Absent, Oid

DEVICE = """\
1.3.6.1.2.1.1.1.0|4|Room sensor
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.1
1.3.6.1.2.1.1.3.0|67|4294967295
1.3.6.1.4.1.32473.1.3.1|2|-5
1.3.6.1.4.1.32473.1.3.2|65|7
1.3.6.1.4.1.32473.1.30.1|70|18446744073709551615
"""
BAD = "1.3.6.1.4.1.32473.1.3.3|64x|0a00\n"
COLUMN = Oid.parse("1.3.6.1.4.1.32473.1.3")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "room.snmprec"
    path.write_text(DEVICE)
    return path


ASKED = [Oid.parse(text) for text in ("1.3", "1.3.6.1.2.1.1.1.0", "1.3.6.1.4.1.32473.1.3.2", "2.5")]


async def test_it_answers_as_the_agent_does(path):
    recorded = RecordedSession(load_recording(path))
    replay = Replay([path], port=0)
    await replay.start()
    try:
        access = SnmpAccess(
            "127.0.0.1", CommunityCredential("2c", "room"), port=replay.port, timeout_seconds=5
        )
        async with session_to(access, SystemClock()) as (_engine, session):
            assert await recorded.get_next(ASKED) == await session.get_next(ASKED)
            for varbind, other in zip(await recorded.get(ASKED), await session.get(ASKED), strict=True):
                assert (varbind.oid, isinstance(varbind.value, Absent)) == (
                    other.oid,
                    isinstance(other.value, Absent),
                )
            columns = [COLUMN, COLUMN / 1, Oid.parse("1.3.6.1.4.1.32473.1.30")]
            assert await recorded.read_columns(columns) == await session.read_columns(columns)
            root = Oid.parse("1.3.6.1.4.1")
            assert [each async for each in recorded.walk(root)] == [each async for each in session.walk(root)]
    finally:
        await replay.stop()


async def test_a_value_its_type_cannot_have_is_passed_over(path):
    path.write_text(DEVICE + BAD)
    session = RecordedSession(load_recording(path))
    (column,) = await session.read_columns([COLUMN])
    assert column == {(1,): -5, (2,): 7}
    (found,) = await session.get_next([COLUMN / 2])
    assert found.oid == Oid.parse("1.3.6.1.4.1.32473.1.30.1")
    (absent,) = await session.get([COLUMN / 3])
    assert absent.value is Absent.NO_SUCH_OBJECT
    await session.close()
