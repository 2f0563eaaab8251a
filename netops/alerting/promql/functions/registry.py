"""The list of functions: a line for each, and what it is made of.

A builder takes the compiled arguments. promql-parser has checked their number and their kinds, so that a
builder may rely on them; `args` puts that into types.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import pi
from typing import TypeVar

from netops.alerting.errors import ExpressionRefused
from netops.alerting.labels import NO_LABELS
from netops.alerting.promql.functions import counters, trends
from netops.alerting.promql.functions.calls import (
    Absent,
    Clamp,
    OverEach,
    OverRange,
    OverValues,
    PredictLinear,
    QuantileOverTime,
    RangeFunction,
    Sorted,
    Time,
    Timestamp,
    ToScalar,
    ToVector,
)
from netops.alerting.promql.functions.dates import DATE_FUNCTIONS
from netops.alerting.promql.functions.histograms import HistogramQuantile
from netops.alerting.promql.functions.label_functions import LabelJoin, LabelReplace
from netops.alerting.promql.functions.numbers import NUMBER_FUNCTIONS, larger, round_to, smaller
from netops.alerting.promql.functions.over_time import KEEPS_NAME, OVER_TIME
from netops.alerting.promql.nodes import (
    Node,
    Number,
    RangeNode,
    ScalarNode,
    StringNode,
    Text,
    VectorNode,
)
from netops.alerting.promql.selectors import InstantSelector, RangeSelector
from netops.i18n import _

Arguments = Sequence[Node]
Builder = Callable[[Arguments], Node]
_Kind = TypeVar("_Kind")


def _take(arguments: Arguments, place: int, kind: type[_Kind]) -> _Kind:
    argument = arguments[place] if place < len(arguments) else None
    if not isinstance(argument, kind):
        raise ExpressionRefused(_("argument %(number)d is of the wrong kind") % {"number": place + 1})
    return argument


def _text(arguments: Arguments, place: int) -> str:
    argument = _take(arguments, place, StringNode)  # type: ignore[type-abstract]  # only asked for with isinstance
    if not isinstance(argument, Text):
        raise ExpressionRefused(_("argument %(number)d must be a plain text") % {"number": place + 1})
    return argument.value


def _vector(arguments: Arguments, place: int = 0) -> VectorNode:
    return _take(arguments, place, VectorNode)  # type: ignore[type-abstract]  # only asked for with isinstance


def _scalar(arguments: Arguments, place: int) -> ScalarNode:
    return _take(arguments, place, ScalarNode)  # type: ignore[type-abstract]  # only asked for with isinstance


def _range(arguments: Arguments, place: int = 0) -> RangeNode:
    return _take(arguments, place, RangeNode)  # type: ignore[type-abstract]  # only asked for with isinstance


def _over_range(function: RangeFunction) -> Builder:
    return lambda arguments: OverRange(function, _range(arguments))


def _over_values(name: str) -> Builder:
    return lambda arguments: OverValues(OVER_TIME[name], _range(arguments), keeps_name=name in KEEPS_NAME)


def _each(function: Callable[..., float]) -> Builder:
    return lambda arguments: OverEach(
        function, _vector(arguments), [_scalar(arguments, place) for place in range(1, len(arguments))]
    )


def _date(function: Callable[[float], float]) -> Builder:
    return lambda arguments: OverEach(function, _vector(arguments) if arguments else ToVector(Time()))


def _absent(arguments: Arguments) -> Node:
    inner = arguments[0]
    labels = (
        inner.selection.fixed_labels() if isinstance(inner, InstantSelector | RangeSelector) else NO_LABELS
    )
    return Absent(_range(arguments) if isinstance(inner, RangeNode) else _vector(arguments), labels)


def _label_replace(arguments: Arguments) -> Node:
    target, replacement, source, pattern = (_text(arguments, place) for place in range(1, 5))
    return LabelReplace(
        _vector(arguments), target=target, replacement=replacement, source=source, pattern=pattern
    )


def _label_join(arguments: Arguments) -> Node:
    target, separator, *sources = (_text(arguments, place) for place in range(1, len(arguments)))
    return LabelJoin(_vector(arguments), target=target, separator=separator, sources=sources)


FUNCTIONS: dict[str, Builder] = {
    **{name: _each(function) for name, function in NUMBER_FUNCTIONS.items()},
    **{name: _date(function) for name, function in DATE_FUNCTIONS.items()},
    **{name: _over_values(name) for name in OVER_TIME},
    "absent": _absent,
    "absent_over_time": _absent,
    "changes": _over_range(counters.changes),
    "clamp": lambda arguments: Clamp(_vector(arguments), _scalar(arguments, 1), _scalar(arguments, 2)),
    "clamp_max": _each(smaller),
    "clamp_min": _each(larger),
    "delta": _over_range(counters.delta),
    "deriv": _over_range(trends.deriv),
    "histogram_quantile": lambda arguments: HistogramQuantile(_scalar(arguments, 0), _vector(arguments, 1)),
    "idelta": _over_range(counters.idelta),
    "increase": _over_range(counters.increase),
    "irate": _over_range(counters.irate),
    "label_join": _label_join,
    "label_replace": _label_replace,
    "pi": lambda _arguments: Number(pi),
    "predict_linear": lambda arguments: PredictLinear(_range(arguments), _scalar(arguments, 1)),
    "quantile_over_time": lambda arguments: QuantileOverTime(_scalar(arguments, 0), _range(arguments, 1)),
    "rate": _over_range(counters.rate),
    "resets": _over_range(counters.resets),
    "round": _each(round_to),
    "scalar": lambda arguments: ToScalar(_vector(arguments)),
    "sort": lambda arguments: Sorted(_vector(arguments), is_descending=False),
    "sort_desc": lambda arguments: Sorted(_vector(arguments), is_descending=True),
    "time": lambda _arguments: Time(),
    "timestamp": lambda arguments: Timestamp(_vector(arguments)),
    "vector": lambda arguments: ToVector(_scalar(arguments, 0)),
}
"""Every function of the subset, by name."""

EXPERIMENTAL = frozenset(
    {
        "double_exponential_smoothing",
        "end",
        "first_over_time",
        "histogram_quantiles",
        "holt_winters",
        "info",
        "mad_over_time",
        "max_of",
        "min_of",
        "range",
        "sort_by_label",
        "sort_by_label_desc",
        "start",
        "step",
        "ts_of_first_over_time",
        "ts_of_last_over_time",
        "ts_of_max_over_time",
        "ts_of_min_over_time",
    }
)
"""What Prometheus offers behind --enable-feature=promql-experimental-functions only, or no longer."""

NATIVE_HISTOGRAMS = frozenset(
    {
        "histogram_avg",
        "histogram_count",
        "histogram_fraction",
        "histogram_stddev",
        "histogram_stdvar",
        "histogram_sum",
    }
)
"""Functions of native histograms, which netops does not hold."""


def find_builder(name: str) -> Builder:
    """Give what makes a function of its arguments.

    Raises:
        ExpressionRefused: It lies outside the subset, and why.
    """
    builder = FUNCTIONS.get(name)
    if builder is not None:
        return partial(builder)
    words = {"name": name}
    if name in NATIVE_HISTOGRAMS:
        raise ExpressionRefused(_("%(name)s() is for native histograms, which netops does not hold") % words)
    if name in EXPERIMENTAL:
        raise ExpressionRefused(_("%(name)s() is an experimental function, which netops leaves out") % words)
    raise ExpressionRefused(_("%(name)s() is not among the functions of netops") % words)
