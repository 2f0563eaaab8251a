r"""The expressions of profiles: ``voltage / 10``, ``search('Version (\S+)', descr)``, ``x if x < 90 else None``.

They are a small part of Python's: names, constants, arithmetic, comparison, ``and or not in``, ``a if b else c``,
``index[0]``, and calls of the functions in FUNCTIONS. Whatever else there is (attributes, lambdas, comprehensions)
is refused when the profile is loaded, so an expression can reach nothing. It is compiled once, for a sensor's
value is worked out in every poll.

A cell that the device lacks is None, and whatever cannot be worked out with it is None too.
"""

import ast
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from netops.i18n import _
from netops.profiles.functions import BOUND, FUNCTIONS, multiply, power, remainder

Row = Mapping[str, Any]
"""What an expression sees: columns, scalars, ``index``, and what the collector knows of the device."""

_NODES = (
    ast.Expression,
    ast.Constant,
    ast.Name,
    ast.Load,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Call,
    ast.Subscript,
    ast.Slice,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.BitAnd,
    ast.BitOr,
    ast.RShift,
    ast.USub,
    ast.UAdd,
    ast.Not,
    ast.And,
    ast.Or,
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.In,
    ast.NotIn,
    ast.Is,
    ast.IsNot,
)
_GUARDED = {ast.Mult: "_multiply", ast.Pow: "_power", ast.Mod: "_remainder"}
"""Operators that a hostile value could make endless: "a" * 2**31, 10 ** 2**31, a long "%"."""
_LONGEST = 2000
_UNKNOWABLE = (TypeError, ValueError, ArithmeticError, LookupError, NameError)
_ENVIRONMENT: dict[str, Any] = {
    "__builtins__": {},
    "_multiply": multiply,
    "_power": power,
    "_remainder": remainder,
    **FUNCTIONS,
}


class ExpressionError(ValueError):
    """An expression that cannot be: its text says why, for whoever edits the profile."""


class Expression:
    """One compiled expression. ``compile_expression`` gives one that is there already."""

    __slots__ = ("_code", "_is_plain", "names", "text")

    def __init__(self, text: str) -> None:
        tree = _parse(text)
        self.text = text
        self.names: frozenset[str] = _check(tree)
        """The variables it reads; without functions."""
        # A variable called like a function, and operators that need a guard, are rare; all else runs as it is.
        guarded = any(isinstance(node, ast.BinOp) and type(node.op) in _GUARDED for node in ast.walk(tree))
        self._is_plain = not guarded and self.names.isdisjoint(FUNCTIONS)
        if not self._is_plain:
            tree = ast.fix_missing_locations(_Compiler().visit(tree))
        self._code = compile(tree, "<profile>", "eval")

    def __call__(self, row: Row) -> Any:
        """Work it out; None where a value it needs is missing or of no use."""
        # What _check lets through holds no attribute, and the environment no builtins.
        try:
            return eval(self._code, _ENVIRONMENT, row if self._is_plain else {"_row": row})  # noqa: S307
        except _UNKNOWABLE:
            return None

    def __repr__(self) -> str:
        """Show its text."""
        return f"Expression({self.text!r})"

    @property
    def is_constant(self) -> bool:
        """Whether it reads nothing of the device."""
        return not self.names


@lru_cache(maxsize=65_536)
def compile_expression(text: str) -> Expression:
    """Compile an expression once, however many profiles hold it.

    Raises:
        ExpressionError: It cannot be.
    """
    return Expression(text)


class Template:
    """Text with expressions in braces: ``Fan {index[0]}: {descr}``; white space is folded, None is nothing."""

    __slots__ = ("_parts", "names", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: list[str | Expression] = list(_split(text))
        names: Iterable[frozenset[str]] = (part.names for part in self._parts if isinstance(part, Expression))
        self.names: frozenset[str] = frozenset().union(*names)

    def __call__(self, row: Row) -> str:
        """Fill it in."""
        words = [part if isinstance(part, str) else _word(part(row)) for part in self._parts]
        return " ".join("".join(words).split())

    def __repr__(self) -> str:
        """Show its text."""
        return f"Template({self.text!r})"


def _word(value: Any) -> str:
    return "" if value is None else str(value)


def _split(text: str) -> Iterable[str | Expression]:
    rest = text
    while rest:
        before, brace, behind = rest.partition("{")
        if before:
            if "}" in before:
                raise ExpressionError(_("a } without its {"))
            yield before
        if not brace:
            return
        inner, rest = _cut_at_close(behind)
        yield compile_expression(inner)


def _cut_at_close(text: str) -> tuple[str, str]:
    """Cut behind a brace's expression, which may hold braces itself: ``choose(a, {1: 'x'})}``."""
    depth = 1
    for place, mark in enumerate(text):
        depth += {"{": 1, "}": -1}.get(mark, 0)
        if not depth:
            return text[:place], text[place + 1 :]
    raise ExpressionError(_("a { is not closed"))


def _parse(text: str) -> ast.Expression:
    if len(text) > _LONGEST:
        raise ExpressionError(_("is longer than %(most)s characters") % {"most": _LONGEST})
    try:
        # Backslashes stand for themselves, as regular expressions need them.
        return ast.parse(text.strip().replace("\\", "\\\\"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ExpressionError(_("is no expression: %(reason)s") % {"reason": reason}) from error


def _check(tree: ast.Expression) -> frozenset[str]:
    names: set[str] = set()
    called: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            words = {"what": type(node).__name__}
            raise ExpressionError(_("uses %(what)s, which expressions do not have") % words)
        if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | None):
            raise ExpressionError(_("has a constant that is neither text nor a number"))
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS.keys() | BOUND:
                function = ast.unparse(node.func)
                raise ExpressionError(_("there is no function %(function)s") % {"function": function})
            if node.keywords:
                raise ExpressionError(_("functions take no keyword arguments here"))
            called.add(id(node.func))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and (id(node) not in called or node.id in BOUND):
            names.add(node.id)
    return frozenset(names)


class _Compiler(ast.NodeTransformer):
    """Turns names into look-ups in the row, and operators that need a guard into calls."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Subscript(ast.Name("_row", ast.Load()), ast.Constant(node.id), ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [self.visit(argument) for argument in node.args]
        if isinstance(node.func, ast.Name) and node.func.id in BOUND:
            node.func = self.visit_Name(node.func)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        guard = _GUARDED.get(type(node.op))
        if guard:
            return ast.Call(ast.Name(guard, ast.Load()), [left, right], [])
        node.left, node.right = left, right
        return node
