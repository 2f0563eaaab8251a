"""Pages made of templates, in the reader's language, and with headers that let nothing else run on them."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from netops.i18n import translator

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # The address of a page may be its permission.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Pages:
    """Renders the templates of this package."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("netops.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(
        self, template: str, language: str, *, status: int = HTTPStatus.OK, **values: Any
    ) -> HTMLResponse:
        """Give a page in a language."""
        words = translator(language)
        content = self._environment.get_template(template).render(
            _=words.gettext,
            ngettext=words.ngettext,
            language=language.replace("_", "-"),
            **values,
        )
        return HTMLResponse(content, status, HEADERS)


def word_instant(at: datetime, zone: str) -> str:
    """Write an instant as a clock in a time zone shows it."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
