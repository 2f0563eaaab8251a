"""Reads ``configs/oncall.yaml`` and finds every mistake of it, beside those of the other files."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from netops.i18n import _
from netops.settings.document import Document, read_document
from netops.settings.errors import Problem
from netops.settings.messages import explain
from netops.settings.oncall import OncallSettings
from netops.settings.parts import did_you_mean
from netops.settings.references import ReferenceContext


def load_oncall(
    path: Path,
    problems: list[Problem],
    *,
    context: ReferenceContext,
    groups: Collection[str] | None,
    must_exist: bool,
) -> OncallSettings:
    """Read the file; what is wrong with it joins ``problems``.

    Args:
        path: The file. Where it need not exist and does not, nobody is told of alerts.
        problems: What was found so far.
        context: Where references to secrets look.
        groups: The groups of devices that windows may name; None when they are not known.
        must_exist: Whether netops.yaml names it.
    """
    if not must_exist and not path.exists():
        return OncallSettings()
    document = read_document(path, problems)
    if document is None:
        return OncallSettings()
    if groups is not None:
        _check_groups(document, groups, problems)
    try:
        return OncallSettings.model_validate(document.value, context=context)
    except ValidationError as error:
        problems.extend(explain(error, document))
        return OncallSettings()


def _check_groups(document: Document, groups: Collection[str], problems: list[Problem]) -> None:
    """Look up the groups that maintenance windows name in the file of devices."""
    windows: Any = document.value.get("maintenance")
    for number, window in enumerate(windows if isinstance(windows, list) else ()):
        named = window.get("groups") if isinstance(window, dict) else None
        for position, name in enumerate(named if isinstance(named, list) else ()):
            if isinstance(name, str | int) and str(name) not in groups:
                message = _('unknown group "%(name)s"') % {"name": name}
                path = ("maintenance", number, "groups", position)
                problems.append(document.problem(path, message, did_you_mean(str(name), groups)))
