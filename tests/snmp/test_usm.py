"""Keys, signatures and ciphers: RFC vectors, pysnmp's functions, and the keys a real snmpd keeps."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.type.univ import OctetString
from pysnmp.entity import config

from netops.errors import UnsupportedAlgorithm
from netops.model.access import AuthProtocol, PrivProtocol, UserCredential
from netops.snmp import usm
from netops.snmp.pysnmp_bridge import AUTH_IDS, PRIV_IDS
from peers.snmpd import AUTH_PASSWORD, PRIV_PASSWORD, Snmpd, offered_pairs, user_for

RFC_ENGINE = bytes.fromhex("000000000000000000000002")
ENGINE = bytes.fromhex("80001f8880e9630000d61ff449")
PASSWORD = "maplesyrup"
BOOTS, TIME, SALT = 5, 123_456, 0x0102030405060708

AUTHS = {auth: config.AUTH_SERVICES[AUTH_IDS[auth]] for auth in AuthProtocol}
CIPHERS = {priv: config.PRIV_SERVICES[PRIV_IDS[priv]] for priv in PrivProtocol}


@pytest.mark.parametrize(
    ("hash_name", "key", "localized"),
    [
        ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        ("sha1", "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_keys_are_those_of_rfc_3414_a_3(hash_name: str, key: str, localized: str) -> None:
    derived = usm.derive_key(PASSWORD, hash_name)
    assert derived.hex() == key
    assert usm.localize_key(derived, RFC_ENGINE, hash_name).hex() == localized


@pytest.mark.parametrize("auth", list(AuthProtocol))
@pytest.mark.parametrize("engine_id", [RFC_ENGINE, ENGINE])
def test_authentication_keys_are_pysnmps(auth: AuthProtocol, engine_id: bytes) -> None:
    theirs = AUTHS[auth]
    expected = theirs.localize_key(theirs.hash_passphrase(OctetString(PASSWORD)), OctetString(engine_id))
    assert usm.localize_user(UserCredential("u", auth, PASSWORD), engine_id).auth == bytes(expected)


@pytest.mark.parametrize("auth", list(AuthProtocol))
@pytest.mark.parametrize("priv", list(PrivProtocol))
def test_privacy_keys_are_pysnmps_for_every_pair(auth: AuthProtocol, priv: PrivProtocol) -> None:
    theirs = CIPHERS[priv]
    service = AUTH_IDS[auth]
    expected = theirs.localize_key(
        service, theirs.hash_passphrase(service, OctetString(PASSWORD)), OctetString(ENGINE)
    )
    ours = usm.localize_user(UserCredential("u", auth, "another-password", priv, PASSWORD), ENGINE).priv
    length = usm.PRIV_KEY_LENGTHS[priv]
    assert len(ours) == length
    assert ours == bytes(expected)[:length]


@pytest.mark.parametrize("auth", list(AuthProtocol))
def test_the_two_extensions_differ_only_behind_the_digest(auth: AuthProtocol) -> None:
    def key(priv: PrivProtocol) -> bytes:
        return usm.localize_user(UserCredential("u", auth, PASSWORD, priv, PASSWORD), ENGINE).priv

    digest = len(usm.localize_user(UserCredential("u", auth, PASSWORD), ENGINE).auth)
    ours, ciscos = key(PrivProtocol.AES256), key(PrivProtocol.AES256C)
    assert ours[:digest] == ciscos[:digest]
    assert (ours == ciscos) == (digest >= 32)
    assert key(PrivProtocol.AES192) == ours[:24]


@pytest.mark.parametrize("auth", list(AuthProtocol))
def test_signatures_have_the_length_and_bytes_pysnmp_gives(auth: AuthProtocol) -> None:
    key = usm.localize_user(UserCredential("u", auth, PASSWORD), ENGINE).auth
    length = usm.AUTH_ALGORITHMS[auth].mac_length
    # pysnmp finds the field by its zeros, so the message is nothing but the field and what surrounds it
    message = b"\x30\x50before" + b"\x04" + bytes((length,)) + bytes(length) + b"behind"
    signed = bytes(AUTHS[auth].authenticate_outgoing_message(OctetString(key), message))
    mac = usm.sign(auth, key, message)
    assert len(mac) == length
    assert signed == message.replace(bytes(length), mac)


@pytest.mark.parametrize("priv", list(PrivProtocol))
def test_pysnmp_decrypts_what_we_encrypt(priv: PrivProtocol) -> None:
    key = usm.localize_user(UserCredential("u", AuthProtocol.SHA, PASSWORD, priv, PASSWORD), ENGINE).priv
    text = b"a scoped PDU of some length, not whole blocks"
    cipher, parameters = usm.encrypt(priv, key, boots=BOOTS, time=TIME, salt=SALT, text=text)
    theirs = CIPHERS[priv].decrypt_data(
        OctetString(key), (BOOTS, TIME, OctetString(parameters)), OctetString(cipher)
    )
    assert bytes(theirs)[: len(text)] == text
    assert text not in cipher


@pytest.mark.parametrize("priv", list(PrivProtocol))
def test_we_decrypt_what_pysnmp_encrypts(priv: PrivProtocol) -> None:
    key = usm.localize_user(UserCredential("u", AuthProtocol.SHA512, PASSWORD, priv, PASSWORD), ENGINE).priv
    text = b"a scoped PDU"
    cipher, parameters = CIPHERS[priv].encrypt_data(OctetString(key), (BOOTS, TIME, None), text)
    plain = usm.decrypt(priv, key, boots=BOOTS, time=TIME, parameters=bytes(parameters), text=bytes(cipher))
    assert plain[: len(text)] == text


@settings(deadline=None)
@given(
    st.sampled_from(list(PrivProtocol)), st.binary(max_size=200), st.integers(0, 2**31 - 1),
    st.integers(0, 2**31 - 1), st.integers(0, 2**80),
)  # fmt: skip
def test_what_was_encrypted_is_decrypted(
    priv: PrivProtocol, text: bytes, boots: int, time: int, salt: int
) -> None:
    key = bytes(range(usm.PRIV_KEY_LENGTHS[priv]))
    cipher, parameters = usm.encrypt(priv, key, boots=boots, time=time, salt=salt, text=text)
    assert len(parameters) == 8
    plain = usm.decrypt(priv, key, boots=boots, time=time, parameters=parameters, text=cipher)
    assert plain[: len(text)] == text
    assert len(plain) - len(text) < 8


def test_two_salts_give_two_texts() -> None:
    key = bytes(16)
    texts = {
        usm.encrypt(PrivProtocol.AES, key, boots=1, time=1, salt=salt, text=b"the same") for salt in range(9)
    }
    assert len(texts) == 9


@pytest.mark.parametrize("priv", list(PrivProtocol))
@pytest.mark.parametrize("parameters", [b"", bytes(7), bytes(9)])
def test_privacy_parameters_of_another_length_are_refused(priv: PrivProtocol, parameters: bytes) -> None:
    with pytest.raises(ValueError, match="length they cannot have"):
        usm.decrypt(priv, bytes(32), boots=1, time=1, parameters=parameters, text=bytes(8))


def test_des_text_that_is_not_whole_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="length they cannot have"):
        usm.decrypt(PrivProtocol.DES, bytes(16), boots=1, time=1, parameters=bytes(8), text=bytes(9))


@pytest.mark.parametrize("auth", [None, AuthProtocol.SHA])
def test_a_level_has_only_the_keys_it_needs(auth: AuthProtocol | None) -> None:
    keys = usm.localize_user(UserCredential("u", auth, PASSWORD), ENGINE)
    assert bool(keys.auth) == bool(auth)
    assert keys.priv == b""


def test_keys_do_not_show_in_a_repr() -> None:
    keys = usm.localize_user(
        UserCredential("u", AuthProtocol.SHA, PASSWORD, PrivProtocol.AES, PASSWORD), ENGINE
    )
    assert repr(keys.auth) not in repr(keys)
    assert repr(keys.priv) not in repr(keys)


def test_a_hash_that_the_machine_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """MD5 under FIPS, for one."""
    gone = usm.AuthAlgorithm("no-such-hash", 12)
    monkeypatch.setitem(usm.AUTH_ALGORITHMS, AuthProtocol.MD5, gone)
    credential = UserCredential("u", AuthProtocol.MD5, "canary-password")
    with pytest.raises(UnsupportedAlgorithm, match="does not offer MD5") as caught:
        usm.localize_user(credential, ENGINE)
    assert "canary" not in str(caught.value)
    with pytest.raises(UnsupportedAlgorithm, match="does not offer MD5"):
        usm.sign(AuthProtocol.MD5, b"key", b"message")


@pytest.mark.peer("snmpd", "snmpget")
def test_keys_are_those_a_real_snmpd_keeps(tmp_path: Path) -> None:
    """At its end snmpd writes the localized keys of its users into its persistent file."""
    with Snmpd(tmp_path) as agent:
        pass
    kept = "\n".join(path.read_text() for path in (tmp_path / "state").rglob("snmpd.conf"))
    rows = {
        user: (bytes.fromhex(engine), bytes.fromhex(auth_key), bytes.fromhex(priv_key or ""))
        for engine, user, auth_key, priv_key in re.findall(
            r'^usmUser \d+ \d+ 0x(\w+) (?:0x|")(\w+)"? \S+ \S+ \S+ 0x(\w+) \S+ (?:0x(\w+)|"")',
            kept,
            re.MULTILINE,
        )
    }
    rows = {readable(user): row for user, row in rows.items()}
    assert agent.port
    checked = 0
    for auth, priv in offered_pairs():
        credential = user_for(auth, priv)
        engine_id, auth_key, priv_key = rows[credential.user]
        ours = usm.localize_user(
            UserCredential(credential.user, auth, AUTH_PASSWORD, priv, PRIV_PASSWORD), engine_id
        )
        assert ours.auth == auth_key, credential.user
        if priv is not None:
            assert ours.priv == priv_key[: len(ours.priv)], credential.user
        checked += 1
    assert checked > 6


def readable(user: str) -> str:
    """Newer ones write names in hex."""
    try:
        return bytes.fromhex(user).decode().rstrip("\0")
    except ValueError:
        return user
