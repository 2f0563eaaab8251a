"""Links that carry their own permission."""

import stat
from datetime import timedelta

import pytest

from fakes import START
from netops.errors import NetopsError
from netops.security.links import LinkExpired, LinkSigner, LinkWrong, open_link_key

HOUR = timedelta(hours=1)
SIGNER = LinkSigner(b"k" * 32)


def test_a_link_is_read_back_until_its_time_is_over():
    token = SIGNER.sign("acknowledge", 4711, START + HOUR)
    assert SIGNER.read("acknowledge", token, START).subject == 4711
    assert SIGNER.read("acknowledge", token, START + HOUR - timedelta(seconds=1)).subject == 4711
    with pytest.raises(LinkExpired):
        SIGNER.read("acknowledge", token, START + HOUR)


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: "1" + text, lambda text: text[::-1]])
def test_a_changed_link_is_refused(change):
    token = SIGNER.sign("acknowledge", 4711, START + HOUR)
    with pytest.raises(LinkWrong):
        SIGNER.read("acknowledge", change(token), START)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "1.2", "ä.ö.ü", "1.ffffffffffffffffffff.x" * 100])
def test_garbage_is_refused(token):
    with pytest.raises(LinkWrong):
        SIGNER.read("acknowledge", token, START)


def test_a_link_for_one_purpose_opens_no_other():
    token = SIGNER.sign("acknowledge", 1, START + HOUR)
    with pytest.raises(LinkWrong):
        SIGNER.read("silence", token, START)


def test_a_link_of_another_key_is_refused():
    token = LinkSigner(b"x" * 32).sign("acknowledge", 1, START + HOUR)
    with pytest.raises(LinkWrong):
        SIGNER.read("acknowledge", token, START)


def test_the_key_is_made_once_and_for_this_user_only(tmp_path):
    path = tmp_path / "data" / "link.key"
    key = open_link_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_link_key(path) == key


@pytest.mark.parametrize("content", ["", "no key\n", "abcd\n"])
def test_a_file_that_holds_no_key_is_refused(tmp_path, content):
    path = tmp_path / "link.key"
    path.write_text(content)
    with pytest.raises(NetopsError, match="holds no key"):
        open_link_key(path)
