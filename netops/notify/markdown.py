"""Messages as Markdown, in the dialects of chat services.

None of them is CommonMark, and what they do with a backslash differs. So what could make a link, a mention or a
tag out of a device's text is broken up for certain; a stray star is at worst shown with a backslash.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from netops.model.message import Message
from netops.notify.story import Section, Story, tell
from netops.notify.texts import fit

_BLOCK_START = re.compile(r"^(\s*)([#>+\-]|\d+\.)(?=\s)")
_LONE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""Inside a word, as in sw_core_1, an underscore means nothing."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one service writes."""

    escape: Callable[[str], str]
    bold: str
    """With ``{}`` where the text goes."""
    link: str
    """With ``{label}`` and ``{url}``."""
    join: str = "\n"
    """What begins a new line."""


def _escape(text: str) -> str:
    text = text.replace("<", "&lt;").replace("](", "] (")
    text = _LONE_UNDERSCORE.sub(r"\\_", re.sub(r"([*`~])", r"\\\1", text))
    return _BLOCK_START.sub(r"\1\\\2", text)


def _escape_feishu(text: str) -> str:
    # Cards read entities of HTML for signs that have a meaning (Feishu's guide to Markdown in cards).
    text = text.replace("&", "&#38;").replace("](", "&#93;&#40;")
    text = re.sub(r"[<>*~`\[\]]", lambda match: f"&#{ord(match[0])};", text)
    return _BLOCK_START.sub(lambda match: f"{match[1]}&#{ord(match[2][0])};{match[2][1:]}", text)


def escape_slack(text: str) -> str:
    """Replace the three signs that Slack reads as its own; without ``<`` there is no link and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


DINGTALK = Dialect(_escape, "**{}**", "[{label}]({url})", join="\n\n")
"""A single new line is no new line there."""
WECOM = Dialect(_escape, "**{}**", "[{label}]({url})")
FEISHU = Dialect(_escape_feishu, "**{}**", "[{label}]({url})")
SLACK = Dialect(escape_slack, "*{}*", "<{url}|{label}>")


def markdown(message: Message, dialect: Dialect, most_bytes: int, *, mention: str = "") -> str:
    """Give a message within so many bytes; the first line, the link and whom it mentions are kept.

    Args:
        message: What to tell.
        dialect: How the service writes.
        most_bytes: How long it may be, in UTF-8.
        mention: Markup of the service that calls a person, already in its form.
    """
    story = tell(message)
    first = dialect.bold.format(dialect.escape(story.first_line))
    last = [_write_link(dialect, link.label, link.url) for link in story.links]
    return fit(
        first,
        list(_body(story, dialect)),
        [*last, *([mention] if mention else [])],
        most_bytes,
        cuts_lines=False,
        join=dialect.join,
    )


def card_lines(message: Message, dialect: Dialect, most_bytes: int, *, mention: str = "") -> str:
    """Give the same without its first line, for a service that shows that as a title of its own."""
    whole = markdown(message, dialect, most_bytes, mention=mention)
    return whole.partition(dialect.join)[2].strip()


def _body(story: Story, dialect: Dialect) -> Iterator[str]:
    yield from map(dialect.escape, story.opening)
    is_single = len(story.sections) == 1
    for section in story.sections:
        if not is_single or section.title != story.first_line:
            yield dialect.bold.format(dialect.escape(section.title))
        yield from _section(story, section, dialect)
    yield from map(dialect.escape, story.closing)


def _section(story: Story, section: Section, dialect: Dialect) -> Iterator[str]:
    yield from (dialect.escape(line) for line in section.text if line)
    for name, value in section.facts:
        yield dialect.escape(story.write_fact(name, value))
    if section.links:
        yield " · ".join(_write_link(dialect, link.label, link.url) for link in section.links)


def _write_link(dialect: Dialect, label: str, url: str) -> str:
    # Signs that would end the link early; whatever is already escaped stays so.
    safe = quote(url, safe="%/:?#@!$&'*+,;=~-._")
    return dialect.link.format(label=dialect.escape(label), url=safe)
