"""Answers to a scrape: in chunks that do not hold up the event loop, compressed where that pays."""

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from netops.exporter.exposition import gather
from netops.telemetry import ScrapeEndpoint, Telemetry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The text format 0.0.4, whatever the scraper would also take."""

CHUNK_BYTES = 1 << 20
SMALLEST_GZIP_BYTES = 1 << 10
LARGEST_GZIP_BYTES = 16 << 20
"""Beyond this, compressing takes longer than the network saves: 100 MB would cost a second of CPU a scrape."""
LARGEST_INLINE_GZIP_BYTES = 256 << 10
"""Compressed on the event loop, in about 2 ms; more than this goes to a thread."""
_GZIP_LEVEL = 1
_GZIP_WINDOW = 31  # zlib's way of saying: 32 KiB window, gzip header


def accepts_gzip(request: Request) -> bool:
    """Say whether the scraper takes gzip (RFC 9110 section 12.5.3)."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _semicolon, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            quality = weight.strip().removeprefix("q=").strip()
            return not quality or quality.strip("0.") != ""
    return False


def answer_page(request: Request, page: bytes, compressed: bytes | None = None) -> Response:
    """Answer with one short page; ``compressed`` is the same page, where somebody has made it already."""
    headers = {"Content-Type": CONTENT_TYPE, "Vary": "Accept-Encoding"}
    if accepts_gzip(request) and (compressed or len(page) >= SMALLEST_GZIP_BYTES):
        headers["Content-Encoding"] = "gzip"
        page = compressed or gzip.compress(page, _GZIP_LEVEL, mtime=0)
    return Response(page, headers=headers)


class ScrapeWatch:
    """Times one answer, from its making to its last byte."""

    def __init__(self, telemetry: Telemetry, endpoint: ScrapeEndpoint) -> None:
        self._telemetry = telemetry
        self._endpoint = endpoint
        self._began = time.perf_counter()

    def end(self, size_bytes: int) -> None:
        """Count it."""
        duration = time.perf_counter() - self._began
        self._telemetry.observe_scrape(self._endpoint, duration_seconds=duration, size_bytes=size_bytes)


def answer_pieces(request: Request, pieces: list[bytes], watch: ScrapeWatch) -> Response:
    """Answer with any amount of text. The pieces were collected in one go, so each device is whole."""
    size = sum(map(len, pieces))
    headers = {"Content-Type": CONTENT_TYPE, "Vary": "Accept-Encoding"}
    if accepts_gzip(request) and SMALLEST_GZIP_BYTES <= size <= LARGEST_GZIP_BYTES:
        headers["Content-Encoding"] = "gzip"
        return StreamingResponse(_compress(pieces, size, watch), headers=headers)
    headers["Content-Length"] = str(size)
    return StreamingResponse(_send(pieces, size, watch), headers=headers)


async def _send(pieces: list[bytes], size: int, watch: ScrapeWatch) -> AsyncIterator[bytes]:
    for chunk in gather(pieces, CHUNK_BYTES):
        yield chunk
    watch.end(size)


async def _compress(pieces: list[bytes], size: int, watch: ScrapeWatch) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    for chunk in gather(pieces, CHUNK_BYTES):
        if size <= LARGEST_INLINE_GZIP_BYTES:
            packed = packer.compress(chunk)
        else:
            packed = await asyncio.to_thread(packer.compress, chunk)  # zlib lets go of the GIL meanwhile
        if packed:
            yield packed
    yield packer.flush()
    watch.end(size)
