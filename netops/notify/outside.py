"""Requests to other programs that are no messages to people: Alertmanagers, and a dead man's switch."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from netops import __version__
from netops.errors import NetopsError
from netops.notify.http import quieten_httpx

_SECONDS = 10.0


class OutsideFailed(NetopsError):
    """The other program did not take it; the message names it without what its URL may hold of secrets."""


class Outside:
    """Sends to other programs; belongs to one event loop."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=_SECONDS,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": f"netops/{__version__}"},
        )
        quieten_httpx()

    async def post_alerts(self, base: str, alerts: Sequence[dict[str, Any]]) -> None:
        """Post alerts to an Alertmanager.

        Raises:
            OutsideFailed: It did not take them.
        """
        await self._ask("POST", f"{base.rstrip('/')}/api/v2/alerts", json=list(alerts))

    async def beat(self, url: str) -> None:
        """Give a sign of life.

        Raises:
            OutsideFailed: Nobody took it.
        """
        await self._ask("GET", url)

    async def close(self) -> None:
        """Give back connections."""
        await self._client.aclose()

    async def _ask(self, method: str, url: str, **more: Any) -> None:
        host = urlsplit(url).hostname or ""
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._client.request(method, url, **more)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            reason = type(error).__name__
            message = f"{host}: {reason}"
            raise OutsideFailed(message) from None
        if not answer.is_success:
            message = f"{host}: HTTP {answer.status_code}"
            raise OutsideFailed(message)
