"""One YAML file, read with the line and column of every key and value.

What a plain word means follows YAML 1.2, narrowed to what settings need: ``true`` and ``false`` are the only
booleans, decimal numbers without a leading zero the only numbers, ``null``, ``~`` and nothing the empty value;
all else is text. So ``no``, ``on``, ``0123``, ``1:30``, ``1e3`` and ``2026-01-01`` stay what they look like.
"""

import re
import stat
from pathlib import Path
from typing import Any, NoReturn

import yaml

from netops.i18n import _
from netops.settings.errors import Problem

LARGEST_FILE = 32 * 1024 * 1024
DEEPEST = 40
MOST_REPEATED = 100_000
"""How many values aliases may add to those written out."""

# The event parser is used on purpose: the C composer recurses without a limit and ends the process on "[[[[…".
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TEXT_TAG = "tag:yaml.org,2002:str"
_SAFE_KEY = re.compile(r"[\w.-]{1,64}")

Step = str | int
KeyPath = tuple[Step, ...]
"""The way to a value: keys, and numbers of list items."""


class Place:
    """Where a value begins, and where the keys and values inside it do. Lines and columns count from 0."""

    __slots__ = ("column", "inner", "keys", "line")

    def __init__(self, mark: Any) -> None:
        self.line: int = mark.line
        self.column: int = mark.column
        self.keys: dict[str, Place] = {}
        self.inner: dict[Step, Place] = {}


def write_path(path: KeyPath) -> str:
    """Write the way to a value: ``devices[3].port``. What no key should hold is cut off, as it may be a secret."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            match = _SAFE_KEY.match(step)
            shown = match[0] if match else ""
            text += ("." if text else "") + shown + ("" if shown == step else "…")
    return text


class Document:
    """The values of one file and their places."""

    def __init__(self, name: str, value: dict[str, Any], root: Place) -> None:
        self.name = name
        self.value = value
        self.root = root

    def problem(self, path: KeyPath, message: str, suggestion: str = "", *, at_key: bool = False) -> Problem:
        """Put a mistake at its value, at its key, or, when the path ends in a missing key, at the mapping.

        Steps that are no keys of the file are passed over: pydantic adds the tag of a union's member.
        """
        place, shown = self.root, []
        for number, step in enumerate(path):
            last = number == len(path) - 1
            if step == "[key]" and last:
                break
            if step not in place.inner:
                if last:
                    shown.append(step)
                continue
            shown.append(step)
            key = place.keys.get(step) if isinstance(step, str) else None
            is_named = last or (number == len(path) - 2 and path[-1] == "[key]")
            place = key if key and at_key and is_named else place.inner[step]
        return Problem(
            self.name, place.line + 1, place.column + 1, write_path(tuple(shown)), message, suggestion
        )


class _Fatal(Exception):
    """Carries a problem out of the parser; never leaves this module."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class _Composer:
    """Builds values and places from the parser's events."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self._events: Any = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, tuple[Any, Place, int] | None] = {}
        self._made = 0
        self._repeated = 0

    def compose(self) -> tuple[Any, Place | None]:
        """Give the file's one value; (None, None) for a file without any."""
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None, None
        value, place = self._node(next(self._events), ())
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._stop(
                after, (), _("a second document begins"), _("keep one document in a file, without ---")
            )
        return value, place

    def _note(self, event: Any, path: KeyPath, message: str, suggestion: str = "") -> None:
        mark = event.start_mark
        self.problems.append(
            Problem(self.name, mark.line + 1, mark.column + 1, write_path(path), message, suggestion)
        )

    def _stop(self, event: Any, path: KeyPath, message: str, suggestion: str = "") -> NoReturn:
        self._note(event, path, message, suggestion)
        raise _Fatal(self.problems.pop())

    def _node(self, event: Any, path: KeyPath) -> tuple[Any, Place]:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        before = self._made
        self._made += 1
        anchor = event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            value, place = self._scalar(event, path), Place(event.start_mark)
        else:
            if len(path) > DEEPEST:
                self._stop(event, path[:3], _("is nested too deeply"))
            if event.tag is not None:
                self._tag(event, path)
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            value, place = self._mapping(event, path) if is_mapping else self._sequence(event, path)
        if anchor is not None:
            self._anchors[anchor] = (value, place, self._made - before)
        return value, place

    def _alias(self, event: Any, path: KeyPath) -> tuple[Any, Place]:
        # An alias's name is never repeated: it may be a password that begins with a star.
        target = self._anchors.get(event.anchor)
        if target is None:
            self._stop(event, path, _("points to no anchor"), _("put text that begins with * in quotes"))
        value, anchored, size = target
        self._made += size
        self._repeated += size
        if self._repeated > MOST_REPEATED:
            self._stop(event, path, _("aliases repeat too many values"), _("write the values out"))
        # The place is that of the alias for itself, and that of the anchor for what is inside.
        place = Place(event.start_mark)
        place.keys, place.inner = anchored.keys, anchored.inner
        return value, place

    def _tag(self, event: Any, path: KeyPath) -> None:
        self._note(event, path, _("has a YAML tag"), _("put text that begins with ! in quotes"))

    def _scalar(self, event: Any, path: KeyPath) -> Any:
        text: str = event.value
        if event.tag is not None and event.tag != _TEXT_TAG:
            self._tag(event, path)
        if event.tag is not None or not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        return int(text) if _NUMBER.fullmatch(text) else text

    def _sequence(self, start: Any, path: KeyPath) -> tuple[list[Any], Place]:
        values: list[Any] = []
        place = Place(start.start_mark)
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            number = len(values)
            value, place.inner[number] = self._node(event, (*path, number))
            values.append(value)
        return values, place

    def _mapping(self, start: Any, path: KeyPath) -> tuple[dict[str, Any], Place]:
        values: dict[str, Any] = {}
        place = Place(start.start_mark)
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._stop(event, path, _("a key must be plain text"), _("put it in quotes"))
            key: str = event.value
            here = (*path, key)
            if key == "<<" and event.implicit[0]:
                self._note(event, path, _("merge keys (<<) are not read"), _("use groups or defaults"))
            value, inner = self._node(next(self._events), here)
            if key in values:
                words = {"line": place.keys[key].line + 1}
                self._note(event, here, _("key given twice, first on line %(line)d") % words)
            elif key != "<<":
                values[key] = value
                place.keys[key], place.inner[key] = Place(event.start_mark), inner
        return values, place


def read_document(path: Path, problems: list[Problem]) -> Document | None:
    """Read one file; what is wrong with it joins ``problems``, and None tells that nothing could be read."""
    name = str(path)

    def refuse_file(message: str, suggestion: str = "", *, line: int = 1, column: int = 1) -> None:
        problems.append(Problem(name, line, column, "", message, suggestion))

    try:
        text = _read_text(path)
        composer = _Composer(name, text)
        value, place = composer.compose()
    except _Fatal as fatal:
        problems.append(fatal.problem)
        return None
    except yaml.YAMLError as error:
        problems.append(_explain_syntax(name, text, error))
        return None
    problems.extend(composer.problems)
    if place is None or value is None:
        refuse_file(_("the file is empty"), _("write at least one key"))
    elif not isinstance(value, dict):
        kind = _("a list") if isinstance(value, list) else _("text")
        words = {"kind": kind}
        message = _("the file must hold keys with values, and holds %(kind)s") % words
        refuse_file(message, line=place.line + 1, column=place.column + 1)
    else:
        return Document(name, value, place)
    return None


def _read_text(path: Path) -> str:
    def stop(message: str, suggestion: str = "", line: int = 1, column: int = 1) -> NoReturn:
        raise _Fatal(Problem(str(path), line, column, "", message, suggestion)) from None

    try:
        status = path.stat()
        # Looked at before it is opened: opening a pipe would wait for its writer, for ever.
        if not stat.S_ISREG(status.st_mode):
            stop(_("is not a plain file"))
        if status.st_size > LARGEST_FILE:
            stop(_("is larger than %(size)d MiB") % {"size": LARGEST_FILE >> 20})
        content = path.read_bytes()
    except FileNotFoundError:
        stop(_("no such file"))
    except OSError as error:
        stop(_("cannot be read: %(reason)s") % {"reason": error.strerror or type(error).__name__})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        stop(_("is not UTF-8 text"), _("save it as UTF-8"), line, column)


def _explain_syntax(name: str, text: str, error: yaml.YAMLError) -> Problem:
    """Word a syntax error without the parser's own excerpt, which may show a secret."""
    if isinstance(error, yaml.reader.ReaderError):
        match = yaml.reader.Reader.NON_PRINTABLE.search(text)
        before = text[: match.start() if match else 0]
        column = len(before) - (before.rfind("\n") + 1) + 1
        message = _("a control character stands here")
        return Problem(name, before.count("\n") + 1, column, "", message, _("remove it"))
    mark = getattr(error, "problem_mark", None)
    start = getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    message, suggestion = _("the YAML cannot be read here"), ""
    lines = text.split("\n")
    for number in (line, line - 1):
        indent = re.match(r"[ \t]*", lines[number])[0] if 0 <= number < len(lines) else ""  # type: ignore[index]  # always matches
        if "\t" in indent:
            message, suggestion = _("a tab stands in the indentation"), _("use spaces")
            return Problem(name, number + 1, indent.index("\t") + 1, "", message, suggestion)
    context, reason = getattr(error, "context", None) or "", getattr(error, "problem", None) or ""
    if "quoted scalar" in context:
        message, suggestion = _("a quoted text is not closed, or holds a wrong escape"), _("check its quotes")
        line, column = (start.line, start.column) if start else (line, column)
    elif "mapping values are not allowed" in reason:
        message, suggestion = _("a colon where none can be"), _("put text that holds ': ' in quotes")
    elif "expected ':'" in reason:
        message, suggestion = _("a key without a colon"), _("write key: value")
    elif "did not find expected" in reason:
        message, suggestion = (
            _("the indentation or the brackets do not fit"),
            _("line the keys up with spaces"),
        )
    elif "cannot start any token" in reason:
        message, suggestion = _("text cannot begin with this character"), _("put the text in quotes")
    return Problem(name, line + 1, column + 1, "", message, suggestion)
