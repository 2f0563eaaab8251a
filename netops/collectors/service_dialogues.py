"""How service checks talk: open a port and listen, or get a page. What they find stands in a Finding, failed or not."""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from netops import __version__
from netops.collectors.service_failures import CheckFailed
from netops.collectors.service_tls import read_certificate
from netops.i18n import _
from netops.model.service_check import CertificateReading, CheckFailure
from netops.settings.checks import CheckSettings, parse_statuses
from netops.settings.patterns import compile_pattern

LONGEST_TEXT = 256 * 1024
"""How many bytes are searched; a page may have no end."""
MOST_REDIRECTS = 5
_EAGER = 4096
_CHARSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "iso-8859-1": "cp1252",
}


@dataclass(slots=True)
class Finding:
    """What is known of a service so far."""

    status_code: int | None = None
    certificate: CertificateReading | None = None
    is_trusted: bool | None = None
    """Of the connection under way; None where trust is not asked for."""
    distrust: str = ""

    def take(self, tls: ssl.SSLObject | None) -> None:
        """Look at the certificate of a connection; the first one counts, a redirect may lead to others."""
        der = tls.getpeercert(binary_form=True) if tls is not None else None
        if self.certificate is None and der:
            self.certificate = read_certificate(der)
            if self.certificate is not None:
                self.certificate.is_trusted = self.is_trusted
                self.certificate.distrust = self.distrust


class TextSearch:
    """Looks for a text in what arrives bit by bit."""

    def __init__(self, pattern: str, charset: str | None = None) -> None:
        self._pattern = compile_pattern(pattern)
        self._charset = _CHARSETS.get((charset or "").lower(), "utf-8")
        self._bytes = bytearray()
        self._searched = 0

    @property
    def is_full(self) -> bool:
        """Say whether no more is taken."""
        return len(self._bytes) >= LONGEST_TEXT

    def feed(self, piece: bytes) -> bool:
        """Take a piece, and say whether the text is there.

        A long page is searched when it has doubled, or a trickle of single bytes would keep us busy.
        """
        self._bytes += piece[: LONGEST_TEXT - len(self._bytes)]
        size = len(self._bytes)
        return (size <= _EAGER or self.is_full or size >= 2 * self._searched) and self.look()

    def look(self) -> bool:
        """Search all there is so far."""
        self._searched = len(self._bytes)
        return bool(self._pattern.search(self._bytes.decode(self._charset, "replace")))


async def try_port(check: CheckSettings, host: str, context: ssl.SSLContext | None, finding: Finding) -> None:
    """Open a port, with TLS where there is a context, and wait for the text where one is expected.

    Raises:
        CheckFailed: The other end said something else.
        OSError: It could not be opened.
    """
    name = check.server_name or host.partition("%")[0]
    reader, writer = await asyncio.open_connection(
        host, check.port, ssl=context, server_hostname=name if context else None
    )
    try:
        finding.take(writer.get_extra_info("ssl_object"))
        if check.expect_text is None:
            return
        search = TextSearch(check.expect_text)
        while piece := await reader.read(LONGEST_TEXT):
            if search.feed(piece):
                return
            if search.is_full:
                break
        if not search.look():
            raise _text_missing()
    finally:
        writer.transport.abort()  # a proper goodbye would wait for the other end


async def get_page(check: CheckSettings, context: ssl.SSLContext, finding: Finding) -> None:
    """Get a page and hold it against what is expected of it.

    Raises:
        CheckFailed: Another status, another text, or redirects without end.
        httpx.HTTPError: There was no answer, or none of HTTP.
    """
    headers = {
        "User-Agent": f"netops/{__version__}",
        "Accept-Encoding": "identity",
    }  # packed text finds nothing
    async with httpx.AsyncClient(
        verify=context,
        headers=headers,
        timeout=None,  # noqa: S113 - the whole check has a deadline, which no trickle moves
        follow_redirects=False,
        trust_env=False,
    ) as client:
        request = _make_first(check, client)
        for _hop in range(MOST_REDIRECTS + 1):
            response = await client.send(request, stream=True)
            try:
                finding.take(response.extensions["network_stream"].get_extra_info("ssl_object"))
                onward = response.next_request if check.follow_redirects else None
                if onward is None:
                    await _judge(check, response, finding)
                    return
                # Not the request made for us: it would ask the other server for this one's name.
                request = client.build_request("GET", _check_goal(onward.url))
            finally:
                await response.aclose()
    raise CheckFailed(CheckFailure.STATUS, _("more than %(most)d redirects") % {"most": MOST_REDIRECTS})


def _check_goal(url: httpx.URL) -> httpx.URL:
    if url.port is not None and not 0 < url.port <= 65_535:
        raise CheckFailed(CheckFailure.PROTOCOL, _("redirected to what is no URL"))
    return url


def _make_first(check: CheckSettings, client: httpx.AsyncClient) -> httpx.Request:
    url = str(check.url)
    if check.server_name is None:
        return client.build_request("GET", url)
    port = urlsplit(url).port
    host = check.server_name if port is None else f"{check.server_name}:{port}"
    return client.build_request(
        "GET", url, headers={"Host": host}, extensions={"sni_hostname": check.server_name}
    )


async def _judge(check: CheckSettings, response: httpx.Response, finding: Finding) -> None:
    finding.status_code = response.status_code
    if not any(low <= response.status_code <= high for low, high in parse_statuses(check.expect_status)):
        words = {"status": response.status_code, "expected": check.expect_status}
        raise CheckFailed(CheckFailure.STATUS, _("HTTP status %(status)d, not %(expected)s") % words)
    if check.expect_text is None:
        return
    search = TextSearch(check.expect_text, response.charset_encoding)
    async for piece in response.aiter_raw():
        if search.feed(piece):
            return
        if search.is_full:
            break
    if not search.look():
        raise _text_missing()


def _text_missing() -> CheckFailed:
    return CheckFailed(CheckFailure.TEXT, _("the expected text is not there"))
