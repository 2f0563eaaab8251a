"""The composition root's part about syslog, and about devices that tell of a change to their configuration."""

import logging
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from netops.clock import Clock
from netops.errors import NetopsError
from netops.followed import (
    CONFIG_CHANGE_TOLD_AT,
    CONFIG_CHANGES_PENDING,
    CONFIG_CHANGES_TOLD,
    SYSLOG_CONNECTIONS,
    SYSLOG_CUT,
    SYSLOG_RECEIVED,
    SYSLOG_REJECTED,
    SYSLOG_STRANGERS,
)
from netops.i18n import _
from netops.scheduler import PollScheduler
from netops.services.fleet import Fleet
from netops.services.nightly_backups import NightlyBackups
from netops.services.receive_event import ReceiveEvent
from netops.services.receive_syslog import ReceiveSyslog
from netops.services.senders import Senders
from netops.services.watch_changes import WatchChanges
from netops.settings.errors import Problem
from netops.settings.loader import LoadedSettings
from netops.settings.syslog import SyslogSettings
from netops.syslog.change_signs import ChangeSigns, load_change_signs
from netops.syslog.receiver import Listen, SyslogReceiver
from netops.telemetry import Telemetry

logger = logging.getLogger(__name__)

_TICK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SyslogParts:
    """The receiver and what hears of its messages: whoever else wants them joins ``service.listeners``."""

    receiver: SyslogReceiver
    service: ReceiveSyslog
    senders: Senders


async def receive_syslog(
    settings: SyslogSettings, stack: AsyncExitStack, *, fleet: Fleet, telemetry: Telemetry, clock: Clock
) -> SyslogParts | None:
    """Receive syslog from now on until the stack is closed; None where the settings do not ask for it.

    Raises:
        NetopsError: An address cannot be listened on, or the certificate cannot be used.
    """
    if not settings.enabled:
        return None
    senders = Senders(fleet, clock)
    service = ReceiveSyslog(senders, settings.relays)
    context = make_context(settings) if settings.tls else None
    listen = Listen(settings.places("udp"), settings.places("tcp"), settings.places("tls"), context)
    receiver = SyslogReceiver(listen, service.receive, clock)
    await receiver.start()
    stack.push_async_callback(receiver.stop)
    counts = receiver.counts
    telemetry.follow(SYSLOG_RECEIVED, lambda: dict(counts.received))
    telemetry.follow(SYSLOG_REJECTED, lambda: dict(counts.rejected))
    telemetry.follow(SYSLOG_CUT, lambda: counts.cut)
    telemetry.follow(SYSLOG_STRANGERS, lambda: service.strangers)
    telemetry.follow(SYSLOG_CONNECTIONS, lambda: receiver.connections)
    return SyslogParts(receiver, service, senders)


def make_context(settings: SyslogSettings) -> ssl.SSLContext:
    """Make what a TLS server shows and asks for (RFC 5425, RFC 9662: TLS 1.2 or newer).

    Raises:
        NetopsError: A file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate, key = settings.tls_certificate or Path(), settings.tls_key or Path()
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
        if settings.tls_clients is not None:
            context.load_verify_locations(settings.tls_clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        words = {"certificate": certificate, "key": key, "reason": error.strerror or type(error).__name__}
        raise NetopsError(
            _("the syslog certificate %(certificate)s with the key %(key)s cannot be used: %(reason)s")
            % words
        ) from None
    return context


def watch_changes(
    loaded: LoadedSettings,
    stack: AsyncExitStack,
    nights: NightlyBackups | None,
    *,
    syslog: SyslogParts | None,
    notifications: ReceiveEvent | None,
    scheduler: PollScheduler,
    telemetry: Telemetry,
    clock: Clock,
) -> WatchChanges | None:
    """Back devices up when they tell of a change; None where nothing is backed up, or nothing listens."""
    if nights is None or (syslog is None and notifications is None):
        return None
    watch = WatchChanges(read_signs(loaded), nights, clock)
    nights.who_changed = watch.take
    if syslog is not None:
        syslog.service.listeners.append(watch.on_syslog)
    if notifications is not None:
        notifications.listeners.append(watch.on_notification)
    scheduler.repeat("changes told", _TICK, watch.tick)
    stack.push_async_callback(watch.stop)
    telemetry.follow(CONFIG_CHANGES_TOLD, lambda: dict(watch.recognised))
    telemetry.follow(CONFIG_CHANGE_TOLD_AT, watch.told_at)
    telemetry.follow(CONFIG_CHANGES_PENDING, lambda: watch.pending)
    return watch


def read_signs(loaded: LoadedSettings) -> ChangeSigns:
    """Read the signs of changes; a file with a mistake is told and left out."""
    problems: list[Problem] = []
    signs = load_change_signs(loaded.change_signs_folder, problems)
    for problem in problems:
        logger.error("signs of changes refused: %s", problem)
    return signs
