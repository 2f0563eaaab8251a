"""From a device's answer to the text that is stored and compared. Pure."""

import json
import re
from collections.abc import Iterable

from netops.backup.groups import replace_groups
from netops.backup.platform import Platform

_HEADING = re.compile(r"\A\s*(?:Building configuration[. ]*\n\s*)+")
"""What devices of many makers say while they collect the configuration."""


def normalise(text: str, platform: Platform) -> str:
    """Take off what is no configuration: headings, volatile lines, blank lines at both ends, blanks at line ends."""
    if platform.starts:
        match = platform.starts.search(text)
        if match:
            text = text[match.start() :]
    text = _HEADING.sub("", text)
    if platform.is_json:
        text = _lay_out(text)
    return drop_volatile(text, platform.volatile)


def _lay_out(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def normalise_facts(text: str, platform: Platform) -> str:
    """The same for the output of an extra command."""
    return drop_volatile(text, (*platform.volatile, *platform.volatile_facts))


def drop_volatile(text: str, patterns: Iterable[re.Pattern[str]]) -> str:
    """Take out what changes by itself; a line of which nothing is left goes whole.

    A pattern with groups loses only its groups, one without loses all it matches.
    """
    for pattern in patterns:
        text = pattern.sub((lambda match: replace_groups(match, "")) if pattern.groups else "\x00", text)
    lines = [line.rstrip() for line in text.split("\n")]
    kept = [line.replace("\x00", "") for line in lines if "\x00" not in line or line.strip("\x00 \t")]
    while kept and not kept[0].strip():
        kept.pop(0)
    while kept and not kept[-1].strip():
        kept.pop()
    return "".join(line + "\n" for line in kept)
