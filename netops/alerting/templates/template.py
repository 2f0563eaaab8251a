"""One template, ready to be filled in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netops.alerting.errors import ExpressionRefused, TemplateFailed, TemplateRefused
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.promql.expression import Need
from netops.alerting.templates.functions import NAMES, Query, QuerySample, call, is_true
from netops.alerting.templates.printf import show
from netops.alerting.templates.reader import read_template
from netops.alerting.templates.syntax import (
    Block,
    Call,
    Jump,
    Literal,
    Operand,
    Output,
    Path,
    Piece,
    Pipeline,
    Words,
)
from netops.i18n import _

MOST_OUTPUT = 65_536
"""How long a filled-in text may be; a range over many samples could make any length."""

_VARIABLES = {"$labels", "$externalLabels", "$externalURL", "$value"}
_VERB = re.compile(r"%[-+# 0-9.]*([a-zA-Z])")


@dataclass(frozen=True, slots=True)
class TemplateData:
    """What a template may speak of."""

    labels: Mapping[str, str]
    value: float
    query: Query
    external_labels: Mapping[str, str] = field(default_factory=dict)
    external_url: str = ""

    def root(self) -> dict[str, Any]:
        """Give what the dot is at first."""
        return {
            "Labels": self.labels,
            "ExternalLabels": self.external_labels,
            "ExternalURL": self.external_url,
            "Value": self.value,
        }


class Template:
    """A text with actions in it.

    Raises:
        TemplateRefused: When it is made: it cannot be read, or calls what is unknown.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces: list[Piece] | None = read_template(text, NAMES, _VARIABLES) if "{{" in text else None
        self.needs: tuple[Need, ...] = tuple(
            need for query in _find_queries(self._pieces or ()) for need in _needs_of(query)
        )
        """What the queries written in it read; one put together from labels is guessed from its pattern."""

    def expand(self, data: TemplateData) -> str:
        """Fill the template in.

        Raises:
            TemplateFailed: The values at hand do not fit.
        """
        if self._pieces is None:
            return self.text
        writer = _Writer(data)
        writer.write(self._pieces)
        return "".join(writer.written)


class _Stop(Exception):
    """Leaves a range; never leaves this module."""

    def __init__(self, keyword: str) -> None:
        super().__init__()
        self.keyword = keyword


class _Writer:
    def __init__(self, data: TemplateData) -> None:
        self.written: list[str] = []
        self._length = 0
        self._data = data
        self._dot: Any = data.root()
        self._scopes: list[dict[str, Any]] = [
            {
                "$": self._dot,
                "$labels": data.labels,
                "$externalLabels": data.external_labels,
                "$externalURL": data.external_url,
                "$value": data.value,
            }
        ]

    def write(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, Words):
                self._put(piece.text)
            elif isinstance(piece, Output):
                value = self._pipeline(piece.pipeline)
                if not piece.pipeline.variables:
                    self._put("<no value>" if value is None else show(value))
            elif isinstance(piece, Jump):
                raise _Stop(piece.keyword)
            elif piece.keyword == "range":
                self._range(piece)
            else:
                self._choose(piece)

    def _put(self, text: str) -> None:
        self._length += len(text)
        if self._length > MOST_OUTPUT:
            raise TemplateFailed(_("the text is longer than %(most)d characters") % {"most": MOST_OUTPUT})
        self.written.append(text)

    def _choose(self, block: Block) -> None:
        self._scopes.append({})
        dot = self._dot
        value = self._pipeline(block.pipeline)
        if is_true(value):
            if block.keyword == "with":
                self._dot = value
            self.write(block.body)
        else:
            self.write(block.otherwise)
        self._dot = dot
        self._scopes.pop()

    def _range(self, block: Block) -> None:
        value = self._pipeline(Pipeline(block.pipeline.commands))
        if isinstance(value, Mapping):
            pairs: list[tuple[Any, Any]] = sorted(value.items())
        elif isinstance(value, Sequence) and not isinstance(value, str):
            pairs = list(enumerate(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            pairs = [(number, number) for number in range(min(value, MOST_OUTPUT))]
        else:
            raise TemplateFailed(_("cannot range over %(value)s") % {"value": show(value)})
        if not pairs:
            self.write(block.otherwise)
        dot, depth, names = self._dot, len(self._scopes), block.pipeline.variables
        for key, element in pairs:
            told = (element,) if len(names) == 1 else (key, element)
            self._scopes.append(dict(zip(names, told, strict=False)))
            self._dot = element
            try:
                self.write(block.body)
            except _Stop as stop:
                if stop.keyword == "break":
                    break
            finally:
                del self._scopes[depth:]
                self._dot = dot

    # --- values

    def _pipeline(self, pipeline: Pipeline) -> Any:
        value = self._operand(pipeline.commands[0], ())
        for command in pipeline.commands[1:]:
            value = self._operand(command, (value,))
        for name in pipeline.variables:
            scopes = self._scopes[-1:] if pipeline.is_declaration else reversed(self._scopes)
            next((scope for scope in scopes if pipeline.is_declaration or name in scope), {})[name] = value
        return value

    def _operand(self, operand: Operand, last: tuple[Any, ...]) -> Any:
        if isinstance(operand, Literal):
            return operand.value
        if isinstance(operand, Path):
            return self._follow(operand)
        arguments = [self._operand(argument, ()) for argument in operand.arguments]
        return self._call(operand.name, [*arguments, *last])

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if name == "externalURL":
            return self._data.external_url
        if name != "query":
            return call(name, arguments)
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            raise TemplateFailed(_("query needs one text"))
        return self._data.query(arguments[0])

    def _follow(self, path: Path) -> Any:
        if isinstance(path.base, Pipeline):
            value = self._pipeline(path.base)
        elif path.base == ".":
            value = self._dot
        else:
            value = next(scope[path.base] for scope in reversed(self._scopes) if path.base in scope)
        for name in path.fields:
            value = _field(value, name)
        return value


def _field(value: Any, name: str) -> Any:
    if isinstance(value, QuerySample):
        fields: dict[str, Any] = {"Labels": value.labels, "Value": value.value}
        if name in fields:
            return fields[name]
    elif isinstance(value, Mapping):
        # A label that is not there is empty, as in Prometheus.
        return value.get(name, "")
    raise TemplateFailed(_("%(value)s has no field %(name)s") % {"value": show(value), "name": name})


def _find_queries(pieces: Sequence[Piece]) -> list[str]:
    """Give the expressions written in a template; verbs of printf stand for a label's value."""
    found: list[str] = []
    for piece in pieces:
        if isinstance(piece, Output | Block):
            found += _queries_of(piece.pipeline)
        if isinstance(piece, Block):
            found += _find_queries(piece.body) + _find_queries(piece.otherwise)
    return found


def _queries_of(pipeline: Pipeline) -> list[str]:
    found: list[str] = []
    before: Operand | None = None
    for command in pipeline.commands:
        operands = [command, *(command.arguments if isinstance(command, Call) else ())]
        for operand in operands:
            if isinstance(operand, Path) and isinstance(operand.base, Pipeline):
                found += _queries_of(operand.base)
        if isinstance(command, Call) and command.name == "query":
            asked: Operand | None = command.arguments[0] if command.arguments else before
            if isinstance(asked, Path) and isinstance(asked.base, Pipeline):
                asked = asked.base.commands[-1]
            if isinstance(asked, Call) and asked.name == "printf" and asked.arguments:
                pattern = asked.arguments[0]
                if isinstance(pattern, Literal):
                    found.append(_VERB.sub(_stand_in, str(pattern.value)))
            elif isinstance(asked, Literal):
                found.append(str(asked.value))
        before = command
    return found


def _stand_in(verb: re.Match[str]) -> str:
    return '"x"' if verb[1] == "q" else "1" if verb[1] in "dfg" else "x"


def _needs_of(query: str) -> tuple[Need, ...]:
    try:
        return compile_expression(query).needs
    except ExpressionRefused as refused:
        raise TemplateRefused(_("query: %(reason)s") % {"reason": refused}, refused.suggestion) from refused
