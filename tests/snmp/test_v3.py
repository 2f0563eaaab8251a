"""SNMPv3: nothing is believed before it has proven itself, and clocks that jump heal by themselves."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeClock
from hostile_agent import AUTH, BOOTS, ENGINE_ID, PRIV, TIME, Draft, report_pdu, seal
from netops.errors import MalformedReply
from netops.model.access import AuthProtocol, PrivProtocol, UserCredential
from netops.snmp import codec, usm, v3
from netops.snmp.types import Oid, Tag, Varbind

PRIVATE = UserCredential("ann", AuthProtocol.SHA256, "auth-canary-1", PrivProtocol.AES, "priv-canary-1")
SIGNED = UserCredential("ann", AuthProtocol.SHA, "auth-canary-1")
PLAIN = UserCredential("ann")
WITH_DES = replace(PRIVATE, priv=PrivProtocol.DES)
ANSWER = [Varbind(Oid.parse("1.3.6.1.2.1.1.3.0"), Tag.TIME_TICKS, 4711)]
MESSAGE_ID = 0x40000001
OTHER_ENGINE = bytes.fromhex("80001f8880feedface02")
LEVELS = {PRIVATE: AUTH | PRIV, SIGNED: AUTH, PLAIN: 0, WITH_DES: AUTH | PRIV}


def peer_of(credential: UserCredential, *, proven: bool = True, clock: FakeClock | None = None) -> v3.UsmPeer:
    peer = v3.UsmPeer(credential, clock or FakeClock())
    peer.learn_engine(ENGINE_ID)
    peer.set_time(BOOTS, TIME, proven=proven)
    return peer


def response(credential: UserCredential) -> Draft:
    pdu = codec.encode_response(codec.RESPONSE, MESSAGE_ID, 0, 0, ANSWER)
    return Draft(MESSAGE_ID, pdu, LEVELS[credential])


def envelope(draft: Draft, credential: UserCredential, password: str | None = None) -> v3.Envelope:
    if password:
        credential = replace(credential, auth_password=password, priv_password=password)
    keys = usm.localize_user(credential, draft.engine_id)
    return read(seal(draft, credential, keys))


def read(datagram: bytes) -> v3.Envelope:
    _, at, end = codec.read_version(datagram)
    return v3.read_envelope(datagram, at, end)


def varbinds(pdu: codec.Pdu) -> list[Varbind]:
    return codec.as_varbinds(codec.decode_varbinds(pdu.data, pdu.start, pdu.end))


@pytest.mark.parametrize("credential", LEVELS)
def test_an_honest_reply_is_opened(credential: UserCredential) -> None:
    pdu = peer_of(credential).open(envelope(response(credential), credential))
    assert varbinds(pdu) == ANSWER


@pytest.mark.parametrize("auth", list(AuthProtocol))
@pytest.mark.parametrize("priv", list(PrivProtocol))
def test_every_pair_of_protocols_is_opened(auth: AuthProtocol, priv: PrivProtocol) -> None:
    credential = replace(PRIVATE, auth=auth, priv=priv)
    draft = replace(response(PRIVATE), flags=AUTH | PRIV)
    assert varbinds(peer_of(credential).open(envelope(draft, credential))) == ANSWER


# --- every reason to discard


def flip(data: bytes, at: int = 0) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


@pytest.mark.parametrize("credential", [PRIVATE, SIGNED])
@pytest.mark.parametrize(
    "mac",
    [
        flip,
        lambda mac: flip(mac, len(mac) - 1),
        lambda mac: bytes(len(mac)),
        lambda _: b"",
        lambda mac: mac[:-1],
        lambda mac: mac + b"\x00",
    ],
    ids=["first bit", "last bit", "zeros", "none", "cut", "padded"],
)
def test_a_forged_signature_is_discarded(credential: UserCredential, mac) -> None:
    with pytest.raises(v3.Discarded) as caught:
        peer_of(credential).open(envelope(replace(response(credential), mac=mac), credential))
    assert caught.value.reason == "wrong_hmac"


def test_a_signature_by_another_password_is_discarded() -> None:
    with pytest.raises(v3.Discarded, match="wrong_hmac"):
        peer_of(SIGNED).open(envelope(response(SIGNED), SIGNED, password="another-password"))


@pytest.mark.parametrize("credential", [PRIVATE, SIGNED])
def test_a_flipped_bit_anywhere_in_a_signed_message_is_never_believed(credential: UserCredential) -> None:
    honest = envelope(response(credential), credential).data
    for at in range(len(honest)):
        try:
            pdu = peer_of(credential).open(read(flip(honest, at)))
        except (v3.Discarded, MalformedReply):
            continue
        pytest.fail(f"byte {at} was changed and {pdu} believed")


@pytest.mark.parametrize(
    ("credential", "flags"), [(PRIVATE, AUTH), (PRIVATE, 0), (SIGNED, 0), (WITH_DES, AUTH)]
)
def test_a_reply_below_the_level_asked_is_discarded(credential: UserCredential, flags: int) -> None:
    with pytest.raises(v3.Discarded, match="downgraded"):
        peer_of(credential).open(envelope(replace(response(credential), flags=flags), credential))


def test_a_signature_that_was_not_asked_for_is_discarded() -> None:
    with pytest.raises(v3.Discarded, match="unasked_authentication"):
        peer_of(PLAIN).open(envelope(response(SIGNED), SIGNED))


def test_encryption_that_was_not_asked_for_is_discarded() -> None:
    with pytest.raises(v3.Discarded, match="unasked_encryption"):
        peer_of(SIGNED).open(envelope(replace(response(PRIVATE)), replace(PRIVATE, auth=AuthProtocol.SHA)))


def test_encryption_without_a_signature_is_discarded() -> None:
    with pytest.raises(v3.Discarded, match="unasked_encryption"):
        peer_of(PRIVATE).open(envelope(replace(response(PRIVATE), flags=PRIV), PRIVATE))


@pytest.mark.parametrize("credential", LEVELS)
def test_a_reply_of_another_engine_is_discarded(credential: UserCredential) -> None:
    with pytest.raises(v3.Discarded, match="engine_id"):
        peer_of(credential).open(envelope(replace(response(credential), engine_id=OTHER_ENGINE), credential))


@pytest.mark.parametrize(
    "change",
    [
        {"cipher": flip},
        {"cipher": lambda _: b""},
        {"cipher": lambda text: text[:-1]},
        {"salt": b""},
        {"salt": bytes(7)},
        {"salt": bytes(9)},
    ],
)
@pytest.mark.parametrize("credential", [PRIVATE, WITH_DES])
def test_what_cannot_be_deciphered_is_discarded(credential: UserCredential, change: dict) -> None:
    draft = replace(response(credential), **change)
    sealed = envelope(draft, credential)
    with pytest.raises(v3.Discarded, match="undecipherable"):
        peer_of(credential).open(sealed)


def test_another_privacy_password_is_noise_and_discarded() -> None:
    """With DES and AES alike a wrong key gives noise; it must never pass for a PDU."""
    for credential in (PRIVATE, WITH_DES):
        other = replace(credential, priv_password="another-password")
        sealed = seal(response(credential), credential, usm.localize_user(other, ENGINE_ID))
        with pytest.raises(v3.Discarded, match="undecipherable"):
            peer_of(credential).open(read(sealed))


@pytest.mark.parametrize(
    ("boots", "time"), [(BOOTS - 1, TIME), (1, 0), (BOOTS, TIME - 151), (2**31 - 1, TIME)]
)
def test_a_reply_from_outside_the_time_window_is_discarded(boots: int, time: int) -> None:
    with pytest.raises(v3.Discarded, match="time_window"):
        peer_of(SIGNED).open(envelope(replace(response(SIGNED), boots=boots, time=time), SIGNED))


@pytest.mark.parametrize(
    ("boots", "time"), [(BOOTS, TIME - 150), (BOOTS, TIME + 100_000), (BOOTS + 1, 0), (BOOTS + 7, 5)]
)
def test_a_reply_inside_the_window_or_ahead_of_it_is_believed(boots: int, time: int) -> None:
    pdu = peer_of(SIGNED).open(envelope(replace(response(SIGNED), boots=boots, time=time), SIGNED))
    assert varbinds(pdu) == ANSWER


def test_an_old_message_replayed_is_discarded() -> None:
    clock = FakeClock()
    peer = peer_of(SIGNED, clock=clock)
    recorded = envelope(response(SIGNED), SIGNED)
    peer.open(recorded)
    clock.wind(150)
    peer.open(recorded)
    clock.wind(1.5)
    with pytest.raises(v3.Discarded, match="time_window"):
        peer.open(recorded)


def test_a_message_from_before_a_reboot_is_discarded_after_it() -> None:
    peer = peer_of(SIGNED)
    recorded = envelope(response(SIGNED), SIGNED)
    peer.open(envelope(replace(response(SIGNED), boots=BOOTS + 1, time=3), SIGNED))
    with pytest.raises(v3.Discarded, match="time_window"):
        peer.open(recorded)


def test_a_message_within_the_window_never_winds_the_clock_back() -> None:
    peer = peer_of(SIGNED)
    peer.open(envelope(replace(response(SIGNED), time=TIME - 100), SIGNED))
    assert read(peer.seal(MESSAGE_ID, b"\xa0\x00")).time == TIME


def test_a_plain_report_of_a_time_window_does_not_reach_a_user_who_signs() -> None:
    draft = replace(response(SIGNED), pdu=report_pdu(v3.NOT_IN_TIME_WINDOW), flags=0)
    with pytest.raises(v3.Discarded, match="unsigned_report"):
        peer_of(SIGNED).open(envelope(draft, SIGNED))


@pytest.mark.parametrize(
    "counter", [v3.UNKNOWN_USER, v3.WRONG_DIGEST, v3.DECRYPTION_ERROR, v3.UNKNOWN_ENGINE]
)
def test_other_plain_reports_are_the_agents_way_to_say_why(counter: Oid) -> None:
    draft = replace(response(PRIVATE), pdu=report_pdu(counter), flags=0)
    assert v3.report_oid(peer_of(PRIVATE).open(envelope(draft, PRIVATE))) == counter


def test_a_forged_signed_report_is_discarded() -> None:
    draft = replace(response(SIGNED), pdu=report_pdu(v3.NOT_IN_TIME_WINDOW), mac=flip)
    with pytest.raises(v3.Discarded, match="wrong_hmac"):
        peer_of(SIGNED).open(envelope(draft, SIGNED))


@pytest.mark.parametrize("engine_id", [b"", bytes(33), bytes(200)])
def test_what_is_no_engine_id_is_not_learnt(engine_id: bytes) -> None:
    peer = v3.UsmPeer(SIGNED, FakeClock())
    with pytest.raises(v3.Discarded, match="engine_id"):
        peer.learn_engine(engine_id)
    assert peer.engine_id == b""


def test_a_report_without_variables_names_no_counter() -> None:
    data = codec.encode_response(codec.REPORT, 0, 0, 0, [])
    assert v3.report_oid(codec.read_pdu(data, 0, len(data))) == b""


# --- the envelope


@pytest.mark.parametrize("boots_time", [(-1, 0), (0, -1), (2**31, 0), (0, 2**31), (2**62, 2**62)])
def test_an_engine_clock_that_cannot_be_is_malformed(boots_time: tuple[int, int]) -> None:
    """Learnt from a plain discovery, it could not even be written into the next request."""
    boots, time = boots_time
    draft = replace(response(PLAIN), boots=boots, time=time)
    with pytest.raises(MalformedReply, match="outside 0"):
        envelope(draft, PLAIN)


@pytest.mark.parametrize("credential", LEVELS)
def test_every_prefix_of_a_message_is_malformed(credential: UserCredential) -> None:
    honest = envelope(response(credential), credential).data
    for length in range(len(honest)):
        with pytest.raises(MalformedReply):
            read(honest[:length])


@settings(max_examples=300)
@given(st.binary(max_size=120))
def test_no_bytes_raise_anything_but_malformed_reply(data: bytes) -> None:
    try:
        v3.read_envelope(data, 0, len(data))
    except MalformedReply:
        return


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=120), st.sampled_from(list(LEVELS)))
def test_a_signed_message_around_anything_is_a_pdu_or_discarded(
    data: bytes, credential: UserCredential
) -> None:
    try:
        peer_of(credential).open(envelope(replace(response(credential), pdu=data), credential))
    except (v3.Discarded, MalformedReply):
        return


# --- what we send


def test_a_request_carries_the_agents_clock_as_it_runs_on() -> None:
    clock = FakeClock()
    peer = peer_of(SIGNED, clock=clock)
    clock.wind(33.9)
    sent = read(peer.seal(MESSAGE_ID, b"\xa0\x00"))
    assert (sent.engine_id, sent.boots, sent.time) == (ENGINE_ID, BOOTS, TIME + 33)
    assert sent.flags & 7 == AUTH | 4


def test_the_last_second_of_an_engine_is_not_passed() -> None:
    clock = FakeClock()
    peer = v3.UsmPeer(PRIVATE, clock)
    peer.learn_engine(ENGINE_ID)
    peer.set_time(2**31 - 1, 2**31 - 5, proven=True)
    clock.wind(1e10)
    assert read(peer.seal(MESSAGE_ID, b"\xa0\x00")).time == 2**31 - 1


def test_two_encryptions_never_share_a_salt() -> None:
    peer = peer_of(PRIVATE)
    salts = {read(peer.seal(MESSAGE_ID + n, b"\xa0\x00")).priv_parameters for n in range(50)}
    assert len(salts) == 50


def test_discovery_shows_no_user_and_no_key() -> None:
    message = v3.UsmPeer(PRIVATE, FakeClock()).seal_discovery(MESSAGE_ID)
    sent = read(message)
    assert (sent.engine_id, sent.boots, sent.time, sent.flags) == (b"", 0, 0, 4)
    assert b"ann" not in message


@pytest.mark.parametrize("credential", [PRIVATE, WITH_DES])
def test_an_encrypted_request_shows_nothing_of_its_text(credential: UserCredential) -> None:
    message = peer_of(credential).seal(MESSAGE_ID, b"\xa0\x10what-was-asked!!")
    assert b"what-was-asked" not in message
    assert b"what-was-asked" in peer_of(credential).seal(
        MESSAGE_ID, b"\xa0\x10what-was-asked!!", private=False
    )


@pytest.mark.parametrize("credential", LEVELS)
def test_no_secret_shows_in_what_can_be_printed(credential: UserCredential) -> None:
    peer = peer_of(credential)
    shown = f"{credential!r} {peer!r} {peer._keys!r} {peer._keys}"
    assert "canary" not in shown
    for key in (peer._keys.auth, peer._keys.priv):
        assert not key or repr(key)[2:-1] not in shown
