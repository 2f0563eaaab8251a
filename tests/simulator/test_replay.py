"""Recordings that answer again: told apart by community, whole, and silent where a device would be."""

import json
import logging
import re
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from netops.model.access import CommunityCredential, SnmpAccess
from netops.simulator.errors import SimulatorError
from netops.simulator.replay import Replay, ReplayAgent, Shelf, collect
from netops.simulator.serve import ServeOptions, build_replay, describe, describe_json
from netops.snmp import codec
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from netops.snmp.types import Absent, Oid
from simulator.asking import Reply, build_request, read_reply

SWITCH = """\
# a small switch
1.3.6.1.2.1.1.1.0|4|Switch of a test
1.3.6.1.2.1.1.5.0|4|sw-1
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.2.2.1.2.2|4|eth1
1.3.6.1.2.1.31.1.1.1.6.1|70|5000000000
1.3.6.1.2.1.31.1.1.1.15.1|66|1000
"""
DESCRIPTION, NAME = Oid.parse("1.3.6.1.2.1.1.1.0"), Oid.parse("1.3.6.1.2.1.1.5.0")
IF_DESCR = Oid.parse("1.3.6.1.2.1.2.2.1.2")
OCTETS, SPEED = Oid.parse("1.3.6.1.2.1.31.1.1.1.6.1"), Oid.parse("1.3.6.1.2.1.31.1.1.1.15.1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sw.snmprec").write_text(SWITCH)
    (tmp_path / "sw@10.snmprec").write_text("1.3.6.1.2.1.17.4.3.1.2.1|2|3\n")
    (tmp_path / "ups.walk").write_text('.1.3.6.1.2.1.1.1.0 = STRING: "UPS of a test"\n')
    (tmp_path / "README.md").write_text("no recording")
    return tmp_path


@pytest.fixture
def replay(folder: Path) -> Replay:
    return Replay([folder], port=0)


def ask(replay: Replay, tag: int, *oids: Oid, address: str = "127.0.0.1", **options: int | bytes) -> Reply:
    options.setdefault("community", b"sw")
    (datagram,) = replay.answer(build_request(tag, oids, **options), address)  # type: ignore[arg-type] # test keywords
    return read_reply(datagram)


@pytest.mark.parametrize(("community", "text"), [(b"sw", b"Switch of a test"), (b"ups", b"UPS of a test")])
def test_the_community_chooses_the_recording(replay, community, text):
    assert ask(replay, codec.GET, DESCRIPTION, community=community).values == [text]


@pytest.mark.parametrize("community", [b"public", b"", b"sw@11", b"README", b"\xff"])
def test_an_unknown_community_meets_silence(replay, community):
    assert replay.answer(build_request(codec.GET, [DESCRIPTION], community=community)) == []


def test_a_context_is_a_community_of_its_own(replay):
    reply = ask(replay, codec.GET_NEXT, Oid.of(1, 3), community=b"sw@10")
    assert str(reply.varbinds[0].oid) == "1.3.6.1.2.1.17.4.3.1.2.1"


def test_an_address_of_its_own_takes_any_community_and_keeps_contexts_apart(replay):
    (address,) = [device.address for device in replay.devices if device.name == "sw"]
    for community in (b"public", b"sw", b"secret"):
        reply = ask(replay, codec.GET, NAME, address=address, community=community)
        assert reply.values == [b"sw-1"]
    reply = ask(replay, codec.GET_NEXT, Oid.of(1, 3), address=address, community=b"public@10")
    assert reply.values == [3]
    request = build_request(codec.GET, [NAME], community=b"public@11")
    assert replay.answer(request, address) == []


@pytest.mark.parametrize("datagram", [b"", b"\x30", b"\x30\x03\x02\x01\x01", bytes(40)])
def test_garbage_and_v3_meet_silence(replay, datagram):
    assert replay.answer(datagram) == []
    assert replay.answer(b"\x30\x05\x02\x01\x03\x30\x00") == []


def test_what_is_absent_is_told_as_an_agent_would(replay):
    reply = ask(replay, codec.GET, NAME, IF_DESCR / 9, Oid.parse("1.3.6.1.4.1.9.1.0"))
    assert reply.values == [b"sw-1", Absent.NO_SUCH_INSTANCE, Absent.NO_SUCH_OBJECT]
    assert ask(replay, codec.GET, Oid.of(1, 3), Oid.of(2, 3)).values == [
        Absent.NO_SUCH_INSTANCE,
        Absent.NO_SUCH_OBJECT,
    ]
    assert ask(replay, codec.GET_NEXT, SPEED).values == [Absent.END_OF_MIB_VIEW]


def test_v1_sees_no_counter64_and_no_exceptions(replay):
    assert ask(replay, codec.GET_NEXT, IF_DESCR / 2, version=codec.VERSION_1).varbinds[0].oid == SPEED
    assert ask(replay, codec.GET, NAME, OCTETS, version=codec.VERSION_1).status == 2
    assert ask(replay, codec.GET_NEXT, SPEED, version=codec.VERSION_1).status == 2


def test_getbulk_goes_on_to_the_end(replay):
    reply = ask(replay, codec.GET_BULK, IF_DESCR, repetitions=50)
    assert reply.values == [b"eth0", b"eth1", 5_000_000_000, 1000, Absent.END_OF_MIB_VIEW]


def test_set_is_refused(replay):
    assert ask(replay, 0xA3, NAME).status == 17


@pytest.mark.parametrize("size", [1300, 1500, 40_000])
@pytest.mark.parametrize("tag", [codec.GET, codec.GET_BULK])
def test_a_value_larger_than_a_reply_goes_out_alone(tmp_path, size, tag):
    path = tmp_path / "large.snmprec"
    path.write_text(f"1.3.6.1.2.1.1.1.0|4|{'x' * size}\n1.3.6.1.2.1.1.5.0|4|name\n")
    oid = DESCRIPTION if tag == codec.GET else Oid.of(1, 3)
    reply = ask(Replay([path], port=0), tag, oid, repetitions=9, community=b"large")
    assert reply.status == 0
    assert reply.values[0] == b"x" * size


def test_several_values_larger_than_a_reply_are_too_big_together(tmp_path):
    path = tmp_path / "large.snmprec"
    path.write_text(f"1.3.6.1.2.1.1.1.0|4|{'x' * 1000}\n1.3.6.1.2.1.1.5.0|4|{'y' * 1000}\n")
    assert ask(Replay([path], port=0), codec.GET, DESCRIPTION, NAME, community=b"large").status == 1


async def test_our_engine_reads_a_recording_over_the_socket(replay):
    await replay.start()
    engine = SnmpEngine()
    await engine.start()
    try:
        access = SnmpAccess("127.0.0.1", CommunityCredential("2c", "sw"), replay.port, timeout_seconds=5)
        session = open_session(engine, access)
        assert await session.read_columns([IF_DESCR]) == [{(1,): b"eth0", (2,): b"eth1"}]
        assert len([varbind async for varbind in session.walk(Oid.of(1, 3))]) == 6
    finally:
        await engine.stop()
        await replay.stop()


# --- the shelf


def test_a_recording_with_wrong_lines_answers_with_the_rest_and_says_so(tmp_path, caplog):
    path = tmp_path / "odd.snmprec"
    path.write_text("1.3.6.1.2.1.1.1.0|4|here\n1.3.6.xx|2|1\n1.3.6.1.2.1.1.5.0|4x|0\n")
    replay = Replay([path], port=0)
    with caplog.at_level(logging.WARNING):
        assert ask(replay, codec.GET, DESCRIPTION, community=b"odd").values == [b"here"]
    assert caplog.messages == ["odd: 1 lines left out, 1 values in hex repaired"]


def test_a_file_that_cannot_be_read_is_silent_and_said_once(tmp_path, caplog):
    path = tmp_path / "broken.snmprec.bz2"
    path.write_bytes(b"BZh9nothing")
    replay = Replay([path], port=0)
    with caplog.at_level(logging.WARNING):
        for _twice in range(2):
            assert replay.answer(build_request(codec.GET, [NAME], community=b"broken")) == []
    assert len(caplog.messages) == 1
    assert "cannot be read" in caplog.messages[0]


def test_the_least_used_recordings_are_forgotten(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.snmprec").write_text(SWITCH)
    shelf = Shelf(collect([tmp_path]), kept=12)
    first, second = shelf.shape("a"), shelf.shape("b")
    assert shelf.shape("a") is first
    shelf.shape("c")
    assert shelf.shape("a") is first
    assert shelf.shape("b") is not second


def test_one_recording_stays_however_large_it_is(tmp_path):
    (tmp_path / "a.snmprec").write_text(SWITCH)
    shelf = Shelf(collect([tmp_path]), kept=1)
    assert shelf.shape("a") is shelf.shape("a")


def test_an_agent_without_a_recording_is_silent():
    agent = ReplayAgent(lambda _community: None, IPv4Address("127.0.0.1"))
    assert agent.answer(build_request(codec.GET, [NAME])) == []
    assert agent.delay_seconds() == 0


# --- finding them


def test_of_two_recordings_with_one_name_the_first_is_taken(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sw.snmprec").write_text(f"1.3.6.1.2.1.1.5.0|4|{name}\n")
    replay = Replay([tmp_path / "two", tmp_path / "one"], port=0)
    assert ask(replay, codec.GET, NAME).values == [b"two"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent", "no such file or folder"),
        ("README.md", "is not named as a recording is"),
        ("empty", "no recording in"),
    ],
)
def test_a_path_without_recordings_is_named(folder, name, words):
    (folder / "empty").mkdir()
    with pytest.raises(SimulatorError, match=words) as raised:
        Replay([folder / name])
    assert name in str(raised.value)


def test_too_many_for_the_loopback_addresses_are_refused(folder):
    with pytest.raises(SimulatorError, match=re.escape("not in 127.0.0.0/8")):
        Replay([folder], first_address="127.255.255.254")


# --- the command's part


@pytest.mark.parametrize("options", [{"control": True}, {"faults": ["sw silence"]}, {"devices": 3}])
def test_what_recordings_cannot_do_is_refused(folder, options):
    with pytest.raises(SimulatorError, match="recordings stand still"):
        build_replay(ServeOptions(replay=[folder], **options))


def test_recordings_are_announced_for_people_and_programs(folder):
    replay = build_replay(ServeOptions(replay=[folder], port=5))
    assert describe(replay) == (
        "2 recordings answer on 127.0.0.1 port 5 to their names as community,"
        " and on 127.1.0.1 to 127.1.0.2 each to any"
    )
    told = json.loads(describe_json(replay))
    assert told["devices"][0] == {
        "name": "sw",
        "community": "sw",
        "file": str(folder / "sw.snmprec"),
        "contexts": ["sw@10"],
        "address": "127.1.0.1",
    }


def test_a_daemon_can_be_told_to_watch_them(replay):
    assert "- name: sw\n  address: 127.1.0.1\n" in replay.devices_yaml()
    assert "community: public" in replay.credentials_yaml()
