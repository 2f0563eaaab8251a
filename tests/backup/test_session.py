"""Sessions with devices that behave badly: each ends whole, or with a named error, and nothing in between."""

import re

import asyncssh
import pytest
from replaying import PASSWORD, USER, Behaviour, devices
from small_router import CONFIGURATION, answer, router

from netops.backup import dialogue
from netops.backup.acceptance import check_answer
from netops.backup.errors import (
    CommandRefused,
    ConnectionCut,
    DeviceNotReached,
    EnableRefused,
    EndMarkerMissing,
    HostKeyChanged,
    NoCommonCrypto,
    NotDecodable,
    SessionTimedOut,
    UnknownQuestion,
    WrongPassword,
)
from netops.backup.known_hosts import HostKeys
from netops.backup.normalise import normalise
from netops.backup.platform_files import load_platforms
from netops.backup.session import fetch
from netops.backup.wire import Limits
from netops.model.shell_access import JumpHost, ShellAccess, ShellCredential

PLATFORMS = load_platforms()
IOS = PLATFORMS.get("cisco_ios")


@pytest.fixture(scope="module")
def start():
    with devices() as begin:
        yield begin


@pytest.fixture
def visit(start, tmp_path):
    def go(
        recording=None,
        behaviour=None,
        *,
        limits=None,
        enable=None,
        platform=IOS,
        port=None,
        password=PASSWORD,
    ):
        device = None
        if port is None:
            device = start(recording or router(), behaviour)
            port = device.port
        login = ShellCredential(USER, password, enable=enable)
        access = ShellAccess("router1", "127.0.0.1", "cisco_ios", login, port=port)
        go.device = device
        return fetch(access, platform, HostKeys(tmp_path / "router1"), HostKeys(tmp_path / "jump"), limits)

    return go


def kept(fetched):
    return normalise(fetched.configuration, IOS)


WHOLE = (
    CONFIGURATION.replace("! Last configuration change at 10:00:00 CET Tue Nov 24 2026 by alice\n", "") + "\n"
)


def test_a_configuration_comes_home_whole_with_its_facts(visit):
    fetched = visit()
    assert kept(fetched) == WHOLE
    assert fetched.facts["show version"].startswith("Cisco IOS Software")
    assert "Using" in fetched.startup


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("chunk", [5, 60])
def test_a_prompt_inside_the_text_ends_nothing(visit, seed, chunk):
    """The banner in the configuration holds the prompt on a line of its own, and chunks end right behind it."""
    fetched = visit(behaviour=Behaviour(seed=seed, chunk=chunk, pause=0.0005))
    assert kept(fetched) == WHOLE


def test_a_pause_behind_a_prompt_in_the_middle_ends_nothing(visit, monkeypatch):
    monkeypatch.setattr(dialogue, "SETTLE", 0.0)
    monkeypatch.setattr(dialogue, "SETTLE_AGAIN", 0.05)
    fetched = visit(behaviour=Behaviour(chunk=20, pause=0.004))
    assert kept(fetched) == WHOLE


def test_a_prompt_inside_a_banner_of_two_hundred_lines_is_not_learned(visit):
    greeting = "".join(f"line {number}\nrouter#\nrouter1#\n" for number in range(200))
    fetched = visit(router(greeting=greeting), Behaviour(chunk=50))
    assert kept(fetched) == WHOLE


def test_silence_while_the_device_builds_its_configuration_is_waited_for(visit, monkeypatch):
    monkeypatch.setattr(dialogue, "STRANGE_PAGER_SETTLE", 0.05)
    assert kept(visit(behaviour=Behaviour(delay=0.5))) == WHOLE


@pytest.mark.parametrize(
    "more", [" --More-- ", "--More--", "<--- More --->", "-- MORE -- (q to quit)", "lines 1-24"]
)
@pytest.mark.parametrize("wipe", [True, False])
def test_pages_are_turned_when_the_pager_stays_on(visit, more, wipe):
    behaviour = Behaviour(page=24, more=more, wipe=wipe, pager_off=re.compile("nothing"))
    text = kept(visit(behaviour=behaviour))
    assert [line for line in text.split("\n") if line] == [line for line in WHOLE.split("\n") if line]


def test_a_pager_nobody_told_us_of_is_found_out(visit, monkeypatch):
    monkeypatch.setattr(dialogue, "STRANGE_PAGER_SETTLE", 0.2)
    behaviour = Behaviour(page=40, more="~~ weiter mit Taste ~~", pager_off=re.compile("nothing"))
    assert kept(visit(behaviour=behaviour)) == WHOLE


def test_a_question_that_no_key_answers_is_named(visit, monkeypatch):
    monkeypatch.setattr(dialogue, "STRANGE_PAGER_SETTLE", 0.1)
    recording = router()
    recording.answers[2] = (
        "show running-config\n",
        "show running-config\r\nReally sure about that more [y/n]? ",
    )
    with pytest.raises(UnknownQuestion, match="router1: "):
        visit(recording, limits=Limits(read_seconds=1.0))


def test_a_wrong_password_is_tried_once(visit):
    with pytest.raises(WrongPassword, match="refuses the login of backup; it was tried once"):
        visit(password="wrong but long")
    assert visit.device.seen.logins == [("wrong but long", False)]


def test_a_login_without_passwords_is_told_as_such(visit):
    with pytest.raises(WrongPassword, match="takes no password from backup; it offers keyboard-interactive"):
        visit(behaviour=Behaviour(keyboard_interactive=True))
    assert visit.device.seen.logins == []


def test_the_enable_secret_opens_the_privileged_mode(visit):
    assert kept(visit(behaviour=Behaviour(enable="let me in"), enable="let me in")) == WHOLE


def test_a_refused_enable_secret_is_tried_once(visit):
    with pytest.raises(EnableRefused, match="refuses the enable secret"):
        visit(behaviour=Behaviour(enable="let me in"), enable="wrong")
    assert visit.device.seen.logins[1:] == [("wrong", False)]


def test_a_missing_enable_secret_is_named(visit):
    with pytest.raises(EnableRefused, match="its credential has none"):
        visit(behaviour=Behaviour(enable="let me in"))


@pytest.mark.parametrize("after", [10, 400, 1500])
def test_a_connection_cut_in_the_middle_is_named(visit, after):
    with pytest.raises(ConnectionCut, match="nothing was stored"):
        visit(behaviour=Behaviour(cut_after=after))


def test_a_silent_device_is_given_up(visit):
    with pytest.raises(SessionTimedOut, match="silent"):
        visit(behaviour=Behaviour(delay=30), limits=Limits(read_seconds=0.3))


def test_the_watchdog_ends_a_session_that_never_does(visit):
    with pytest.raises((SessionTimedOut, ConnectionCut)):
        visit(behaviour=Behaviour(chunk=1, pause=0.05), limits=Limits(session_seconds=0.5))


def test_a_changed_host_key_stops_everything_until_a_person_accepts_it(visit, start, tmp_path):
    visit(behaviour=Behaviour(key=asyncssh.generate_private_key("ssh-ed25519")))
    other = start(router(), Behaviour(key=asyncssh.generate_private_key("ssh-ed25519")))
    with pytest.raises(HostKeyChanged, match="SHA256:"):
        visit(port=other.port)
    assert other.seen.logins == []
    keys = HostKeys(tmp_path / "router1")
    assert keys.accept()
    assert kept(visit(port=other.port)) == WHOLE
    assert not keys.accept()


def test_nobody_there_is_named(visit):
    with pytest.raises(DeviceNotReached, match=r"cannot connect to 127\.0\.0\.1 port 1"):
        visit(port=1)


def test_a_device_that_complains_is_refused(visit):
    recording = router()
    recording.answers[2] = answer("show running-config", "% Authorization failed.")
    with pytest.raises(CommandRefused):
        visit(recording)


def test_bytes_that_are_no_text_are_refused(visit):
    recording = router("!\nhostname x\n\udc90\udcff\udc81\udc80\nend")
    with pytest.raises(NotDecodable):
        visit(recording)


def test_chinese_text_in_gb_18030_is_read(visit):
    recording = router("!\nhostname x\n description 三号机房\nend")
    recording.encoding = "gb18030"
    assert "三号机房" in kept(visit(recording))


def test_a_configuration_without_its_end_marker_is_no_backup(visit):
    recording = router("!\nhostname router1\ninterface Vlan1")
    with pytest.raises(EndMarkerMissing):
        check_answer(visit(recording).configuration, IOS, "router1")


def test_a_large_configuration_comes_home_whole(visit):
    text = (
        "!\n"
        + "".join(f"ip route 10.{n // 256}.{n % 256}.0 255.255.255.0 Null0\n" for n in range(60_000))
        + "end"
    )
    fetched = visit(router(text), Behaviour(chunk=60_000, pause=0))
    assert kept(fetched) == text + "\n"


def test_a_device_without_echo_loses_nothing(visit):
    assert kept(visit(behaviour=Behaviour(echoes=False))) == WHOLE


def test_a_device_behind_a_jump_host_is_reached(start, tmp_path):
    device = start(router())

    login = ShellCredential(USER, PASSWORD)
    jump_port = start(router(), Behaviour(forwards=True)).port
    jump = JumpHost("jump-1", "127.0.0.1", jump_port, login)
    access = ShellAccess("router1", "127.0.0.1", "cisco_ios", login, port=device.port, jump=jump)
    fetched = fetch(access, IOS, HostKeys(tmp_path / "router1"), HostKeys(tmp_path / "jump"))
    assert kept(fetched) == WHOLE
    assert HostKeys(tmp_path / "jump").trusted()


OLD = {"signature_algs": ["ssh-rsa"], "encryption_algs": ["aes128-cbc"]}


def test_old_crypto_is_spoken_only_where_it_is_asked_for(start, tmp_path):
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    device = start(router(), Behaviour(key=key, algorithms=OLD))
    login = ShellCredential(USER, PASSWORD)
    modern = ShellAccess("router1", "127.0.0.1", "cisco_ios", login, port=device.port)
    with pytest.raises(NoCommonCrypto, match="legacy_crypto: true"):
        fetch(modern, IOS, HostKeys(tmp_path / "a"), HostKeys(tmp_path / "jump"))
    legacy = ShellAccess("router1", "127.0.0.1", "cisco_ios", login, port=device.port, legacy_crypto=True)
    assert kept(fetch(legacy, IOS, HostKeys(tmp_path / "a"), HostKeys(tmp_path / "jump"))) == WHOLE
