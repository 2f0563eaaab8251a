"""What the daemon tells: where to look once it runs, and each poll to whoever listens."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from netops.alert_wiring import AlertWiring
from netops.exporter.feed import Feed
from netops.exporter.render import DeviceFacts
from netops.i18n import _, ngettext
from netops.services.poll_device import PollOutcome
from netops.telemetry import Telemetry


def word_places(
    listening: tuple[Any, ...],
    *,
    count: int,
    config: Path,
    receivers: Iterable[tuple[str, int]],
    syslog: Iterable[tuple[str, str, int]] = (),
) -> Iterator[str]:
    """Word where to look.

    Args:
        listening: Host and port of the web, as the socket tells them.
        count: Devices that are watched.
        config: The file of settings.
        receivers: Hosts and ports that traps and informs may be sent to.
        syslog: Transports, hosts and ports that syslog may be sent to.
    """
    host, port = listening[:2]
    shown = f"[{host}]" if ":" in host else host
    words = {"url": f"http://{shown}:{port}", "count": count, "config": config}
    yield (
        ngettext(
            "netops watches %(count)d device of %(config)s",
            "netops watches %(count)d devices of %(config)s",
            count,
        )
        % words
    )
    yield _("  metrics for Prometheus: %(url)s/metrics") % words
    yield _("  one device:             %(url)s/probe?target=NAME") % words
    yield _("  targets for Prometheus: %(url)s/sd") % words
    for place, number in receivers:
        yield _("  traps and informs:      %(host)s port %(port)d") % {"host": place, "port": number}
    for transport, place, number in syslog:
        words = {"transport": transport.upper(), "host": place, "port": number}
        yield _("  syslog:                 %(transport)s %(host)s port %(port)d") % words
    yield _("  in another terminal:    %(netops)s device list; stop with Ctrl-C") % {"netops": own_name()}


def own_name() -> str:
    """Give how this program was called, where typing ``netops`` alone would not find it."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "netops" and shutil.which("netops") is None else "netops"


class PollTeller:
    """Tells each poll to the exposition, to alert rules and to our own metrics."""

    def __init__(self, feed: Feed, telemetry: Telemetry, alerts: AlertWiring) -> None:
        self._feed = feed
        self._alerts = alerts
        self._telemetry = telemetry

    def tell(self, outcome: PollOutcome) -> None:
        """Hear of a poll."""
        device, result = outcome.device, outcome.result
        settings = device.settings
        facts = DeviceFacts(
            device=device.name,
            site=settings.site,
            address=settings.address or "",
            name=device.identity.get("sys_name", ""),
            vendor=device.identity.get("vendor", ""),
            model=device.identity.get("model", ""),
            os=device.identity.get("os", ""),
            os_version=device.identity.get("os_version", ""),
            serial=device.identity.get("serial", ""),
            profile=device.identity.get("profile", ""),
            thresholds=settings.thresholds,
        )
        self._feed.take(facts, result)
        self._alerts.on_poll(facts, outcome)
        refusal = result.reachability.error
        kinds = [error.kind for error in result.errors]
        if refusal:
            kinds.append(refusal.kind)
        self._telemetry.observe_poll(
            "answered"
            if outcome.state.reachable
            else "refused"
            if result.reachability.snmp.value == "yes"
            else "unreachable",
            duration_seconds=result.duration_seconds,
            lag_seconds=outcome.lag_seconds,
            error_kinds=kinds,
        )
