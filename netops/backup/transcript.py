"""From the bytes of one answer to its text. Pure.

Where the device waited for a key, the dialogue puts marks around the line it waited behind. Here a pager's text
goes, together with what the device drew to wipe it off and the messages that slipped in between.
"""

import re

from netops.backup.errors import NotDecodable
from netops.backup.platform import Platform
from netops.backup.terminal import render
from netops.i18n import _

PAGE_OPENS, PAGE_ENDS = b"\x1e\x1f", b"\x1f\x1e"
"""Stand around a pager's text; no device sends them."""
GUESS_OPENS = b"\x1e\x1d"
"""Stands before a line that may be a pager nobody told us of."""
_NO_TEXT = re.compile("[\x80-\x9f\ue000-\uf8ff\ufffd]")
_WIPE = (
    rb"(?:(?P<back>\x08+)[ \x00]*\x08*"  # back, blanks over it, back again
    rb"|\r[ \x00]+\r"  # the same from the start of the line (FortiOS)
    rb"|\r?(?:\x1b\[[0-9;?]*[A-Za-z])+\r?"  # wiped by the terminal: ESC [ 2 K and its like
    rb"|\r(?=[^\n]))"
)


def mark_pager(text: bytes) -> bytes:
    """Give a pager's text with the marks that ``join_pages`` looks for."""
    return PAGE_OPENS + text + PAGE_ENDS


def mark_guess(text: bytes) -> bytes:
    """The same for a line that may be a pager."""
    return GUESS_OPENS + text + PAGE_ENDS


def join_pages(raw: bytes, platform: Platform) -> bytes:
    """Take the pagers out of an answer.

    A line that was only taken for a pager stays, unless it was wiped off or the device waited behind it twice.
    """
    if PAGE_ENDS not in raw:
        return raw
    # A message may have been cut by the key that was pressed: what is left of it stands before the wiping.
    noise = (
        rb"(?:%s)*(?:[^\n\x08\x1b]{0,200}\r(?=\x08))?" % platform.noise.pattern.encode()
        if platform.noise
        else b""
    )
    guesses = re.findall(re.escape(GUESS_OPENS) + rb"(.*?)" + re.escape(PAGE_ENDS), raw, re.DOTALL)
    place = re.compile(
        rb"(?P<before>[ \t]{0,8})(?P<opens>%s|%s)(?P<pager>[^\x1e]*?)%s(?:(?P<late>[ \x00]{0,3})%s(?P<wipe>%s))?"
        % (re.escape(PAGE_OPENS), re.escape(GUESS_OPENS), re.escape(PAGE_ENDS), noise, _WIPE),
        re.DOTALL,
    )

    def cut(match: re.Match[bytes]) -> bytes:
        before, pager, back = match["before"], match["pager"] + (match["late"] or b""), match["back"]
        if match["opens"] == GUESS_OPENS and match["wipe"] is None and guesses.count(pager) < 2:
            return before + pager
        if back is None:
            return before
        # As many characters go as the device went back: a pager in the middle of a line leaves the line whole.
        shown = before + pager.replace(b"\x00", b"").rstrip(b"\r\n")
        return shown[: max(0, len(shown) - len(back))] if len(back) > len(pager.rstrip(b"\x00")) else before

    return place.sub(cut, raw)


def decode(raw: bytes, name: str) -> str:
    """Decode an answer: UTF-8, else GB 18030, which Chinese devices speak, else Latin-1 where it can be text.

    Raises:
        NotDecodable: It is none of them.
    """
    raw = raw.replace(b"\x00", b"")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("gb2312")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
        if _NO_TEXT.search(text):
            text = raw.decode("gb18030", "replace")
    # C1 controls and private use mean that it was the wrong table: binary, or a cut in a character.
    if _NO_TEXT.search(text):
        words = {"device": name}
        raise NotDecodable(
            _("%(device)s: what came is neither UTF-8 nor GB 18030 nor Latin-1 text; nothing was stored")
            % words
        )
    return text


def strip_echo(text: str, command: str, *, echoes: bool) -> tuple[str, bool]:
    """Take the echoed command off, and whatever came before it.

    Args:
        text: An answer as a terminal shows it.
        command: What was typed.
        echoes: The device is known to echo, so the echo is looked for in the whole answer.

    Returns:
        The answer, and whether the command was found in it.
    """
    wanted = "".join(command.split())
    lines = text.split("\n")
    for number, line in enumerate(lines if echoes else lines[:3]):
        bare = "".join(line.split())
        if bare == wanted or (bare.endswith(wanted) and len(bare) < len(wanted) + 130):
            return "\n".join(lines[number + 1 :]), True
    return text, False


def read_answer(raw: bytes, command: str, name: str, *, echoes: bool) -> tuple[str, bool]:
    """Give an answer's text as a terminal shows it, and whether the device echoed the command.

    Raises:
        NotDecodable: The bytes are no text.
    """
    return strip_echo(render(decode(raw, name)), command, echoes=echoes)
