"""Names to addresses, off the event loop, remembered for a while.

``getaddrinfo`` tells no time to live, so an answer is kept five minutes. When a name stops resolving, its
last addresses go on serving: a DNS outage must not look like a thousand dead devices.
"""

import asyncio
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from netops.clock import Clock
from netops.errors import AddressNotResolved
from netops.i18n import _
from netops.snmp.transport import Address

logger = logging.getLogger(__name__)

_KEEP_SECONDS = 300.0
_KEEP_FAILURE_SECONDS = 20.0
_THREADS = 8
_LOOKUP_SECONDS = 10.0


class Resolved(NamedTuple):
    """One way to reach a host."""

    family: socket.AddressFamily
    address: Address


class _Entry(NamedTuple):
    addresses: list[Resolved]
    until: float
    error: str


class Resolver:
    """Resolves host and port to addresses, in the order the system prefers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[tuple[str, int], _Entry] = {}
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolver")

    async def resolve(self, host: str, port: int) -> list[Resolved]:
        """Give the addresses of a host, at least one.

        Raises:
            AddressNotResolved: The name has none, now and as far as we remember.
        """
        entry = self._known.get((host, port))
        if entry is None or entry.until < self._clock.monotonic():
            entry = await self._look_up(host, port, entry)
            self._known[host, port] = entry
        if not entry.addresses:
            raise AddressNotResolved(
                _("the name %(host)s has no address (%(error)s); check its spelling and the DNS")
                % {"host": host, "error": entry.error}
            )
        return entry.addresses

    async def _look_up(self, host: str, port: int, known: _Entry | None) -> _Entry:
        try:
            socket.inet_pton(socket.AF_INET, host)
            return _Entry([Resolved(socket.AF_INET, (host, port))], float("inf"), "")
        except OSError:
            pass
        loop = asyncio.get_running_loop()
        try:
            found = await asyncio.wait_for(
                loop.run_in_executor(self._pool, _getaddrinfo, host, port), _LOOKUP_SECONDS
            )
        except (OSError, UnicodeError, TimeoutError) as error:
            reason = (
                error.strerror if isinstance(error, OSError) and error.strerror else str(error) or "time-out"
            )
            if known and known.addresses:
                logger.warning("%s: name no longer resolves (%s); its last address serves on", host, reason)
            kept = known.addresses if known else []
            return _Entry(kept, self._clock.monotonic() + _KEEP_FAILURE_SECONDS, reason)
        return _Entry(found, self._clock.monotonic() + _KEEP_SECONDS, "")

    def close(self) -> None:
        """Let the look-up threads go; one that hangs in the system's resolver ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str, port: int) -> list[Resolved]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return [
        Resolved(family, address)  # type: ignore[arg-type]  # typeshed widens sockaddr to any tuple
        for family, _, _, _, address in rows
        if family in (socket.AF_INET, socket.AF_INET6)
    ]
