"""Series as test files write them: ``up{job="a"}`` and values such as ``1+1x10 _ stale``."""

import math
import re
from collections.abc import Iterator

import promql_parser as syntax

from netops.alerting.errors import ExpressionRefused, NotationWrong
from netops.alerting.labels import METRIC_NAME, Labels
from netops.alerting.promql.parsing import parse
from netops.alerting.series import STALE
from netops.i18n import _

MOST_VALUES = 1_000_000
"""How many values one series of a test may have."""

_NUMBER = r"[+-]?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[iI]nf|[nN]a[nN])"
_REPEATED = re.compile(
    rf"(?P<first>{_NUMBER})(?P<step>[+-]{_NUMBER.removeprefix('[+-]?')})?x(?P<times>[0-9]+)"
)
_GAP = re.compile(r"_(?:x(?P<times>[0-9]+))?")
_PLAIN = re.compile(_NUMBER)


def parse_number(text: str) -> float:
    """Read a number: decimal, ``0x1f``, ``Inf``, ``-Inf``, ``NaN``, and YAML's ``.inf`` and ``.nan``.

    Raises:
        NotationWrong: It is none.
    """
    word = text.strip()
    bare = word.lower().lstrip("+-").removeprefix(".")
    sign = -1.0 if word.startswith("-") else 1.0
    if bare == "nan":
        return math.nan
    if bare == "inf":
        return sign * math.inf
    if not _PLAIN.fullmatch(word):
        raise NotationWrong(_('"%(text)s" is no number') % {"text": text})
    return sign * float(int(bare, 16)) if bare.startswith("0x") else float(word)


def parse_labels(text: str) -> Labels:
    """Read the name and the labels of a series.

    Raises:
        NotationWrong: It is no series.
    """
    if text.strip() in {"", "{}"}:
        return Labels()
    try:
        tree = parse(text)
    except ExpressionRefused as refused:
        words = {"text": text, "reason": refused}
        raise NotationWrong(_('"%(text)s" is no series: %(reason)s') % words) from refused
    if not isinstance(tree, syntax.VectorSelector) or tree.offset is not None or tree.at is not None:
        raise NotationWrong(_('"%(text)s" is no series') % {"text": text})
    values = {METRIC_NAME: tree.name} if tree.name is not None else {}
    for one in tree.matchers.matchers:
        if one.op != syntax.MatchOp.Equal:
            words = {"text": text, "name": one.name}
            raise NotationWrong(_('"%(text)s" is no series: %(name)s must have one value') % words)
        values[one.name] = one.value
    return Labels(values)


def parse_values(text: str) -> list[float | None]:
    """Read the values of a series, one for each interval; None where it has none.

    ``1+2x3`` is 1, 3, 5, 7: the first and three more. ``1x3`` is 1 four times. ``_`` is a gap, ``_x3`` three.
    ``stale`` marks the end of the series.

    Raises:
        NotationWrong: Something is no value, or there are too many.
    """
    values: list[float | None] = []
    for word in text.split():
        values.extend(_expand(word, MOST_VALUES - len(values)))
    return values


def _expand(word: str, room: int) -> Iterator[float | None]:
    gap, repeated = _GAP.fullmatch(word), _REPEATED.fullmatch(word)
    found = gap or repeated
    times = int(found["times"]) if found and found["times"] and len(found["times"]) < 10 else 1
    if times >= room or (found and len(found["times"] or "") > 9):
        raise NotationWrong(_("more than %(most)d values in one series") % {"most": MOST_VALUES})
    if gap:
        yield from [None] * times
    elif word == "stale":
        yield STALE
    elif repeated:
        value, step = parse_number(repeated["first"]), parse_number(repeated["step"] or "0")
        yield value
        for _number in range(times):
            value += step
            yield value
    elif "{{" in word:
        raise NotationWrong(_("native histograms are not supported"))
    else:
        yield parse_number(word)
