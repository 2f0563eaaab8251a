"""The part of the control API that is about alerts."""

from collections.abc import Sequence
from typing import Any, Protocol

from fastapi import APIRouter
from pydantic import BaseModel


class AlertControls(Protocol):
    """What the daemon lets commands do to alerts; each raises NetopsError where it refuses."""

    async def acknowledge(self, prefix: str, *, who: str, seconds: float, comment: str) -> str:
        """Note that somebody has an alert for so long, and give its fingerprint."""
        ...

    async def comment(self, prefix: str, *, who: str, text: str) -> str:
        """Add a comment to the record of an alert, and give its fingerprint."""
        ...

    async def silence(self, matchers: Sequence[str], *, who: str, seconds: float, comment: str) -> int:
        """Begin a silence, and give its id."""
        ...

    async def unsilence(self, silence_id: int, *, who: str) -> list[str]:
        """End a silence, and give the fingerprints of what it kept quiet and still fires."""
        ...


class _Acknowledgement(BaseModel):
    who: str
    seconds: float
    comment: str = ""


class _Comment(BaseModel):
    who: str
    text: str


class _Silence(BaseModel):
    matchers: list[str]
    who: str
    seconds: float
    comment: str


class _Ending(BaseModel):
    who: str


def create_alert_control(alerts: AlertControls) -> APIRouter:
    """Build the routes; the application that takes them in words refusals."""
    router = APIRouter()

    @router.post("/alerts/{prefix}/acknowledge")
    async def acknowledge(prefix: str, wish: _Acknowledgement) -> dict[str, Any]:
        given = await alerts.acknowledge(prefix, who=wish.who, seconds=wish.seconds, comment=wish.comment)
        return {"id": given}

    @router.post("/alerts/{prefix}/comment")
    async def comment(prefix: str, wish: _Comment) -> dict[str, Any]:
        return {"id": await alerts.comment(prefix, who=wish.who, text=wish.text)}

    @router.post("/silences", status_code=201)
    async def silence(wish: _Silence) -> dict[str, Any]:
        given = await alerts.silence(wish.matchers, who=wish.who, seconds=wish.seconds, comment=wish.comment)
        return {"silence": given}

    @router.post("/silences/{silence_id}/end")
    async def unsilence(silence_id: int, wish: _Ending) -> dict[str, Any]:
        return {"burning": await alerts.unsilence(silence_id, who=wish.who)}

    return router
