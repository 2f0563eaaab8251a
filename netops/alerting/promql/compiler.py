"""From promql-parser's syntax tree to nodes; what lies outside the subset is refused here, and named."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import promql_parser as syntax

from netops.alerting.errors import ExpressionRefused
from netops.alerting.labels import METRIC_NAME
from netops.alerting.promql import binary_operators as operators
from netops.alerting.promql.aggregations import (
    AGGREGATIONS,
    Aggregation,
    Choice,
    CountValues,
    Grouping,
    QuantileOf,
)
from netops.alerting.promql.expression import Expression, Need, reach_of_instant
from netops.alerting.promql.functions.registry import FUNCTIONS, find_builder
from netops.alerting.promql.matchers import Matcher, MatchKind, Selection
from netops.alerting.promql.matching import Matching
from netops.alerting.promql.nodes import (
    DEFAULT_STEP_MS,
    Node,
    Number,
    ScalarNode,
    Text,
    VectorNode,
)
from netops.alerting.promql.parsing import parse
from netops.alerting.promql.selectors import InstantSelector, RangeSelector, Subquery
from netops.i18n import _
from netops.settings.parts import did_you_mean

DEEPEST = 150
"""How deeply an expression may be nested."""
MOST_STEPS = 11_000
"""How often a subquery may evaluate its inner expression; Prometheus' own bound of a range query."""

_UNKNOWN_FUNCTION = re.compile(r"unknown function with name '([^']*)'")


def compile_expression(text: str) -> Expression:
    """Read an expression and make it ready.

    Raises:
        ExpressionRefused: It is no PromQL, or lies outside the subset.
    """
    try:
        tree = parse(text)
    except ExpressionRefused as refused:
        raise _explain(str(refused)) from refused
    compiler = _Compiler()
    root = compiler.compile(tree, 0)
    return Expression(text, root, tuple(compiler.needs))


def _explain(complaint: str) -> ExpressionRefused:
    unknown = _UNKNOWN_FUNCTION.search(complaint)
    if unknown:
        find_name = unknown[1]
        try:
            find_builder(find_name)
        except ExpressionRefused as refused:
            refused.suggestion = did_you_mean(find_name, FUNCTIONS, or_all=False)
            return refused
    return ExpressionRefused(_("no valid PromQL: %(reason)s") % {"reason": complaint})


def _milliseconds(span: timedelta | None) -> int:
    return 0 if span is None else round(span / timedelta(milliseconds=1))


def _refuse_at(at: Any) -> None:
    if at is not None:
        raise ExpressionRefused(
            _("the modifier @ is not supported"), _("rules are evaluated at one instant; use offset")
        )


class _Compiler:
    """Goes through one syntax tree; ``outer_ms`` is how far back the subqueries around a part reach."""

    def __init__(self) -> None:
        self.needs: list[Need] = []
        self._depth = 0
        self._ways: dict[type[syntax.Expr], Callable[[Any, int], Node]] = {
            syntax.NumberLiteral: self._number,
            syntax.StringLiteral: self._string,
            syntax.ParenExpr: lambda tree, outer_ms: self.compile(tree.expr, outer_ms),
            syntax.UnaryExpr: self._negation,
            syntax.VectorSelector: self._instant,
            syntax.MatrixSelector: self._range,
            syntax.SubqueryExpr: self._subquery,
            syntax.Call: self._call,
            syntax.AggregateExpr: self._aggregation,
            syntax.BinaryExpr: self._binary,
        }

    def compile(self, tree: Any, outer_ms: int) -> Node:
        way = self._ways.get(type(tree))
        if way is None:
            raise ExpressionRefused(_("%(what)s is not supported") % {"what": type(tree).__name__})
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionRefused(_("is nested too deeply"))
        node = way(tree, outer_ms)
        self._depth -= 1
        return node

    def _number(self, tree: syntax.NumberLiteral, _outer_ms: int) -> Node:
        return Number(float(tree.val))

    def _string(self, tree: syntax.StringLiteral, _outer_ms: int) -> Node:
        return Text(tree.val)

    def _negation(self, tree: syntax.UnaryExpr, outer_ms: int) -> Node:
        inner = self.compile(tree.expr, outer_ms)
        if isinstance(inner, ScalarNode):
            return operators.NumberNegation(inner)
        return operators.Negation(self._as_vector(inner))

    def _as_vector(self, node: Node) -> VectorNode:
        if not isinstance(node, VectorNode):
            raise ExpressionRefused(_("a vector is needed where something else stands"))
        return node

    def _as_scalar(self, node: Node) -> ScalarNode:
        if not isinstance(node, ScalarNode):
            raise ExpressionRefused(_("a number is needed where something else stands"))
        return node

    # --- selectors

    def _selection(self, tree: syntax.VectorSelector) -> Selection:
        _refuse_at(tree.at)
        if tree.matchers.or_matchers:
            raise ExpressionRefused(
                _("or between label matchers is not PromQL"), _("use or between selectors")
            )
        matchers = [
            Matcher(one.name, MatchKind[_MATCH_KINDS[str(one.op).rpartition(".")[2]]], one.value)
            for one in tree.matchers.matchers
        ]
        if tree.name is not None:
            matchers.insert(0, Matcher(METRIC_NAME, MatchKind.EQUAL, tree.name))
        return Selection(matchers)

    def _instant(self, tree: syntax.VectorSelector, outer_ms: int) -> Node:
        selection, offset_ms = self._selection(tree), _milliseconds(tree.offset)
        span_ms = outer_ms + max(offset_ms, 0)
        self.needs.append(Need(selection, outer_ms + reach_of_instant(offset_ms), span_ms))
        return InstantSelector(selection, offset_ms)

    def _range(self, tree: syntax.MatrixSelector, outer_ms: int) -> Node:
        selector = tree.vector_selector
        selection = self._selection(selector)
        range_ms, offset_ms = _milliseconds(tree.range), _milliseconds(selector.offset)
        reach_ms = outer_ms + range_ms + max(offset_ms, 0)
        self.needs.append(Need(selection, reach_ms, reach_ms))
        return RangeSelector(selection, range_ms, offset_ms)

    def _subquery(self, tree: syntax.SubqueryExpr, outer_ms: int) -> Node:
        _refuse_at(tree.at)
        range_ms, offset_ms = _milliseconds(tree.range), _milliseconds(tree.offset)
        step_ms = _milliseconds(tree.step) or None
        if range_ms / (step_ms or DEFAULT_STEP_MS) > MOST_STEPS:
            words = {"most": MOST_STEPS}
            raise ExpressionRefused(
                _("a subquery of more than %(most)d steps") % words, _("make its step longer")
            )
        inner = self.compile(tree.expr, outer_ms + range_ms + max(offset_ms, 0))
        return Subquery(self._as_vector(inner), range_ms, step_ms, offset_ms)

    # --- functions and aggregations

    def _call(self, tree: syntax.Call, outer_ms: int) -> Node:
        build = find_builder(tree.func.name)
        arguments = [self.compile(argument, outer_ms) for argument in tree.args]
        try:
            return build(arguments)
        except ExpressionRefused as refused:
            words = {"name": tree.func.name, "reason": str(refused)}
            raise ExpressionRefused(_("%(name)s(): %(reason)s") % words, refused.suggestion) from refused

    def _aggregation(self, tree: syntax.AggregateExpr, outer_ms: int) -> Node:
        name = str(tree.op)
        vector = self._as_vector(self.compile(tree.expr, outer_ms))
        by = Grouping()
        if tree.modifier is not None:
            is_without = tree.modifier.type == syntax.AggModifierType.Without
            by = Grouping(tree.modifier.labels, is_without=is_without)
        if name in AGGREGATIONS:
            return Aggregation(AGGREGATIONS[name], vector, by)
        if name not in {"topk", "bottomk", "quantile", "count_values"}:
            words = {"name": name}
            raise ExpressionRefused(
                _("%(name)s() is an experimental function, which netops leaves out") % words
            )
        parameter = self.compile(tree.param, outer_ms)
        if name == "count_values":
            if not isinstance(parameter, Text) or not parameter.value:
                raise ExpressionRefused(_("count_values() needs the name of a label"))
            return CountValues(parameter.value, vector, by)
        if name == "quantile":
            return QuantileOf(self._as_scalar(parameter), vector, by)
        return Choice(self._as_scalar(parameter), vector, by, is_top=name == "topk")

    # --- operators

    def _binary(self, tree: syntax.BinaryExpr, outer_ms: int) -> Node:
        sign, modifier = str(tree.op), tree.modifier
        left, right = self.compile(tree.lhs, outer_ms), self.compile(tree.rhs, outer_ms)
        fill = modifier.fill_values if modifier else None
        if fill is not None and (fill.lhs is not None or fill.rhs is not None):
            raise ExpressionRefused(_("fill() is experimental, and netops leaves it out"))
        if sign in {"and", "or", "unless"}:
            matching = self._matching(modifier)
            return operators.SetOperation(sign, self._as_vector(left), self._as_vector(right), matching)
        is_comparison = sign in operators.COMPARISONS
        operation: Any = operators.COMPARISONS.get(sign) or operators.ARITHMETIC.get(sign)
        if operation is None:
            raise ExpressionRefused(_("the operator %(sign)s is not supported") % {"sign": sign})
        is_filter = is_comparison and not (modifier and modifier.return_bool)
        if isinstance(left, ScalarNode) and isinstance(right, ScalarNode):
            return operators.NumberOperation(operation, left, right)
        if isinstance(left, ScalarNode) or isinstance(right, ScalarNode):
            is_left = isinstance(right, ScalarNode)
            vector, number = (left, right) if is_left else (right, left)
            kind = operators.Filter if is_filter else operators.VectorArithmetic
            return kind(operation, self._as_vector(vector), self._as_scalar(number), is_left=is_left)
        return self._pairing(
            operation, self._as_vector(left), self._as_vector(right), modifier, is_filter=is_filter
        )

    def _pairing(
        self,
        operation: Any,
        left: VectorNode,
        right: VectorNode,
        modifier: syntax.BinModifier | None,
        *,
        is_filter: bool,
    ) -> Node:
        matching = self._matching(modifier)
        card = str(modifier.card).rpartition(".")[2] if modifier else "OneToOne"
        if card in {"ManyToOne", "OneToMany"} and modifier:
            return operators.ManyToOne(
                operation,
                left,
                right,
                matching,
                is_filter=is_filter,
                many_is_left=card == "ManyToOne",
                included=modifier.group_labels or (),
            )
        return operators.OneToOne(operation, left, right, matching, is_filter=is_filter)

    def _matching(self, modifier: syntax.BinModifier | None) -> Matching:
        if modifier is None or modifier.matching is None:
            return Matching()
        is_on = str(modifier.matching.type).endswith("Include")
        return Matching(modifier.matching.labels, is_on=is_on)


_MATCH_KINDS = {"Equal": "EQUAL", "NotEqual": "NOT_EQUAL", "Re": "MATCHES", "NotRe": "NOT_MATCHES"}
