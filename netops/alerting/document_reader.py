"""What reading a document of rules and one of their tests have in common: shapes, and mistakes told at their line."""

from collections.abc import Iterator, Mapping
from typing import Any

from netops.i18n import _
from netops.settings.document import Document, KeyPath
from netops.settings.errors import Problem
from netops.settings.parts import did_you_mean


class DocumentReader:
    """Reads one document; ``_where`` is what stands before a message."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems
        self._where = ""

    def check_keys(self, path: KeyPath, raw: Mapping[str, Any], known: tuple[str, ...]) -> None:
        """Tell the keys that are not known."""
        for key in raw:
            if key not in known:
                self._note((*path, key), _("unknown key"), did_you_mean(key, known), at_key=True)

    def listed(self, path: KeyPath, raw: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Give the mappings of a list with their numbers."""
        if raw is None:
            return
        if not isinstance(raw, list):
            self._note(path, _("must be a list"), _("begin each entry with -"))
            return
        for place, entry in enumerate(raw):
            if isinstance(entry, dict):
                yield place, entry
            else:
                self._note((*path, place), _("must hold keys with values"))

    def _note(self, path: KeyPath, message: str, suggestion: str = "", *, at_key: bool = False) -> None:
        self._problems.append(self._document.problem(path, self._where + message, suggestion, at_key=at_key))

    def _line(self, path: KeyPath) -> int:
        return self._document.problem(path, "").line
