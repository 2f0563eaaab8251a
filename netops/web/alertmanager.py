"""Alertmanager's ``POST /api/v2/alerts``, so that a Prometheus can name us among its alertmanagers."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from netops.errors import NetopsError
from netops.services.receive_alerts import PostedAlert

MOST_BYTES = 8 * 1024 * 1024
_MOST_ALERTS = 20_000
_ZERO = datetime(1, 1, 1, tzinfo=UTC)
"""What Go writes for an instant that was never set."""


class Inbox(Protocol):
    """Takes alerts of other programs; raises NetopsError when it cannot keep them."""

    async def receive(self, posted: Sequence[PostedAlert]) -> None:
        """Keep alerts."""
        ...


def _check_labels(labels: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in labels.items() if value}
    if not kept:
        message = "an alert needs at least one label with a value"
        raise ValueError(message)
    return kept


def _check_text(text: str) -> str:
    if "\0" in text:
        message = "a NUL character cannot be kept"
        raise ValueError(message)
    return text


LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=200)]
Labels = Annotated[
    dict[LabelName, Annotated[str, Field(max_length=4096), AfterValidator(_check_text)]],
    Field(max_length=64),
    AfterValidator(_check_labels),
]
Annotations = Annotated[
    dict[LabelName, Annotated[str, Field(max_length=16_384), AfterValidator(_check_text)]],
    Field(max_length=64),
]


class _Posted(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    labels: Labels
    annotations: Annotations = Field(default_factory=dict)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


_POSTED = TypeAdapter(Annotated[list[_Posted], Field(max_length=_MOST_ALERTS)])


def create_alertmanager(inbox: Inbox, token: str | None) -> APIRouter:
    """Build the routes; with a token only who shows it is let in."""
    router = APIRouter()

    @router.post("/api/v2/alerts")
    async def receive(request: Request) -> Response:
        if token is not None and not _shows(request, token):
            return JSONResponse("a bearer token is needed", 401, {"WWW-Authenticate": "Bearer"})
        body = await _read(request)
        if body is None:
            return JSONResponse(f"more than {MOST_BYTES} bytes", 413)
        try:
            posted = _POSTED.validate_json(body)
        except ValidationError as error:
            return JSONResponse(_word(error), 400)
        try:
            await inbox.receive([_as_posted(one) for one in posted])
        except NetopsError as error:
            return JSONResponse(str(error), 503)
        return Response(status_code=200)

    @router.get("/api/v2/status")
    async def status() -> Response:
        """Answer what programs ask to see that an Alertmanager is here."""
        return JSONResponse({"cluster": {"status": "disabled", "peers": []}, "config": {"original": ""}})

    return router


def _shows(request: Request, token: str) -> bool:
    kind, _space, shown = request.headers.get("authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())


async def _read(request: Request) -> bytes | None:
    """Read the body; None when it is too long, however long it says to be."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MOST_BYTES:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _as_posted(one: _Posted) -> PostedAlert:
    return PostedAlert(one.labels, one.annotations, _unless_zero(one.starts_at), _unless_zero(one.ends_at))


def _unless_zero(at: datetime | None) -> datetime | None:
    return None if at is None or at <= _ZERO else at.astimezone(UTC)


def _word(error: ValidationError) -> str:
    """Say what is wrong without repeating what was sent."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
