"""HOST[:PORT] and the credential beside it, as people type them."""

import pytest
import typer

from netops.cli.target import build_access, build_credential, parse_place
from netops.model.access import AuthProtocol, CommunityCredential, PrivProtocol, UserCredential

NOTHING = {"community": None, "version1": False, "user": None, "auth": None, "priv": None, "context": ""}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("10.0.0.1", ("10.0.0.1", 161)),
        ("10.0.0.1:1161", ("10.0.0.1", 1161)),
        ("core-1.example.net:161", ("core-1.example.net", 161)),
        ("::1", ("::1", 161)),
        ("2001:db8::1", ("2001:db8::1", 161)),
        ("[::1]", ("::1", 161)),
        ("[fe80::1%eth0]:10161", ("fe80::1%eth0", 10161)),
    ],
)
def test_place_is_read_in_every_spelling(text, place):
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["", ":161", "host:0", "host:65536", "host:snmp", "[::1", "[::1]161", "a:b:c", "a b", "h:１６"]
)
def test_what_is_no_place_is_refused(text):
    with pytest.raises(typer.BadParameter):
        parse_place(text)


def test_without_options_the_community_is_public():
    assert build_credential(**NOTHING) == CommunityCredential("2c", "public")


def test_v1_speaks_version_1():
    assert build_credential(**{**NOTHING, "version1": True}) == CommunityCredential("1", "public")


@pytest.mark.parametrize(
    ("auth", "protocol"),
    [("SHA256:longenough", "SHA256"), ("sha-512:longenough", "SHA512"), ("sha1:longenough", "SHA")],
)
def test_user_is_built_whatever_the_spelling_of_its_protocol(auth, protocol):
    credential = build_credential(**{**NOTHING, "user": "ops", "auth": auth, "priv": "aes-128:long:enough"})
    expected = UserCredential("ops", AuthProtocol(protocol), "longenough", PrivProtocol.AES, "long:enough")
    assert credential == expected


@pytest.mark.parametrize(
    "options",
    [
        {"auth": "SHA:longenough"},
        {"user": "ops", "version1": True},
        {"user": "ops", "priv": "AES:longenough"},
        {"user": "ops", "auth": "ROT13:longenough"},
        {"user": "ops", "auth": "SHA:short"},
        {"context": "vlan-1"},
    ],
    ids=str,
)
def test_options_that_do_not_fit_are_refused(options):
    with pytest.raises(typer.BadParameter):
        build_credential(**{**NOTHING, **options})


def test_a_bare_password_is_not_repeated_in_the_error():
    with pytest.raises(typer.BadParameter) as refusal:
        build_credential(**{**NOTHING, "user": "ops", "auth": "canary-password"})
    assert "canary" not in str(refusal.value)


def test_unknown_engine_is_refused():
    with pytest.raises(typer.BadParameter):
        build_access(parse_place("h"), CommunityCredential("2c", "x"), timeout=1, retries=0, engine="fast")
