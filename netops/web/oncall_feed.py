"""The calendar of a schedule or a person, at a signed address that calendars of people subscribe to."""

import asyncio
from typing import Protocol

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from netops.errors import NetopsError
from netops.security.links import LinkExpired


class Feed(Protocol):
    """Gives calendars; raises NetopsError where it refuses."""

    def read(self, name: str, token: str) -> str:
        """Give the calendar of a link."""
        ...


def create_oncall_feed(feed: Feed) -> APIRouter:
    """Build the route."""
    router = APIRouter()

    @router.get("/oncall/{name}/{token}.ics")
    async def read(name: str, token: str) -> Response:
        try:
            calendar = await asyncio.to_thread(feed.read, name, token)
        except NetopsError as error:
            return PlainTextResponse(f"{error}\n", 410 if isinstance(error, LinkExpired) else 404)
        headers = {"Cache-Control": "private, max-age=900", "Referrer-Policy": "no-referrer"}
        return Response(calendar, media_type="text/calendar", headers=headers)

    return router
