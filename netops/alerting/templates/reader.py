"""From the text of a template to its pieces; what is not understood is refused here."""

import re
from collections.abc import Container
from typing import NoReturn

from netops.alerting.errors import TemplateRefused
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
from netops.settings.parts import did_you_mean

LONGEST = 32_768
DEEPEST = 50

_ACTION = re.compile(
    r"\{\{(?P<left>-(?=\s))?\s*(?P<inner>/\*.*?\*/|(?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`|'(?:[^'\\]|\\.)*'|[^\"`'])*?)"
    r"\s*(?P<right>(?<=\s)-)?\}\}",
    re.DOTALL,
)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)"
    r"|(?P<character>'(?:[^'\\]|\\.)+')"
    r"|(?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))"
    r"|(?P<variable>\$\w*)|(?P<field>\.\w+)|(?P<dot>\.)|(?P<word>\w+)|(?P<sign>:=|=|\||\(|\)|,))",
    re.ASCII,
)
_ESCAPE = re.compile(r"\\((x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3})|.)", re.DOTALL)
_ESCAPES = dict(zip("abfnrtv\\'\"", "\a\b\f\n\r\t\v\\'\"", strict=True))
_NOT_SUPPORTED = frozenset({"block", "define", "template"})
_CONSTANTS = {"true": True, "false": False, "nil": None}

Token = tuple[str, str, bool]
"""Kind, text, and whether a space stands before it."""


def read_template(text: str, functions: Container[str], known: set[str]) -> list[Piece]:
    """Read a template.

    Args:
        text: The template.
        functions: Names of functions that may be called.
        known: Variables that are set from the start, such as ``$labels``.

    Raises:
        TemplateRefused: It cannot be read, or calls or names what is unknown.
    """
    if len(text) > LONGEST:
        raise TemplateRefused(_("longer than %(most)d characters") % {"most": LONGEST})
    return _Reader(text, functions, known).read()


class _Reader:
    def __init__(self, text: str, functions: Container[str], known: set[str]) -> None:
        self._functions = functions
        self._scopes: list[set[str]] = [set(known)]
        self._parts = self._split(text)
        self._place = 0

    def _split(self, text: str) -> list[tuple[bool, str]]:
        """Cut into plain text (False) and actions (True); spaces beside ``{{-`` and ``-}}`` go."""
        parts: list[tuple[bool, str]] = []
        end, trims = 0, False
        for action in _ACTION.finditer(text):
            before = text[end : action.start()]
            before = before.lstrip() if trims else before
            parts.append((False, before.rstrip() if action["left"] else before))
            if not action["inner"].startswith("/*"):
                parts.append((True, action["inner"]))
            trims, end = bool(action["right"]), action.end()
        rest = text[end:]
        if "{{" in rest:
            raise TemplateRefused(_("an action {{ is not closed"), _("write {{ … }}, with its quotes closed"))
        parts.append((False, rest.lstrip() if trims else rest))
        return parts

    def read(self) -> list[Piece]:
        pieces, ending = self._pieces(in_range=False)
        if ending is not None:
            raise TemplateRefused(_('"%(word)s" without a beginning') % {"word": ending.split()[0]})
        return pieces

    def _pieces(self, *, in_range: bool) -> tuple[list[Piece], str | None]:
        """Read up to ``else`` or ``end``, which is given back; None at the end of the text."""
        pieces: list[Piece] = []
        if len(self._scopes) > DEEPEST:
            raise TemplateRefused(_("is nested too deeply"))
        while self._place < len(self._parts):
            is_action, text = self._parts[self._place]
            self._place += 1
            if not is_action:
                if text:
                    pieces.append(Words(text))
                continue
            word = re.match(r"\w*", text, re.ASCII)
            keyword = word[0] if word else ""
            if keyword in {"else", "end"}:
                return pieces, text
            pieces.append(self._action(keyword, text, in_range=in_range))
        return pieces, None

    def _action(self, keyword: str, text: str, *, in_range: bool) -> Piece:
        if keyword in _NOT_SUPPORTED:
            raise TemplateRefused(_('"%(word)s" is not supported in templates') % {"word": keyword})
        if keyword in {"if", "with", "range"}:
            return self._block(keyword, text[len(keyword) :], in_range=in_range or keyword == "range")
        if keyword in {"break", "continue"}:
            if not in_range:
                raise TemplateRefused(_('"%(word)s" outside of a range') % {"word": keyword})
            return Jump(keyword)
        return Output(self._pipeline(text))

    def _block(self, keyword: str, text: str, *, in_range: bool) -> Block:
        self._scopes.append(set())
        block = Block(keyword, self._pipeline(text, in_range=keyword == "range"))
        block.body, ending = self._pieces(in_range=in_range)
        if ending is not None and ending.startswith("else"):
            after = ending[4:].strip()
            self._scopes.append(set())
            if after:
                # "else if" is an if inside the else, with one end for both.
                inner = re.match(r"\w*", after, re.ASCII)
                inner_keyword = inner[0] if inner else ""
                if inner_keyword not in {"if", "with"}:
                    raise TemplateRefused(_('"%(word)s" cannot follow else') % {"word": after})
                block.otherwise = [self._block(inner_keyword, after[len(inner_keyword) :], in_range=in_range)]
                ending = "end"
            else:
                block.otherwise, ending = self._pieces(in_range=in_range)
            self._scopes.pop()
        self._scopes.pop()
        if ending is None or ending.strip() != "end":
            raise TemplateRefused(
                _('"%(word)s" has no end') % {"word": keyword}, _("close it with {{ end }}")
            )
        return block

    # --- pipelines

    def _pipeline(self, text: str, *, in_range: bool = False) -> Pipeline:
        tokens = _Tokens(_cut(text))
        pipeline = self._read_pipeline(tokens, in_range=in_range)
        if tokens.peek() is not None:
            self._stop(text)
        return pipeline

    def _stop(self, text: str) -> NoReturn:
        raise TemplateRefused(_('cannot read "{{ %(text)s }}"') % {"text": text.strip()})

    def _read_pipeline(self, tokens: "_Tokens", *, in_range: bool = False) -> Pipeline:
        variables, is_declaration = self._variables(tokens, in_range=in_range)
        commands = [self._command(tokens)]
        while tokens.take_sign("|"):
            command = self._command(tokens)
            if not isinstance(command, Call):
                raise TemplateRefused(_("only a function can stand behind |"))
            commands.append(command)
        if variables and is_declaration:
            self._scopes[-1].update(variables)
        return Pipeline(tuple(commands), variables, is_declaration)

    def _variables(self, tokens: "_Tokens", *, in_range: bool) -> tuple[tuple[str, ...], bool]:
        names: list[str] = []
        start = tokens.place
        while (token := tokens.peek()) is not None and token[0] == "variable":
            names.append(token[1])
            tokens.place += 1
            if not (in_range and len(names) == 1 and tokens.take_sign(",")):
                break
        for sign in (":=", "="):
            if names and tokens.take_sign(sign):
                if sign == "=":
                    for name in names:
                        self._check_variable(name)
                return tuple(names), sign == ":="
        tokens.place = start
        return (), True

    def _check_variable(self, name: str) -> None:
        known = set().union(*self._scopes) | {"$"}
        if name not in known:
            hint = did_you_mean(name, known - {"$"})
            raise TemplateRefused(_("unknown variable %(name)s") % {"name": name}, hint)

    def _command(self, tokens: "_Tokens") -> Operand:
        token = tokens.peek()
        if token is not None and token[0] == "word" and token[1] not in _CONSTANTS:
            tokens.place += 1
            self._check_function(token[1])
            arguments = []
            while (following := tokens.peek()) is not None and not (
                following[0] == "sign" and following[1] != "("
            ):
                arguments.append(self._operand(tokens))
            return Call(token[1], tuple(arguments))
        operand = self._operand(tokens)
        following = tokens.peek()
        if following is not None and not (following[0] == "sign" and following[1] in {"|", ")"}):
            raise TemplateRefused(_("only a function can have arguments"))
        return operand

    def _check_function(self, name: str) -> None:
        if name not in self._functions:
            known = self._functions if isinstance(self._functions, dict | set | frozenset) else ()
            hint = did_you_mean(name, known, or_all=False)
            raise TemplateRefused(_('unknown function "%(name)s"') % {"name": name}, hint)

    def _operand(self, tokens: "_Tokens") -> Operand:
        token = tokens.next()
        if token is None:
            raise TemplateRefused(_("a value is missing"))
        kind, text, _spaced = token
        if kind == "text":
            return Literal(text[1:-1] if text[0] == "`" else _unquote(text))
        if kind == "character":
            return Literal(ord(_unquote(text)[:1] or "\0"))
        if kind == "number":
            return Literal(_read_number(text))
        if kind == "variable":
            self._check_variable(text)
            return Path(text, self._fields(tokens))
        if kind in {"field", "dot"}:
            fields = (text[1:], *self._fields(tokens)) if kind == "field" else ()
            return Path(".", fields)
        if kind == "word":
            if text in _CONSTANTS:
                return Literal(_CONSTANTS[text])
            self._check_function(text)
            return Call(text)
        if text != "(":
            raise TemplateRefused(_('"%(sign)s" where a value is needed') % {"sign": text})
        inner = self._read_pipeline(tokens)
        if not tokens.take_sign(")"):
            raise TemplateRefused(_("a bracket is not closed"))
        return Path(inner, self._fields(tokens))

    def _fields(self, tokens: "_Tokens") -> tuple[str, ...]:
        fields = []
        while (token := tokens.peek()) is not None and token[0] == "field" and not token[2]:
            fields.append(token[1][1:])
            tokens.place += 1
        return tuple(fields)


class _Tokens:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self.place = 0

    def peek(self) -> Token | None:
        return self._tokens[self.place] if self.place < len(self._tokens) else None

    def next(self) -> Token | None:
        token = self.peek()
        self.place += 1
        return token

    def take_sign(self, sign: str) -> bool:
        token = self.peek()
        if token is None or token[0] != "sign" or token[1] != sign:
            return False
        self.place += 1
        return True


def _cut(text: str) -> list[Token]:
    tokens: list[Token] = []
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise TemplateRefused(_('cannot read "{{ %(text)s }}"') % {"text": text.strip()})
        tokens.append((found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) > place))
        place = found.end()
    return tokens


def _unquote(text: str) -> str:
    """Give what stands between quotes, with Go's escapes read."""

    def read(escape: re.Match[str]) -> str:
        plain = _ESCAPES.get(escape[1])
        if plain is not None:
            return plain
        if escape[2] is None:
            raise TemplateRefused(_("a wrong escape in %(text)s") % {"text": text})
        try:
            return chr(int(escape[2].lstrip("xuU"), 8 if escape[2][0].isdigit() else 16))
        except (ValueError, OverflowError) as error:
            raise TemplateRefused(_("a wrong escape in %(text)s") % {"text": text}) from error

    return _ESCAPE.sub(read, text[1:-1])


def _read_number(text: str) -> int | float:
    plain = text.replace("_", "")
    try:
        return int(plain, 0)
    except ValueError:
        return float(plain)
