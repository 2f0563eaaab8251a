"""What counts as a backup. Pure: texts in, a verdict out."""

import re

from netops.backup.errors import (
    CommandRefused,
    EmptyConfiguration,
    EndMarkerMissing,
    ShrunkConfiguration,
)
from netops.backup.platform import Platform
from netops.i18n import _

_LAST_LINES = 12
_SHORT_ANSWER = 2000
_COMPLAINT = re.compile(
    r"(?im)^\s*(?:%+ ?(?:invalid|unknown|unrecogni[sz]ed|incomplete|ambiguous|bad|error|authorization|permission|access)"
    r"|(?:unknown|invalid|unrecogni[sz]ed|bad) (?:command|input|token|parameter)|(?:syntax error|command not found)"
    r"|(?:error|failed)\s*:|permission denied|access denied|not authori[sz]ed|command authorization failed)"
)
"""What devices of all makers say in place of a configuration; looked for in short answers only."""
_SMALL = 200
"""Bytes below which shrinking means nothing."""


def check_answer(text: str, platform: Platform, name: str) -> None:
    """Refuse a text that is no whole configuration.

    Raises:
        EmptyConfiguration: Nothing is in it.
        CommandRefused: The device complains in it.
        EndMarkerMissing: Its end is not there.
    """
    words = {"device": name}
    if not text.strip():
        raise EmptyConfiguration(_("%(device)s: the configuration is empty; nothing was stored") % words)
    if find_complaint(text, platform) or is_refusal(text, platform):
        raise CommandRefused(
            _(
                "%(device)s: answers with an error text instead of its configuration; check the platform and the "
                "rights of the login"
            )
            % words
        )
    if platform.ends and not platform.ends.search(last_lines(text)):
        raise EndMarkerMissing(
            _("%(device)s: the end marker of the configuration is missing, so it is cut; nothing was stored")
            % words
        )


def last_lines(text: str) -> str:
    """Give the lines at the end in which an end marker may stand."""
    return "\n".join(text.rstrip().split("\n")[-_LAST_LINES:])


def find_complaint(text: str, platform: Platform) -> str | None:
    """Give the first line with an error text of the platform; None for none."""
    for pattern in platform.errors:
        match = pattern.search(text)
        if match:
            return match[0]
    return None


def is_refusal(text: str, platform: Platform) -> bool:
    """Tell whether a short answer is nothing but a complaint: the command is unknown here."""
    if len(text) >= _SHORT_ANSWER:
        return False
    return find_complaint(text, platform) is not None or _COMPLAINT.search(text) is not None


def check_size(size: int, last: int | None, *, shrink_share: float, name: str) -> None:
    """Hold a configuration that lost a large share of its text.

    Args:
        size: Bytes of the text now.
        last: Bytes of the last good one; None for the first.
        shrink_share: The largest share that may go, from 0 to 1.
        name: The device.

    Raises:
        ShrunkConfiguration: It is to be held until a person accepts it.
    """
    if last is None or last <= _SMALL or size >= last * (1 - shrink_share):
        return
    words = {"device": name, "last": last, "size": size}
    raise ShrunkConfiguration(
        _(
            "%(device)s: the configuration shrank from %(last)d to %(size)d bytes and is held; "
            "`netops backup accept %(device)s` stores it"
        )
        % words
    )


_UNSAVED = re.compile(r"[\s!#]+")


def is_unsaved(running: str, startup: str) -> bool:
    """Tell whether what runs differs from what was saved; comments and blanks aside."""

    def lines(text: str) -> list[str]:
        return [
            line.strip()
            for line in text.split("\n")
            if not _UNSAVED.fullmatch(line) and line.strip()[:1] != "!"
        ]

    return lines(running) != lines(startup)
