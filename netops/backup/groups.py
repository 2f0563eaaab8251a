"""Putting something in place of what the groups of a pattern found. Pure."""

import re


def replace_groups(match: re.Match[str], by: str) -> str:
    """Give the text of a match with ``by`` in place of each group that found anything; of nested ones the outer."""
    whole, offset = match[0], match.start()
    spans = sorted(span for number in range(1, match.re.groups + 1) if (span := match.span(number))[0] >= 0)
    parts, at = [], 0
    for start, end in spans:
        start, end = start - offset, end - offset  # noqa: PLW2901 - from the text's places to the match's
        if start < at or start == end:
            continue
        parts += [whole[at:start], by]
        at = end
    return "".join([*parts, whole[at:]])
