"""Reads ``configs/events.yaml`` and finds every mistake of it, beside those of the other files."""

from pathlib import Path

from pydantic import ValidationError

from netops.settings.document import read_document
from netops.settings.errors import Problem
from netops.settings.events import EventsSettings
from netops.settings.messages import explain


def load_events(path: Path, problems: list[Problem], *, must_exist: bool) -> EventsSettings:
    """Read the file; what is wrong with it joins ``problems``.

    Args:
        path: The file. Where it need not exist and does not, only the shipped rules are in force.
        problems: What was found so far.
        must_exist: Whether netops.yaml names it.
    """
    if not must_exist and not path.exists():
        return EventsSettings()
    document = read_document(path, problems)
    if document is None:
        return EventsSettings()
    try:
        return EventsSettings.model_validate(document.value)
    except ValidationError as error:
        problems.extend(explain(error, document))
        return EventsSettings()
