"""Messages as plain text: a first line, a body for mail and chat, a short form for SMS."""

from collections.abc import Iterator, Sequence

from netops.model.message import Message
from netops.notify.neutral import CUT, cut, cut_bytes, size
from netops.notify.story import Link, Section, Story, tell

_LONG_LINE = 200
"""Shorter lines, in bytes, are not cut but left out."""


def first_line(message: Message) -> str:
    """Give severity, device and summary, within 70 characters where that is possible."""
    return tell(message).first_line


def subject(message: Message) -> str:
    """Give the subject of a mail."""
    return tell(message).first_line


def plain_text(message: Message, most_bytes: int = 64_000) -> str:
    """Give the whole message. Beyond so many bytes the end is missing, never the first line or the link."""
    story = tell(message)
    return fit(
        story.first_line,
        list(_body(story)),
        [_write_link(story, link) for link in story.links],
        most_bytes,
        cuts_lines=True,
    )


def short_text(message: Message, most: int) -> str:
    """Give the first line and the link to acknowledge within so many characters, for SMS."""
    story = tell(message)
    links = [link.url for link in story.links[:1]]
    taken = sum(len(url) + 1 for url in links)
    if taken > most // 2:
        links, taken = [], 0
    return "\n".join([cut(story.first_line, most - taken), *links])


def fit(
    first: str,
    middle: Sequence[str],
    last: Sequence[str],
    most_bytes: int,
    *,
    cuts_lines: bool,
    join: str = "\n",
) -> str:
    """Join lines, and leave out what is too much of the middle, with a ``…`` in its place.

    Args:
        first: The line that is never left out, only cut.
        middle: What may be left out, from its end.
        last: Kept whole, unless it would take more than half.
        most_bytes: How long the result may be, in UTF-8.
        cuts_lines: Whether a line may be cut inside; not where that would tear markup apart.
        join: What stands between lines.
    """
    whole = join.join([first, *middle, *last])
    if size(whole) <= most_bytes:
        return whole
    tail = join.join([CUT, *last])
    if size(tail) > most_bytes // 2:
        tail = CUT
    first = cut_bytes(first, most_bytes - size(join + tail))
    kept, room = [first], most_bytes - size(first) - size(join + tail)
    for line in middle:
        # A long line leaves half of the room to those after it, which may tell more. What comes after one that is
        # left out is left out as well: it might seem to belong to what stands before.
        is_cut = cuts_lines and size(join + line) > room and size(line) >= _LONG_LINE
        piece = cut_bytes(line, room // 2) if is_cut else line
        if size(join + piece) > room:
            break
        kept.append(piece)
        room -= size(join + piece)
    return join.join([*kept, tail])


def _body(story: Story) -> Iterator[str]:
    if story.opening:
        yield ""
        yield from story.opening
    is_single = len(story.sections) == 1
    for section in story.sections:
        yield ""
        # The first line has said it, unless it had to be cut.
        if not is_single or section.title != story.first_line:
            yield section.title
        yield from _section(story, section)
    if story.closing:
        yield ""
        yield from story.closing
    if story.links:
        yield ""


def _section(story: Story, section: Section) -> Iterator[str]:
    yield from section.text
    for name, value in section.facts:
        yield story.write_fact(name, value)
    for link in section.links:
        yield _write_link(story, link)


def _write_link(story: Story, link: Link) -> str:
    return story.write_fact(link.label, link.url)
