"""What every sender over HTTP shares: one request with a deadline, a short answer, and what a failure means.

Nothing here tells a URL, a header or a body that was sent: they hold tokens.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from netops import __version__
from netops.clock import Clock
from netops.i18n import _
from netops.model.message import Message
from netops.notify.hiding import SecretHider, secrets_in_url
from netops.notify.sender import Answer, SendFailed
from netops.notify.tls import explain_certificate, make_tls_context
from netops.settings.channels import HttpChannel

LONGEST_ANSWER = 64 * 1024
"""How many bytes of an answer are read; no service says more about one message."""
LONGEST_WAIT = timedelta(hours=1)
"""A receiver that asks for more quiet than this is asked again all the same."""
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out."""

    url: str = field(repr=False)
    content: bytes = field(default=b"", repr=False)
    content_type: str = "application/json; charset=utf-8"
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: httpx.Headers
    body: bytes
    is_whole: bool = True
    """Whether the body was read to its end."""

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")


class HttpSender(ABC):
    """The parent of all senders over HTTP: they shape a request and read an answer."""

    def __init__(self, channel: HttpChannel, clock: Clock, secrets: Iterable[str | None]) -> None:
        self.clock = clock
        self._channel = channel
        self._seconds = channel.timeout.total_seconds()
        self._proxy = channel.proxy.get_secret_value() if channel.proxy else None
        known = [secret for secret in secrets if secret]
        known += secrets_in_url(self._proxy) if self._proxy else ()
        self._hider = SecretHider(known)
        self._client: httpx.AsyncClient | None = None
        quieten_httpx()

    @abstractmethod
    def shape(self, message: Message, address: str) -> Request:
        """Give the request that tells a message to an address.

        Raises:
            SendFailed: The address is none for this channel.
        """

    def read(self, reply: Reply) -> str:
        """Give what the receiver said when it took the message; here a status of success is all it takes.

        Raises:
            SendFailed: The answer is a refusal.
        """
        self.check_status(reply)
        return self.tidy(f"{reply.status} {reply.text}")

    async def send(self, message: Message, address: str) -> Answer:
        """Send one message in one request. See ``Sender``."""
        # A message of thousands of alerts takes long to write; polls must not wait for it.
        request = await asyncio.to_thread(self.shape, message, address)
        try:
            async with asyncio.timeout(self._seconds):
                reply = await self._exchange(request)
        except TimeoutError:
            words = {"seconds": f"{self._seconds:g}"}
            raise SendFailed(_("no complete answer within %(seconds)s seconds") % words) from None
        except (httpx.InvalidURL, UnicodeError):
            raise SendFailed(_("the URL cannot be used"), is_permanent=True) from None
        except httpx.HTTPError as error:
            # "from None": the error carries the request, with its URL.
            raise self._explain(error) from None
        return Answer(self.read(reply))

    async def close(self) -> None:
        """Give back connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # --- for the senders

    def tidy(self, text: str) -> str:
        """Give a text of the receiver on one short line, without our secrets."""
        return self._hider.tidy(text)

    def fail(
        self, why: str, reply: Reply, *, is_permanent: bool, retry_after: timedelta | None = None
    ) -> SendFailed:
        """Make the error about an answer; what the receiver said joins it."""
        answer = self.tidy(f"{reply.status} {reply.text}")
        return SendFailed(
            self.tidy(why),
            is_permanent=is_permanent,
            retry_after=retry_after or self.wait(reply),
            answer=answer,
        )

    def check_status(self, reply: Reply) -> None:
        """Raise for every status that is no success.

        Raises:
            SendFailed: Temporary for 408, 425, 429 and 5xx; permanent for other 4xx and for redirects, which are
                not followed: a signed message is for the address it was made for.
        """
        status = reply.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        words = {"status": status, "answer": self.tidy(reply.text)}
        if status < HTTPStatus.BAD_REQUEST:
            raise self.fail(
                _("HTTP %(status)d: redirects are not followed") % words, reply, is_permanent=True
            )
        is_later = status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise self.fail(_("HTTP %(status)d: %(answer)s") % words, reply, is_permanent=not is_later)

    def wait(self, reply: Reply) -> timedelta | None:
        """Read Retry-After, in seconds or as a date (RFC 9110 section 10.2.3); an hour is the longest."""
        text = reply.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
        try:
            span = parsedate_to_datetime(text) - self.clock.now()
        except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
            return None
        return min(max(span, timedelta()), LONGEST_WAIT)

    # --- the request itself

    async def _exchange(self, request: Request) -> Reply:
        client = await self._open_client()
        headers = {
            "Content-Type": request.content_type,
            "User-Agent": f"netops/{__version__}",
            # A packed answer could unfold to any size.
            "Accept-Encoding": "identity",
            **request.headers,
        }
        if request.method == "GET":
            del headers["Content-Type"]
        body = bytearray()
        async with client.stream(
            request.method, request.url, content=request.content or None, headers=headers
        ) as response:
            async for piece in response.aiter_raw():
                body += piece[: LONGEST_ANSWER + 1 - len(body)]
                if len(body) > LONGEST_ANSWER:
                    break
            is_whole = len(body) <= LONGEST_ANSWER
            return Reply(response.status_code, response.headers, bytes(body[:LONGEST_ANSWER]), is_whole)

    async def _open_client(self) -> httpx.AsyncClient:
        if self._client is not None:
            return self._client
        context = await asyncio.to_thread(make_tls_context, self._channel.ca_file)
        # Another message may have opened it meanwhile.
        if self._client is None:
            # Messages are rare and connections die quietly: a kept one would cost a failed attempt each time.
            self._client = httpx.AsyncClient(
                verify=context,
                proxy=self._proxy,
                timeout=None,  # noqa: S113 - the whole exchange has a deadline, which no trickle moves
                limits=httpx.Limits(max_keepalive_connections=0),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    def _explain(self, error: httpx.HTTPError) -> SendFailed:
        """Word a failure of the connection: worth another attempt, unless the certificate is wrong."""
        certificate = explain_certificate(error)
        if certificate is not None:
            return SendFailed(self.tidy(certificate), is_permanent=True)
        kinds: list[tuple[type[httpx.HTTPError], Callable[[], str]]] = [
            (httpx.ProxyError, lambda: _("the proxy refuses: %(reason)s")),
            (httpx.ConnectError, lambda: _("no connection: %(reason)s")),
            (httpx.NetworkError, lambda: _("the connection broke: %(reason)s")),
            (httpx.RemoteProtocolError, lambda: _("the answer is no HTTP, or broke off: %(reason)s")),
        ]
        word = next((word for kind, word in kinds if isinstance(error, kind)), lambda: "%(reason)s")
        reason = str(error) or type(error).__name__
        return SendFailed(self.tidy(word() % {"reason": reason}))


def quieten_httpx() -> None:
    """Keep httpx from logging each request with its whole URL, at whatever level the log is."""
    logging.getLogger("httpx").addFilter(_drop_requests)


def _drop_requests(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
