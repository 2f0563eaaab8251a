"""SNMPv3 on the agent's side: reports in RFC 3414's order, time, keys, and the faults of its own."""

import dataclasses
import itertools

import pytest

from fakes import FakeClock
from netops.model.access import AuthProtocol, PrivProtocol, UserCredential
from netops.simulator.device import SimulatedDevice
from netops.simulator.faults import Faults
from netops.simulator.simulation import SIMULATOR_USER
from netops.snmp import codec, v3
from netops.snmp.types import Oid
from simulator.asking import IF_NAME, SYS_NAME, SYS_UPTIME, V3Manager, build

PLAIN = UserCredential("plain")
SIGNED = UserCredential("signed", AuthProtocol.SHA, "signed-password")
USERS = (SIMULATOR_USER, PLAIN, SIGNED)


@pytest.fixture
def network() -> tuple[SimulatedDevice, FakeClock]:
    simulation, clock = build(users=USERS)
    return simulation.devices[0], clock


def report_of(manager: V3Manager) -> Oid:
    reply = manager.get(SYS_NAME)
    assert reply.tag == codec.REPORT
    return reply.varbinds[0].oid


def test_discovery_is_answered_by_a_plain_report_that_names_the_engine(
    network: tuple[SimulatedDevice, FakeClock],
) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    reply = manager.discover()
    assert (reply.tag, reply.varbinds[0].oid) == (codec.REPORT, v3.UNKNOWN_ENGINE)
    assert manager.peer.engine_id == device.engine_id


@pytest.mark.parametrize("credential", USERS, ids=lambda user: user.level)
def test_every_level_is_answered_at_that_level(
    network: tuple[SimulatedDevice, FakeClock], credential: UserCredential
) -> None:
    assert V3Manager(*network, credential).get(SYS_NAME).values == [b"sw-1"]


@pytest.mark.parametrize(
    ("auth", "priv"), list(itertools.product(AuthProtocol, [None, *PrivProtocol])), ids=str
)
def test_every_pair_of_algorithms_is_understood(auth: AuthProtocol, priv: PrivProtocol | None) -> None:
    user = UserCredential("user", auth, "auth-password", priv, "priv-password" if priv else "")
    simulation, clock = build(users=[user])
    assert V3Manager(simulation.devices[0], clock, user).get(SYS_NAME).values == [b"sw-1"]


def test_first_signed_request_learns_the_time_by_a_signed_report(
    network: tuple[SimulatedDevice, FakeClock],
) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    manager.discover()
    manager.peer.set_time(0, 0, proven=False)
    (report,) = device.answer(manager.seal(SYS_NAME))
    _version, at, end = codec.read_version(report)
    envelope = v3.read_envelope(report, at, end)
    assert envelope.flags & 3 == 1
    assert manager.open(report).varbinds[0].oid == v3.NOT_IN_TIME_WINDOW
    assert manager.get(SYS_NAME).values == [b"sw-1"]


@pytest.mark.parametrize(("seconds", "is_inside"), [(150, True), (151, False)])
def test_the_time_window_is_150_seconds(
    network: tuple[SimulatedDevice, FakeClock], seconds: int, is_inside: bool
) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    manager.get(SYS_NAME)
    request = manager.seal(SYS_NAME)
    device.jump_clock(seconds)
    (answer,) = device.answer(request)
    assert (manager.open(answer).tag == codec.RESPONSE) is is_inside


@pytest.mark.parametrize(
    ("changes", "stat"),
    [
        ({"user": "nobody"}, v3.UNKNOWN_USER),
        ({"auth_password": "wrong-password"}, v3.WRONG_DIGEST),
        ({"auth": AuthProtocol.SHA512}, v3.WRONG_DIGEST),
        ({"auth": AuthProtocol.MD5}, v3.WRONG_DIGEST),
        ({"priv_password": "wrong-password"}, v3.DECRYPTION_ERROR),
        ({"priv": PrivProtocol.AES256}, v3.DECRYPTION_ERROR),
        ({"priv": PrivProtocol.DES}, v3.DECRYPTION_ERROR),
    ],
)
def test_a_wrong_credential_is_reported_for_what_it_is(
    network: tuple[SimulatedDevice, FakeClock], changes: dict[str, str], stat: Oid
) -> None:
    device, clock = network
    good = V3Manager(device, clock)
    good.get(SYS_NAME)
    bad = V3Manager(device, clock, dataclasses.replace(SIMULATOR_USER, **changes))  # type: ignore[arg-type] # test fields
    bad.discover()
    (datagram,) = device.answer(bad.seal(SYS_NAME))
    _version, at, end = codec.read_version(datagram)
    report = v3.UsmPeer(PLAIN, clock)
    report.engine_id = device.engine_id
    envelope = v3.read_envelope(datagram, at, end)
    pdu = report._read_plain(datagram, envelope.payload, envelope.end)
    assert (pdu.tag, v3.report_oid(pdu)) == (codec.REPORT, stat)


def test_privacy_of_a_user_without_it_is_an_unsupported_level(
    network: tuple[SimulatedDevice, FakeClock],
) -> None:
    credential = dataclasses.replace(SIGNED, priv=PrivProtocol.AES, priv_password="some-password")
    assert report_of(V3Manager(*network, credential)) == v3.UNSUPPORTED_LEVEL


def test_authentication_of_a_plain_user_is_an_unsupported_level(
    network: tuple[SimulatedDevice, FakeClock],
) -> None:
    credential = UserCredential("plain", AuthProtocol.SHA, "some-password")
    assert report_of(V3Manager(*network, credential)) == v3.UNSUPPORTED_LEVEL


@pytest.mark.parametrize(
    "credential",
    [
        UserCredential("simulator"),
        UserCredential("simulator", AuthProtocol.SHA256, "simulator-auth"),
    ],
    ids=lambda user: user.level,
)
def test_a_level_below_the_users_own_is_shown_nothing(
    network: tuple[SimulatedDevice, FakeClock], credential: UserCredential
) -> None:
    reply = V3Manager(*network, credential).get(SYS_NAME)
    assert (reply.tag, reply.status) == (codec.RESPONSE, 16)
    assert reply.values == [None]


def test_an_unknown_context_is_reported(network: tuple[SimulatedDevice, FakeClock]) -> None:
    credential = dataclasses.replace(SIMULATOR_USER, context="vlan-7")
    assert str(report_of(V3Manager(*network, credential))) == "1.3.6.1.6.3.12.1.5.0"


def test_without_the_reportable_flag_there_is_no_report(network: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = network
    datagram = V3Manager(device, clock).peer.seal_discovery(7)
    at = datagram.index(bytes((4, 1, 4, 2, 1, 3)))
    assert device.answer(datagram[: at + 2] + b"\x00" + datagram[at + 3 :]) == []


def test_privacy_without_authentication_is_dropped(network: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = network
    datagram = V3Manager(device, clock).peer.seal_discovery(7)
    at = datagram.index(bytes((4, 1, 4, 2, 1, 3)))
    assert device.answer(datagram[: at + 2] + b"\x06" + datagram[at + 3 :]) == []


def test_a_report_carries_the_request_id_of_a_readable_request(
    network: tuple[SimulatedDevice, FakeClock],
) -> None:
    device, clock = network
    manager = V3Manager(device, clock, UserCredential("nobody"))
    manager.discover()
    reply = manager.get(SYS_NAME)
    assert reply.request_id == manager._last_id


def test_reports_are_counted(network: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = network
    counts = [V3Manager(device, clock).discover().values[0] for _again in range(3)]
    assert counts == [1, 2, 3]


def test_a_reply_keeps_to_the_senders_largest_message(network: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    manager.get(SYS_NAME)
    (large,) = device.answer(manager.seal(IF_NAME, tag=codec.GET_BULK, repetitions=50))
    assert 600 < len(large) <= 1472
    plain = V3Manager(device, clock, PLAIN)
    plain.discover()
    request = plain.seal(IF_NAME, tag=codec.GET_BULK, repetitions=50)
    small = request.replace(b"\x02\x03\x00\xff\xe3", b"\x02\x03\x00\x01\xe4")
    (reply,) = device.answer(small)
    assert 300 < len(reply) <= 484


def test_a_reboot_counts_engine_boots_and_falls_out_of_the_window(
    network: tuple[SimulatedDevice, FakeClock],
) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    manager.get(SYS_NAME)
    device.reboot()
    clock.wind(1)
    assert manager.get(SYS_UPTIME).values == [100]
    assert manager.peer._boots == 2


def test_a_changed_engine_id_is_reported_and_can_be_learned(
    network: tuple[SimulatedDevice, FakeClock],
) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    manager.get(SYS_NAME)
    before = device.engine_id
    device.change_engine_id()
    (report,) = device.answer(manager.seal(SYS_NAME))
    _version, at, end = codec.read_version(report)
    assert v3.read_envelope(report, at, end).engine_id == device.engine_id != before
    manager.peer.forget()
    assert manager.get(SYS_NAME).values == [b"sw-1"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Faults(forged_hmac=True), "wrong_hmac"),
        (Faults(plaintext=True), "downgraded"),
        (Faults(unsigned=True), "downgraded"),
    ],
)
def test_a_lying_reply_is_not_believed(
    network: tuple[SimulatedDevice, FakeClock], fault: Faults, reason: str
) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    manager.get(SYS_NAME)
    device.faults = fault
    with pytest.raises(v3.Discarded, match=reason):
        manager.get(SYS_NAME)


def test_a_wrong_id_changes_the_message_id_too(network: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    manager.get(SYS_NAME)
    device.faults = Faults(bad_id=True)
    replies = device.answer(manager.seal(SYS_NAME))
    opened = [v3.read_envelope(reply, *codec.read_version(reply)[1:]) for reply in replies]
    assert [envelope.message_id == manager._last_id for envelope in opened] == [False, True]
    assert [manager.open(reply).request_id == manager._last_id for reply in replies] == [False, True]


def test_no_two_replies_share_their_salt(network: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = network
    manager = V3Manager(device, clock)
    manager.get(SYS_NAME)
    replies = [device.answer(manager.seal(SYS_NAME))[0] for _again in range(20)]
    salts = {v3.read_envelope(reply, *codec.read_version(reply)[1:]).priv_parameters for reply in replies}
    assert len(salts) == 20
