"""The functions that templates may call: a line for each."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from netops.alerting.errors import ExpressionRefused, NotationWrong, TemplateFailed
from netops.alerting.notation import parse_number
from netops.alerting.promql.functions.label_functions import expand
from netops.alerting.promql.regular_expressions import compile_regular_expression
from netops.alerting.templates import humanize
from netops.alerting.templates.printf import print_all, printf, show
from netops.i18n import _


@dataclass(frozen=True, slots=True)
class QuerySample:
    """One sample that ``query`` found."""

    labels: Mapping[str, str]
    value: float


Query = Callable[[str], list[QuerySample]]
"""Evaluates an expression at the instant of the evaluation."""


def is_true(value: Any) -> bool:
    """Say whether a value counts as true: not false, zero, empty or nil."""
    return bool(value)


def _to_float(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        raise TemplateFailed(_("%(value)s is no number") % {"value": show(value)})
    if isinstance(value, int | float):
        return float(value)
    try:
        return parse_number(str(value))
    except NotationWrong as error:
        raise TemplateFailed(_("%(value)s is no number") % {"value": show(value)}) from error


def _number_text(function: Callable[[float], str]) -> Callable[[Any], str]:
    return lambda value: function(_to_float(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TemplateFailed(_("%(value)s is no text") % {"value": show(value)})
    return value


def _same_kind(left: Any, right: Any) -> bool:
    kinds = (bool, int, float, str)
    return next((one for one in kinds if isinstance(left, one)), None) is next(
        (one for one in kinds if isinstance(right, one)), None
    )


def _compare(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        # Go refuses to compare an integer with a fraction; write 5.0 beside $value.
        if not _same_kind(left, right) or left is None:
            words = {"left": show(left), "right": show(right)}
            raise TemplateFailed(_("%(left)s and %(right)s are of different kinds") % words)
        return function(left, right)

    return compare


def _equal(left: Any, *others: Any) -> bool:
    return any(_compare(operator.eq)(left, other) for other in others)


def _first(samples: Any) -> QuerySample:
    if not isinstance(samples, Sequence) or isinstance(samples, str) or not samples:
        raise TemplateFailed(_("first() of nothing"))
    found: QuerySample = samples[0]
    return found


def _sample(value: Any) -> QuerySample:
    if not isinstance(value, QuerySample):
        raise TemplateFailed(_("%(value)s is no sample") % {"value": show(value)})
    return value


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        try:
            value = value.get(key, "") if isinstance(value, Mapping) else value[key]
        except (IndexError, KeyError, TypeError) as error:
            raise TemplateFailed(_("nothing stands at %(key)s") % {"key": show(key)}) from error
    return value


def _length(value: Any) -> int:
    try:
        return len(value.encode() if isinstance(value, str) else value)
    except TypeError as error:
        raise TemplateFailed(_("%(value)s has no length") % {"value": show(value)}) from error


def _slice(value: Any, *edges: int) -> Any:
    try:
        return value[slice(*edges)] if len(edges) > 1 else value[edges[0] if edges else 0 :]
    except (TypeError, ValueError) as error:
        raise TemplateFailed(_("%(value)s cannot be cut") % {"value": show(value)}) from error


def _matches(pattern: Any, text: Any) -> bool:
    return _pattern(pattern).search(_text(text)) is not None


def _replace_all(pattern: Any, replacement: Any, text: Any) -> str:
    template = _text(replacement)
    return _pattern(pattern).sub(lambda match: expand(template, match), _text(text))


def _pattern(pattern: Any) -> re.Pattern[str]:
    try:
        return compile_regular_expression(_text(pattern), whole=False)
    except ExpressionRefused as refused:
        raise TemplateFailed(str(refused)) from refused


def _title(text: Any) -> str:
    """Make the first letter of each word large; what is large already stays."""
    result, before = "", " "
    for character in _text(text):
        is_inside = before.isalnum() or before in "_'"
        result += character if is_inside else character.upper()
        before = character
    return result


def _strip_port(address: Any) -> str:
    host, _colon, port = _text(address).rpartition(":")
    is_port = port.isdigit() and (host.endswith("]") or ":" not in host)
    return host.strip("[]") if is_port and host else _text(address)


def _strip_domain(address: Any) -> str:
    host, colon, port = _text(address).partition(":")
    if host.replace(".", "").isdigit():
        return _text(address)
    return host.partition(".")[0] + colon + port


def _and(*values: Any) -> Any:
    return next((value for value in values if not is_true(value)), values[-1])


def _or(*values: Any) -> Any:
    return next((value for value in values if is_true(value)), values[-1])


FUNCTIONS: dict[str, tuple[int, int | None, Callable[..., Any]]] = {
    "and": (1, None, _and),
    "args": (0, None, lambda *values: {f"arg{place}": value for place, value in enumerate(values)}),
    "eq": (2, None, _equal),
    "first": (1, 1, _first),
    # As Go has them: not less, and neither less nor equal, which NaN is to nothing.
    "ge": (2, 2, _compare(lambda left, right: not left < right)),
    "gt": (2, 2, _compare(lambda left, right: not left <= right)),
    "html": (1, 1, lambda value: show(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")),
    "humanize": (1, 1, _number_text(humanize.humanize)),
    "humanize1024": (1, 1, _number_text(humanize.humanize1024)),
    "humanizeDuration": (1, 1, _number_text(humanize.humanize_duration)),
    "humanizePercentage": (1, 1, _number_text(humanize.humanize_percentage)),
    "humanizeTimestamp": (1, 1, _number_text(humanize.humanize_timestamp)),
    "index": (1, None, _index),
    "label": (2, 2, lambda name, sample: _sample(sample).labels.get(_text(name), "")),
    "le": (2, 2, _compare(operator.le)),
    "len": (1, 1, _length),
    "lt": (2, 2, _compare(operator.lt)),
    "match": (2, 2, _matches),
    "ne": (2, 2, _compare(operator.ne)),
    "not": (1, 1, lambda value: not is_true(value)),
    "or": (1, None, _or),
    "print": (0, None, lambda *values: print_all(values)),
    "printf": (1, None, lambda pattern, *values: printf(_text(pattern), values)),
    "println": (0, None, lambda *values: " ".join(map(show, values)) + "\n"),
    "reReplaceAll": (3, 3, _replace_all),
    "safeHtml": (1, 1, _text),
    "slice": (1, 4, _slice),
    "sortByLabel": (
        2,
        2,
        lambda name, samples: sorted(samples, key=lambda sample: sample.labels.get(_text(name), "")),
    ),
    "stripDomain": (1, 1, _strip_domain),
    "stripPort": (1, 1, _strip_port),
    "strvalue": (1, 1, lambda sample: _sample(sample).labels.get("__value__", "")),
    "title": (1, 1, _title),
    "toLower": (1, 1, lambda text: _text(text).lower()),
    "toUpper": (1, 1, lambda text: _text(text).upper()),
    "urlquery": (1, None, lambda *values: quote_plus(print_all(values))),
    "value": (1, 1, lambda sample: _sample(sample).value),
}
"""Name to the fewest and the most arguments (None: any number) and the function; ``query`` stands beside them."""

NAMES = frozenset({*FUNCTIONS, "externalURL", "query"})


def call(name: str, arguments: Sequence[Any]) -> Any:
    """Call a function.

    Raises:
        TemplateFailed: It cannot be called with these arguments.
    """
    fewest, most, function = FUNCTIONS[name]
    if len(arguments) < fewest or (most is not None and len(arguments) > most):
        words = {"name": name, "count": len(arguments)}
        raise TemplateFailed(_("%(name)s cannot take %(count)d arguments") % words)
    return function(*arguments)
