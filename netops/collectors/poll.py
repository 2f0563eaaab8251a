"""One poll of one device: is it there, and what has each collector to tell?"""

import asyncio
from collections.abc import Sequence

from netops.collectors.ping import Echo, Pinger
from netops.collectors.visit import Collector, Visit
from netops.errors import (
    CredentialRejected,
    DeviceError,
    DeviceUnreachable,
    MalformedReply,
    TooSlow,
    UnexpectedReply,
    UnsupportedAlgorithm,
)
from netops.i18n import _
from netops.model.reading import SUBJECTS, PollResult, Reach, ReachabilityReading, SubjectError
from netops.snmp.types import SnmpSession

SUBJECT = "reachability"
FIRST = "system"
NOISE = (MalformedReply, UnexpectedReply)
"""What a whole request ends with, all tries spent, when only what cannot be used came back."""
NOISE_KINDS = tuple(error.kind for error in NOISE)
LONGEST_SECONDS = 180.0
"""For one subject; no device we know needs a third of it, and an agent may hand out rows for ever."""


async def read_device(
    session: SnmpSession,
    visit: Visit,
    collectors: Sequence[Collector],
    *,
    pinger: Pinger | None = None,
    host: str = "",
) -> PollResult:
    """Poll a device: ICMP beside SNMP, then each collector that is due, in order.

    A collector that fails becomes a SubjectError and the next one runs. Silence ends the poll, so that
    a device which dies half-way costs one time-out; so does a first collector that is refused.

    Args:
        session: An open session to the device; the caller closes it.
        visit: The poll; its result is filled in and returned.
        collectors: In running order, the system group first. Leave out those the operator switched off.
        pinger: Sends the echo requests; None to send none.
        host: Where they go.

    Returns:
        ``visit.result``. Never raises a DeviceError.
    """
    began = visit.clock.monotonic()
    echo = asyncio.create_task(pinger.ping(host)) if pinger is not None and host else None
    try:
        visit.result.reachability = await _run(session, visit, collectors)
        if echo is not None:
            _add_echo(visit.result.reachability, await echo)
    finally:
        if echo is not None:
            echo.cancel()
    judge(visit.result)
    visit.result.duration_seconds = visit.clock.monotonic() - began
    return visit.result


def judge(result: PollResult) -> None:
    """Call a device that let nothing be read unreachable, in place, whatever it answered; its first error tells why."""
    reachability = result.reachability
    nothing = all(getattr(result, name) is None for name in SUBJECTS)
    if reachability.error is None and result.errors and nothing:
        first = result.errors[0]
        reachability.snmp = Reach.YES  # somebody answered, if only to refuse
        reachability.error = SubjectError(SUBJECT, first.kind, first.error)
        result.errors.clear()  # they say the same of every subject


async def _run(session: SnmpSession, visit: Visit, collectors: Sequence[Collector]) -> ReachabilityReading:
    reading = ReachabilityReading()
    for collector in collectors:
        if collector.subject != FIRST and not visit.is_due(collector.period_setting):
            continue
        asked_at = visit.clock.monotonic()
        try:
            # The first is one request, which has its own time-outs, and they may be long.
            async with asyncio.timeout(None if collector.subject == FIRST else LONGEST_SECONDS):
                await collector.read(session, visit)
        except TimeoutError:
            visit.report(collector.subject, _too_slow())
        except DeviceUnreachable as error:
            if reading.snmp is not Reach.YES:
                reading.snmp = Reach.NO
                reading.error = SubjectError(SUBJECT, error.kind, str(error))
            else:
                visit.report(collector.subject, error)
            break
        except (CredentialRejected, UnsupportedAlgorithm) as error:
            if reading.snmp is not Reach.YES:
                # Somebody is there and refuses us; every other question would be refused as well.
                reading.snmp = Reach.YES
                reading.error = SubjectError(SUBJECT, error.kind, str(error))
                break
            visit.report(collector.subject, error)
        except DeviceError as error:
            if collector.subject == FIRST and isinstance(error, NOISE):
                # Somebody is there, and nothing of it can be used: one time-out, not one for each subject.
                reading.snmp = Reach.YES
                reading.error = SubjectError(SUBJECT, error.kind, str(error))
                break
            visit.report(collector.subject, error)
        if reading.snmp is not Reach.YES:
            reading.snmp = Reach.YES
            reading.snmp_rtt_seconds = visit.clock.monotonic() - asked_at
        if collector.subject == FIRST and visit.memory.system.rebooted:
            visit.forget_periods()  # perhaps other modules, other software, other VLANs
        if collector.subject != FIRST:
            visit.mark_done(collector.period_setting)
    return reading


def _too_slow() -> TooSlow:
    words = {"seconds": round(LONGEST_SECONDS)}
    return TooSlow(
        _("not read to its end within %(seconds)d s; the agent is too slow or answers for ever") % words
    )


def _add_echo(reading: ReachabilityReading, echo: Echo) -> None:
    reading.icmp, reading.icmp_rtt_seconds = echo.reach, echo.rtt_seconds
