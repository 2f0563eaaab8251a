"""The pure parts: what a terminal shows, what is volatile, what is secret, what counts as a backup."""

import re

import pytest

from netops.backup.acceptance import check_answer, check_size, is_unsaved
from netops.backup.errors import CommandRefused, EmptyConfiguration, EndMarkerMissing, ShrunkConfiguration
from netops.backup.normalise import drop_volatile, normalise
from netops.backup.platform_files import load_platforms
from netops.backup.redact import MASK, redact
from netops.backup.terminal import render
from netops.backup.transcript import decode, join_pages, mark_pager, strip_echo

PLATFORMS = load_platforms()
IOS = PLATFORMS.get("ios")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("plain\r\r\ntext\r\n", "plain\ntext\n"),
        ("\x1b[4m\rname#\x1b[m ", "name#"),
        ("abc\b\b\b   \b\b\bxyz", "xyz"),
        ("--More-- \r         \rnext", "next"),
        ("text\x1b[2K", ""),
        ("\x1b[?1h\x1b=\rVersion\x1b[m", "Version"),
        ("one\x1bEtwo", "one\ntwo"),
        ("\x1b[24;1Hname# \x1b[24;7H", "name#"),
        ("\x1b]0;title\x07text", "text"),
        ("tab\tstays  ", "tab\tstays  "),
    ],
)
def test_a_terminal_shows(sent, shown):
    assert render(sent) == shown


def test_a_pager_in_the_middle_of_a_line_leaves_the_line_whole():
    raw = b"text one" + mark_pager(b" --More-- ") + b"\b" * 10 + b" " * 10 + b"\b" * 10 + b" and two"
    assert join_pages(raw, IOS) == b"text one and two"


def test_an_echo_is_found_behind_what_came_late():
    text, found = strip_echo("late banner\nrouter1#show run\nhostname x", "show run", echoes=True)
    assert (text, found) == ("hostname x", True)


def test_the_commands_own_words_in_a_text_without_echo_stay():
    text = "a\nb\nc\nd\nalias exec s show run"
    assert strip_echo(text, "show run", echoes=False) == (text, False)


def test_latin_1_is_read_and_utf_8_is_preferred():
    assert decode("höre ".encode("latin-1"), "x") == "höre "
    assert decode("höre".encode(), "x") == "höre"


def test_volatile_parts_go_and_a_line_of_which_nothing_is_left_goes_whole():
    patterns = [re.compile(r"^uptime .*$", re.MULTILINE), re.compile(r"temp (\d+) C")]
    assert drop_volatile("\nuptime 3 d\nfan temp 31 C\n\n", patterns) == "fan temp  C\n"


@pytest.mark.parametrize(
    ("platform", "line", "hidden"),
    [
        ("ios", "snmp-server community s3cret RO 10", "snmp-server community {} RO 10"),
        ("ios", "username bob privilege 15 secret 9 $9$abc.def", "username bob privilege 15 secret 9 {}"),
        ("ios", "enable secret 9 $9$abcdefgh", "enable secret 9 {}"),
        ("ios", " key 7 0822455D0A16", " key 7 {}"),
        ("ios", "tacacs-server host 10.0.0.1 key 7 08224", "tacacs-server host 10.0.0.1 key 7 {}"),
        ("ios", " neighbor 10.0.0.1 password 7 082", " neighbor 10.0.0.1 password 7 {}"),
        ("ios", "snmp-server host 10.0.0.1 version 2c s3cret", "snmp-server host 10.0.0.1 version 2c {}"),
        ("ios", "crypto isakmp key s3cret address 0.0.0.0", "crypto isakmp key {} address 0.0.0.0"),
        ("ios", " ip ospf message-digest-key 1 md5 7 0822", " ip ospf message-digest-key 1 md5 7 {}"),
        ("ios", " key chain ospf-keys", " key chain ospf-keys"),
        ("ios", "ip community-list 1 permit 65000:1", "ip community-list 1 permit 65000:1"),
        ("ios", "key chain one", "key chain one"),
        (
            "vrp",
            " local-user bob password irreversible-cipher $1c$abc$",
            " local-user bob password irreversible-cipher {}",
        ),
        ("vrp", "snmp-agent community read cipher %^%#xyz%^%#", "snmp-agent community read cipher {}"),
        ("comware", " password hash $h$6$abcdef==", " password hash {}"),
        ("comware", "snmp-agent community read public", "snmp-agent community read {}"),
        (
            "junos",
            '    encrypted-password "$6$abcdefgh"; ## SECRET-DATA',
            "    encrypted-password {}; ## SECRET-DATA",
        ),
        ("junos", "    community s3cret {", "    community {} {"),
        ("eos", "username bob secret sha512 $6$abcdefgh", "username bob secret sha512 {}"),
        ("fortios", "        set password ENC c2VjcmV0", "        set password ENC {}"),
        ("fortios", '        set psksecret "s3cret word"', "        set psksecret {}"),
        ("panos", "<phash>$1$abcdefgh</phash>", "<phash>{}</phash>"),
        ("routeros", '/ppp secret add name=a password="x y"', "/ppp secret add name=a password={}"),
        (
            "aoscx",
            "user admin group administrators password ciphertext AQBapa",
            "user admin group administrators password ciphertext {}",
        ),
        ("pfsense", "<bcrypt-hash>$2y$10$abcdefgh</bcrypt-hash>", "<bcrypt-hash>{}</bcrypt-hash>"),
        (
            "vyos",
            "set service snmp community s3cret authorization 'ro'",
            "set service snmp community {} authorization 'ro'",
        ),
        (
            "vyos",
            "set policy route-map X rule 10 set community '65000:1'",
            "set policy route-map X rule 10 set community '65000:1'",
        ),
        ("linux", "root:$6$abcdefgh:19000:0", "root:{}:19000:0"),
        ("edgeos", "url http://bob:s3cret@host/", "url http://bob:{}@host/"),
    ],
)
def test_secrets_are_hidden_and_the_rest_remains(platform, line, hidden):
    assert redact(line, PLATFORMS.get(platform).secrets) == hidden.replace("{}", MASK)


def test_hiding_twice_hides_no_more():
    once = redact("username bob password 7 0822\nsnmp-server community x RO\n", IOS.secrets)
    assert redact(once, IOS.secrets).count("<secret hidden>") == 2


def test_our_own_password_is_hidden_wherever_it_stands():
    assert redact("banner correct horse battery", (), ["correct horse battery"]) == f"banner {MASK}"


def test_private_keys_are_hidden_on_every_platform():
    text = "-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END RSA PRIVATE KEY-----"
    assert "abc" not in redact(text, ())


GOOD = "!\nversion 15.2\nhostname x\nend\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (" \n\n", EmptyConfiguration),
        ("% Invalid input detected at '^' marker.\n", CommandRefused),
        (GOOD.replace("end\n", "% Low on memory; try again later\nend\n"), CommandRefused),
        ("!\nversion 15.2\nhostname x\n", EndMarkerMissing),
        ("!\nend\n" + "line\n" * 20, EndMarkerMissing),
    ],
)
def test_what_is_no_whole_configuration_is_refused(text, error):
    with pytest.raises(error, match="x: "):
        check_answer(text, IOS, "x")


def test_a_whole_configuration_is_accepted():
    check_answer(GOOD, IOS, "x")


@pytest.mark.parametrize(
    ("size", "last", "held"), [(699, 1000, True), (700, 1000, False), (1, 200, False), (1, None, False)]
)
def test_a_shrunk_configuration_is_held(size, last, held):
    if held:
        with pytest.raises(ShrunkConfiguration, match=f"shrank from {last} to {size} bytes"):
            check_size(size, last, shrink_share=0.3, name="x")
    else:
        check_size(size, last, shrink_share=0.3, name="x")


def test_unsaved_changes_are_told_from_comments():
    assert not is_unsaved("! now\nhostname x\n", "! then\nhostname x\n")
    assert is_unsaved("hostname y\n", "hostname x\n")


def test_headings_before_the_configuration_go():
    text = "Building configuration...\n\nCurrent configuration : 99 bytes\n!\nhostname x\nend\n"
    assert normalise(text, IOS) == "!\nhostname x\nend\n"
