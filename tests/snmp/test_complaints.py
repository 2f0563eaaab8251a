"""What the operator reads: one line that says what happened and what to check, and never a secret."""

import socket
from collections import Counter

import pytest

from netops import errors
from netops.errors import DeviceError
from netops.model.access import AuthProtocol, CommunityCredential, PrivProtocol, SnmpAccess, UserCredential
from netops.snmp import codec, complaints, v3
from netops.snmp.columns import circle
from netops.snmp.exchange import Silence
from netops.snmp.resolver import Resolved
from netops.snmp.types import Oid, Tag, Varbind

NAME = Oid.parse("1.3.6.1.2.1.1.5.0")
UPTIME = Oid.parse("1.3.6.1.2.1.1.3.0")
ANN = UserCredential(
    "ann", AuthProtocol.SHA256, "auth-canary-1", PrivProtocol.AES256, "priv-canary-1", context="vlan-7"
)
V2C = CommunityCredential("2c", "community-canary")
HERE = [Resolved(socket.AF_INET, ("192.0.2.1", 161))]
T, R, U = Silence.TIMEOUT, Silence.REFUSED, Silence.UNREACHABLE
REPORTS = {
    v3.UNKNOWN_USER: errors.UnknownUser,
    v3.WRONG_DIGEST: errors.WrongAuthentication,
    v3.DECRYPTION_ERROR: errors.WrongPrivacy,
    v3.UNSUPPORTED_LEVEL: errors.UnsupportedSecurityLevel,
    v3.UNKNOWN_ENGINE: errors.UnexpectedReply,
    v3.NOT_IN_TIME_WINDOW: errors.UnexpectedReply,
    Oid.parse("1.3.6.1.6.3.12.1.4.0"): errors.AccessDenied,
    Oid.parse("1.3.6.1.6.3.12.1.5.0"): errors.AccessDenied,
    Oid.parse("1.3.6.1.6.3.11.2.1.1.0"): errors.UnexpectedReply,
    Oid.parse("1.3.6.1.4.1.4711.1"): errors.UnexpectedReply,
}


def pdu(tag: int = codec.RESPONSE, status: int = 0, index: int = 0, *varbinds: Varbind) -> codec.Pdu:
    data = codec.encode_response(tag, 0x40000001, status, index, varbinds)
    return codec.read_pdu(data, 0, len(data))


def report(counter: Oid) -> codec.Pdu:
    return pdu(codec.REPORT, 0, 0, Varbind(counter, Tag.COUNTER32, 1))


def silence(outcomes: list[Silence], access: SnmpAccess | None = None, **notes: int) -> DeviceError:
    return complaints.silence(access or SnmpAccess("sw1", V2C), outcomes, Counter(notes), HERE)


@pytest.mark.parametrize(("counter", "error"), REPORTS.items(), ids=str)
@pytest.mark.parametrize("credential", [ANN, V2C], ids=["user", "community"])
def test_each_report_has_its_error_and_shows_no_password(counter: Oid, error: type, credential) -> None:
    made = complaints.report(report(counter), SnmpAccess("sw1", credential))
    assert type(made) is error
    assert "canary" not in f"{made} {made!r}"
    assert "\n" not in str(made)


def test_reports_tell_what_to_check() -> None:
    access = SnmpAccess("sw1", ANN)
    assert "user ann" in str(complaints.report(report(v3.UNKNOWN_USER), access))
    assert "SHA256" in str(complaints.report(report(v3.WRONG_DIGEST), access))
    assert "AES256" in str(complaints.report(report(v3.DECRYPTION_ERROR), access))
    assert "authPriv" in str(complaints.report(report(v3.UNSUPPORTED_LEVEL), access))
    assert "vlan-7" in str(complaints.report(report(Oid.parse("1.3.6.1.6.3.12.1.5.0")), access))
    assert "1.3.6.1.4.1.4711.1" in str(complaints.report(report(Oid.parse("1.3.6.1.4.1.4711.1")), access))


def test_only_what_a_further_try_can_cure_is_curable() -> None:
    curable = {counter for counter in REPORTS if complaints.is_curable(report(counter))}
    assert curable == {v3.UNKNOWN_ENGINE, v3.NOT_IN_TIME_WINDOW}
    assert not complaints.is_curable(pdu(codec.REPORT))


def test_a_report_without_a_counter_is_told_all_the_same() -> None:
    assert isinstance(complaints.report(pdu(codec.REPORT), SnmpAccess("sw1", ANN)), errors.UnexpectedReply)


@pytest.mark.parametrize(
    ("status", "index", "text"),
    [
        (1, 0, f"tooBig for {NAME}"),
        (5, 1, f"genErr for {NAME}"),
        (5, 2, f"genErr for {UPTIME}"),
        (5, 3, f"genErr for {NAME}"),
        (5, -1, f"genErr for {NAME}"),
        (18, 1, "inconsistentName"),
        (19, 1, "answered 19"),
        (-1, 1, "answered -1"),
    ],
)
def test_an_error_status_names_itself_and_its_variable(status: int, index: int, text: str) -> None:
    error = complaints.error_status(pdu(codec.RESPONSE, status, index), [NAME, UPTIME])
    assert text in str(error)
    assert isinstance(error, errors.ErrorStatus)
    assert (error.status, error.index) == (status, index)


@pytest.mark.parametrize("status", [6, 16])
def test_a_refusal_tells_where_to_look(status: int) -> None:
    error = complaints.error_status(pdu(codec.RESPONSE, status, 2), [NAME, UPTIME])
    assert isinstance(error, errors.AccessDenied)
    assert str(UPTIME) in str(error)


def test_an_error_status_about_nothing_is_told() -> None:
    assert "genErr for -" in str(complaints.error_status(pdu(codec.RESPONSE, 5), []))


@pytest.mark.parametrize(
    ("outcomes", "notes", "error", "text"),
    [
        ([T, T, T], {}, errors.NoAnswer, "no SNMP answer from sw1 port 161 after 3 tries"),
        ([], {}, errors.NoAnswer, "after 0 tries"),
        ([R, R], {}, errors.PortClosed, "UDP port 161 is closed"),
        ([U, U], {}, errors.PortClosed, "check the route"),
        ([R, T], {}, errors.NoAnswer, "no SNMP answer"),
        ([R, U], {}, errors.NoAnswer, "no SNMP answer"),
        ([T, T], {"malformed": 2}, errors.MalformedReply, "2 broken datagrams"),
        ([T, T], {"unknown_id": 2}, errors.UnexpectedReply, "wrong request-id"),
        ([T, T], {"wrong_id": 2}, errors.UnexpectedReply, "wrong request-id"),
        ([T, T], {"unknown_id": 1}, errors.NoAnswer, "no SNMP answer"),
        ([T, T], {"wrong_source": 1}, errors.NoAnswer, "another address than 192.0.2.1"),
        ([T, T], {"late": 1}, errors.NoAnswer, "raise the time-out"),
        ([T, T], {"duplicate": 5}, errors.NoAnswer, "no SNMP answer"),
        ([T], {"wrong_hmac": 1, "time_window": 1}, errors.UnexpectedReply, "(wrong_hmac, time_window)"),
    ],
)
def test_the_end_of_all_tries_is_told_by_what_did_arrive(
    outcomes: list[Silence], notes: dict[str, int], error: type, text: str
) -> None:
    made = silence(outcomes, **notes)
    assert type(made) is error
    assert text in str(made)


@pytest.mark.parametrize("reason", complaints._PROOF_REASONS)
def test_every_reason_to_disbelieve_is_told(reason: str) -> None:
    made = silence([T, T], SnmpAccess("sw1", ANN), **{reason: 1})
    assert isinstance(made, errors.UnexpectedReply)
    assert f"({reason})" in str(made)
    assert "canary" not in str(made)


def test_a_circle_names_where() -> None:
    assert str(NAME) in circle(NAME)
