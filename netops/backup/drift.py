"""How the members of a high-availability pair differ, beside what must differ. Pure."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netops.backup.groups import replace_groups
from netops.backup.reading import find_section

_OWN = "<own>"
_NAMES = re.compile(
    r"(?im)^\s*(?:hostname|sysname|switchname|host-name|set hostname|set system host-name|set system hostname|name) \"?([^\s\";]+)"
)
"""Where devices of all makers carry their own name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that one member has and the other lacks."""

    member: str
    line: int
    """Its number in the member's configuration."""
    text: str
    section: str


def find_differences(texts: Mapping[str, str], expected: Sequence[Any]) -> list[Difference]:
    """Compare every member with the first.

    Args:
        texts: Member to its configuration; secrets hidden.
        expected: Compiled patterns, searched line by line: what their groups find, or without groups all that they
            find, may differ. A line of which nothing is left is left out.

    Returns:
        What the first member has and another lacks, and the other way round, in the order of lines.
    """
    members = list(texts)
    prepared = {
        member: list(_prepare(text, expected, {member, *_NAMES.findall(text)}))
        for member, text in texts.items()
    }
    found: dict[Difference, None] = {}
    for other in members[1:]:
        found |= dict.fromkeys(_compare(members[0], other, texts, prepared))
    return list(found)


def _prepare(text: str, expected: Sequence[Any], names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Give numbers and lines without what may differ; a member's own name is the same word for all."""
    own = [re.escape(name) for name in names if len(name) > 1]
    pattern = (
        re.compile(rf"(?<![\w.-])(?:{'|'.join(sorted(own, key=len, reverse=True))})(?![\w-])")
        if own
        else None
    )
    for number, line in enumerate(text.split("\n")):
        if not line.strip() or line.strip() in {"!", "#"}:
            continue
        kept = line.rstrip()
        for one in expected:
            kept = one.sub(lambda match: replace_groups(match, _OWN) if match.re.groups else "", kept)
        if pattern is not None:
            kept = pattern.sub(_OWN, kept)
        if kept.strip():
            yield number, kept


def _compare(
    first: str, other: str, texts: Mapping[str, str], prepared: Mapping[str, list[tuple[int, str]]]
) -> Iterator[Difference]:
    mine, theirs = prepared[first], prepared[other]
    matcher = difflib.SequenceMatcher(
        None, [line for _number, line in mine], [line for _number, line in theirs], autojunk=False
    )
    raw = {member: texts[member].split("\n") for member in (first, other)}
    for verb, start, end, other_start, other_end in matcher.get_opcodes():
        if verb == "equal":
            continue
        for member, lines in ((first, mine[start:end]), (other, theirs[other_start:other_end])):
            for number, _line in lines:
                section = find_section(raw[member], number)
                yield Difference(member, number + 1, raw[member][number].strip(), section)
