"""Service checks of one device, all at once and beside its SNMP: is the port open, the page right, the certificate good?

They need no SNMP session. A service that hangs holds up nothing but the end of its own device's poll, and that no
longer than its timeout.
"""

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from netops.clock import Clock
from netops.collectors.service_dialogues import Finding, get_page, try_port
from netops.collectors.service_failures import FAILURES, CheckFailed, explain_failure, tidy
from netops.collectors.service_tls import TrustStores, explain_distrust
from netops.collectors.visit import Visit
from netops.i18n import _
from netops.model.service_check import CheckFailure, ServiceCheckReading
from netops.settings.checks import LOCAL_ADDRESS, CheckSettings

logger = logging.getLogger(__name__)

PERIOD_SETTING = "checks"
_THREADS = 8


class ServiceChecker:
    """Looks at services; one for the whole daemon. Close it at the end."""

    def __init__(self) -> None:
        self._stores = TrustStores()
        # Apart from asyncio's own threads: a DNS that hangs must not fill those that read the store.
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="checks")
        # A line for each page got, each minute.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    async def read(self, visit: Visit, checks: Sequence[CheckSettings], address: str | None) -> None:
        """Look at all services of a device, where it is time, into ``visit.result.checks``.

        Args:
            visit: The poll under way.
            checks: All checks of the device; where the last one was taken away, the reading is empty once.
            address: Where the device is; None for this very machine.
        """
        memory = visit.memory
        if not checks:
            if memory.last_run.pop(PERIOD_SETTING, None) is not None:
                memory.certificates.clear()
                visit.result.checks = []
            return
        if not visit.is_due(PERIOD_SETTING):
            return
        host = address or LOCAL_ADDRESS
        readings = await asyncio.gather(*(self.look(check, host, visit.clock) for check in checks))
        for check, reading in zip(checks, readings, strict=True):
            if reading.certificate is None:
                reading.certificate = memory.certificates.get(check)
        memory.certificates = {
            check: reading.certificate
            for check, reading in zip(checks, readings, strict=True)
            if reading.certificate is not None
        }
        visit.result.checks = readings
        visit.mark_done(PERIOD_SETTING)

    async def look(self, check: CheckSettings, host: str, clock: Clock) -> ServiceCheckReading:
        """Look at one service, once, for no longer than its timeout. Never raises for what the service does."""
        began, finding = clock.monotonic(), Finding()
        failure: CheckFailure | None = None
        detail = ""
        try:
            async with asyncio.timeout(check.timeout.total_seconds()):
                await self._talk(check, host, finding)
        except CheckFailed as error:
            failure, detail = error.failure, str(error)
        except TimeoutError:
            words = {"seconds": f"{check.timeout.total_seconds():g}"}
            failure, detail = CheckFailure.TIMEOUT, _("no complete answer within %(seconds)s seconds") % words
        except FAILURES as error:
            failure, detail = explain_failure(error)
        except Exception as error:  # one service must not end the polls of its device
            logger.exception("%s: check %s failed inside netops", host, check.name)
            failure = CheckFailure.OTHER
            detail = _("failed inside netops: %(error)s") % {"error": type(error).__name__}
        return ServiceCheckReading(
            check.name,
            check.type,
            failure is None,
            clock.monotonic() - began,
            failure,
            detail,
            finding.status_code,
            finding.certificate,
        )

    def close(self) -> None:
        """Let the look-up threads go; one that hangs in the system's resolver ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    # --- inside

    async def _talk(self, check: CheckSettings, host: str, finding: Finding) -> None:
        await self._look_up(str(urlsplit(check.url).hostname) if check.url else host)
        begins_in_clear = check.type == "tcp" or str(check.url).startswith("http:")
        if check.verify and not begins_in_clear and await self._is_trusted(check, host, finding):
            return
        # Whether a service works, and whether its certificate is trusted, are two questions with an answer each.
        await _converse(check, host, self._stores.blind(), finding)

    async def _is_trusted(self, check: CheckSettings, host: str, finding: Finding) -> bool:
        """Talk to the service, if its certificate is trusted; False when it is not, and all is still to be done."""
        finding.is_trusted = False
        try:
            context = await self._stores.trusting(check.ca_file)
        except OSError as error:
            words = {"path": check.ca_file, "reason": error.strerror or type(error).__name__}
            finding.distrust = tidy(_("ca_file %(path)s cannot be read: %(reason)s") % words)
            return False
        finding.is_trusted = True
        try:
            await _converse(check, host, context, finding)
        except FAILURES as error:
            distrust = explain_distrust(error)
            if distrust is None:
                raise
            finding.is_trusted, finding.distrust = False, distrust
            return False
        return True

    async def _look_up(self, host: str) -> None:
        """Find out whether a name has an address, before others ask for it in threads that we share.

        Raises:
            OSError: It has none (socket.gaierror).
        """
        try:
            ipaddress.ip_address(host)
        except ValueError:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._pool, socket.getaddrinfo, host, None)


async def _converse(check: CheckSettings, host: str, context: ssl.SSLContext, finding: Finding) -> None:
    if check.type == "http":
        await get_page(check, context, finding)
    else:
        await try_port(check, host, context if check.type == "tls" else None, finding)
