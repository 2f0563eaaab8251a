"""The page behind the link of a message: what fires, and one button that says "I have it"."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Protocol

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from netops.alerting.known_alert import KnownAlert
from netops.errors import NetopsError, NotFound
from netops.i18n import choose_language
from netops.model.severity import Severity
from netops.security.links import LinkExpired, LinkWrong
from netops.services.acknowledge_link import Linked
from netops.web.pages import Pages, word_instant

HOURS = (1, 4, 8, 24)
"""For how long one can say to have it."""
_MOST_SHOWN = 20


class Links(Protocol):
    """What the page asks of the daemon; each raises NetopsError where it refuses."""

    def look(self, token: str) -> Linked:
        """Give what a link leads to."""
        ...

    async def acknowledge(self, linked: Linked, *, who: str, seconds: float, comment: str) -> int:
        """Note that somebody has it; give how many alerts that is."""
        ...


def create_acknowledge(links: Links, pages: Pages) -> APIRouter:
    """Build the routes. ``GET`` changes nothing: programs that preview links open them too."""
    router = APIRouter()

    @router.get("/acknowledge/{token}")
    async def look(request: Request, token: str) -> Response:
        try:
            linked = await asyncio.to_thread(links.look, token)
        except NetopsError as error:
            return _refuse(pages, request, error)
        return _show(pages, request, linked)

    @router.post("/acknowledge/{token}")
    async def acknowledge(
        request: Request,
        token: str,
        hours: Annotated[int, Form(ge=1, le=24)] = HOURS[0],
        who: Annotated[str, Form(max_length=100)] = "",
        comment: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:
        try:
            linked = await asyncio.to_thread(links.look, token)
            name = linked.reader.name or " ".join(who.split())
            count = await links.acknowledge(linked, who=name, seconds=hours * 3600, comment=comment.strip())
            linked = await asyncio.to_thread(links.look, token)
        except NetopsError as error:
            return _refuse(pages, request, error)
        return _show(pages, request, linked, done=count, who=name, hours=hours)

    return router


def _language(request: Request, linked: Linked | None = None) -> str:
    if linked is not None and linked.reader.name:
        return linked.reader.language
    wanted = request.headers.get("accept-language", "")
    return choose_language(wanted.split(",")[0].strip() or "en")


def _show(
    pages: Pages,
    request: Request,
    linked: Linked,
    *,
    done: int | None = None,
    who: str = "",
    hours: int = HOURS[0],
) -> HTMLResponse:
    language, zone = _language(request, linked), linked.reader.time_zone
    alerts = sorted(linked.alerts, key=lambda alert: (alert.resolved_at is not None, _rank(alert)))
    return pages.render(
        "acknowledge.html",
        language,
        alerts=[_describe(alert, zone) for alert in alerts[:_MOST_SHOWN]],
        left_out=max(0, len(alerts) - _MOST_SHOWN),
        firing=len(linked.firing),
        is_taken=linked.is_taken,
        taken_by=_names(linked.firing),
        needs_name=not linked.reader.name,
        zone=zone,
        choices=HOURS,
        done=done,
        who=who,
        hours=hours,
    )


def _rank(alert: KnownAlert) -> int:
    return Severity.read(alert.severity).rank


def _names(alerts: Sequence[KnownAlert]) -> str:
    return ", ".join(dict.fromkeys(one.acknowledgement.by for one in alerts if one.acknowledgement))


def _describe(alert: KnownAlert, zone: str) -> dict[str, object]:
    acknowledgement = alert.acknowledgement
    return {
        "severity": Severity.read(alert.severity).value,
        "rule": alert.rule,
        "device": alert.labels.get("device", ""),
        "summary": alert.annotations.get("summary", ""),
        "description": alert.annotations.get("description", ""),
        "since": word_instant(alert.fired_at or alert.active_at, zone),
        "over": word_instant(alert.resolved_at, zone) if alert.resolved_at else "",
        "hides": ", ".join(alert.hides[:_MOST_SHOWN]),
        "taken_by": acknowledgement.by if acknowledgement else "",
        "taken_until": word_instant(acknowledgement.until, zone) if acknowledgement else "",
    }


def _refuse(pages: Pages, request: Request, error: NetopsError) -> HTMLResponse:
    is_gone = isinstance(error, LinkExpired)
    is_strange = isinstance(error, LinkWrong | NotFound)
    status = HTTPStatus.GONE if is_gone else HTTPStatus.NOT_FOUND if is_strange else HTTPStatus.CONFLICT
    return pages.render("refused.html", _language(request), status=status, message=str(error))
