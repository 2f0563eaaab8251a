"""What a message says, in the words of its reader: before it becomes text, Markdown or HTML.

Everything in a story has been made fit to be shown (``neutral``); how a channel marks bold text or a link, and
what it has to escape, is for the shapes to know.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from netops.i18n import translator
from netops.model.message import Message, MessageKind, ToldAlert, ToldBecause
from netops.notify.neutral import CUT, cut, is_link, lines, one_line
from netops.settings.durations import format_duration

FIRST_LINE = 70
"""How many characters a first line should have at most: what a lock screen or one SMS in Chinese shows."""
SHOWN_DEVICES = 10
_LEAST_SUMMARY = 20
_LONGEST_DESCRIPTION = 1000
_TOLD_APART = frozenset({"alertname", "severity", "device", "site"})
"""Labels that are not repeated among the others."""


@dataclass(frozen=True, slots=True)
class Link:
    """Something to open."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """What is told of one alert."""

    title: str
    severity: str
    """As the rule gives it; for colours."""
    is_over: bool
    text: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    """What, and how it is."""
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A whole message."""

    language: str
    first_line: str
    opening: Sequence[str] = ()
    sections: Sequence[Section] = ()
    closing: Sequence[str] = ()
    links: Sequence[Link] = ()

    def write_fact(self, name: str, value: str) -> str:
        """Give one fact as a line."""
        return translator(self.language).gettext("%(name)s: %(value)s") % {"name": name, "value": value}


def tell(message: Message) -> Story:
    """Word a message in its own language and time zone."""
    return _Teller(message).tell()


class _Teller:
    """Words one message."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._words: NullTranslations = translator(message.language)
        self._zone, self._zone_name = _find_zone(message.time_zone)

    def tell(self) -> Story:
        message = self._message
        if message.kind is MessageKind.VERIFICATION:
            return self._tell_code()
        if message.kind is MessageKind.NOTE:
            note = lines(message.text, 4000)
            first = cut(note[0], FIRST_LINE) if note else "netops"
            rest = note if first.endswith(CUT) else note[1:]
            return Story(message.language, first, opening=rest)
        return Story(
            message.language,
            self._first_line(),
            opening=self._opening(),
            sections=[self._section(alert) for alert in message.alerts],
            closing=self._closing(),
            links=self._links(),
        )

    # --- first lines

    def _first_line(self) -> str:
        message, words = self._message, self._words
        count = len(message.alerts) + message.left_out
        if not message.alerts:
            return words.ngettext("%(count)d alert", "%(count)d alerts", count) % {"count": count}
        if message.kind is MessageKind.DIGEST:
            shape = words.ngettext("%(count)d alert: %(title)s", "%(count)d alerts: %(title)s", count)
            values = {"count": count}
        elif count > 1:
            shape, values = words.gettext("%(title)s (and %(count)d more)"), {"count": count - 1}
        else:
            shape, values = "%(title)s", {}
        room = FIRST_LINE - len(shape % {**values, "title": ""})
        return shape % {**values, "title": self._title(message.alerts[0], room)}

    def _title(self, alert: ToldAlert, most: int) -> str:
        """Give severity, device and summary; the summary is cut so that all of it fits where that is possible."""
        gettext = self._words.gettext
        severity, count = one_line(self._severity(alert), 20), len(alert.hides)
        over = gettext("RESOLVED: %(summary)s")
        if alert.ended_because:  # nothing says that it is well
            over = gettext("ENDED WITHOUT A READING: %(summary)s")
        shape = {
            ToldBecause.STILL_FIRES: gettext("STILL %(severity)s: %(summary)s"),
            ToldBecause.FLAPS: gettext("FLAPPING, %(severity)s: %(summary)s"),
            ToldBecause.RESOLVED: over,
        }.get(alert.because, gettext("%(severity)s: %(summary)s"))
        behind = self._words.ngettext(
            "%(summary)s (%(count)d device behind it)", "%(summary)s (%(count)d devices behind it)", count
        )

        def write(text: str) -> str:
            text = behind % {"summary": text, "count": count} if count else text
            return shape % {"severity": severity, "summary": text}

        summary, device = self._summary(alert), one_line(alert.device, 100)
        if device and not _names(summary, device):
            summary = f"{device}: {summary}"
        return write(cut(summary, max(most - len(write("")), _LEAST_SUMMARY)))

    def _severity(self, alert: ToldAlert) -> str:
        known: dict[str, Callable[[], str]] = {
            "critical": lambda: self._words.gettext("CRITICAL"),
            "major": lambda: self._words.gettext("MAJOR"),
            "minor": lambda: self._words.gettext("MINOR"),
            "warning": lambda: self._words.gettext("WARNING"),
            "": lambda: self._words.gettext("ALERT"),
        }
        word = known.get(alert.severity.lower())
        return word() if word else alert.severity.upper()

    def _summary(self, alert: ToldAlert) -> str:
        summary = one_line(alert.annotations.get("summary", ""))
        others = self._other_labels(alert)
        return summary or one_line(f"{alert.rule} {others}")

    def _other_labels(self, alert: ToldAlert) -> str:
        pairs = sorted((name, value) for name, value in alert.labels.items() if name not in _TOLD_APART)
        return ", ".join(f"{one_line(name, 60)}={one_line(value, 120)}" for name, value in pairs[:12])

    # --- the rest

    def _opening(self) -> list[str]:
        message = self._message
        if not message.escalation:
            return []
        words = {"step": message.step, "policy": one_line(message.escalation, 100)}
        return [
            self._words.gettext("Step %(step)d of the escalation policy %(policy)s: nobody took it before.")
            % words
        ]

    def _section(self, alert: ToldAlert) -> Section:
        return Section(
            title=self._title(alert, 300),
            severity=alert.severity.lower(),
            is_over=alert.because is ToldBecause.RESOLVED,
            text=lines(alert.annotations.get("description", ""), _LONGEST_DESCRIPTION),
            facts=self._facts(alert),
            links=self._alert_links(alert),
        )

    def _facts(self, alert: ToldAlert) -> list[tuple[str, str]]:
        gettext = self._words.gettext
        facts = []
        if alert.device:
            site = one_line(alert.labels.get("site", ""), 100)
            device = one_line(alert.device, 100)
            where = gettext("%(device)s at %(site)s") % {"device": device, "site": site} if site else device
            facts.append((gettext("Device"), where))
        facts.append((gettext("Since"), self._time(alert.fired_at)))
        if alert.resolved_at is not None:
            seconds = max((alert.resolved_at - alert.fired_at).total_seconds(), 0.0)
            span = format_duration(timedelta(seconds=round(seconds)))
            words = {"time": self._time(alert.resolved_at), "span": span}
            facts.append((gettext("Over since"), gettext("%(time)s, after %(span)s") % words))
        if alert.resolved_at is not None and alert.ended_because:
            facts.append((gettext("Ended because"), self._reason(alert.ended_because)))
        if alert.hides:
            facts.append((gettext("Unreachable behind it"), self._list(alert.hides)))
        labels = self._other_labels(alert)
        if labels:
            facts.append((gettext("Labels"), labels))
        facts.append((gettext("Rule"), one_line(alert.rule, 100)))
        page = one_line(alert.annotations.get("runbook", ""), 300)
        if page and not is_link(page):
            facts.append((gettext("Runbook"), page))
        return facts

    def _reason(self, reason: str) -> str:
        gettext = self._words.gettext
        known: dict[str, Callable[[], str]] = {
            "device_removed": lambda: gettext("its device is no longer watched"),
            "device_changed": lambda: gettext("its device was changed in the settings"),
            "rule_removed": lambda: gettext("its rule was removed"),
            "sender_silent": lambda: gettext("its sender tells nothing of it any more"),
            "no_longer_told": lambda: gettext("no event has told of it for long"),
        }
        return known[reason]() if reason in known else one_line(reason, 100)

    def _list(self, names: Sequence[str]) -> str:
        shown = ", ".join(one_line(name, 100) for name in names[:SHOWN_DEVICES])
        more = len(names) - SHOWN_DEVICES
        if more <= 0:
            return shown
        return self._words.gettext("%(names)s and %(count)d more") % {"names": shown, "count": more}

    def _alert_links(self, alert: ToldAlert) -> list[Link]:
        gettext = self._words.gettext
        notes = alert.annotations
        pages = [url for url in (notes.get("runbook_url", ""), notes.get("runbook", "")) if is_link(url)]
        links = [Link(gettext("Runbook"), url) for url in pages[:1]]
        if is_link(alert.device_url):
            links.append(Link(gettext("Device page"), alert.device_url))
        is_said = alert.acknowledge_url == self._message.acknowledge_url
        if is_link(alert.acknowledge_url) and not is_said and not self._takes_all_by_one():
            links.append(Link(gettext("Acknowledge"), alert.acknowledge_url))
        return links

    def _takes_all_by_one(self) -> bool:
        """Say whether the message's one alert is all there is to acknowledge."""
        message = self._message
        return len(message.alerts) == 1 and not message.left_out

    def _links(self) -> list[Link]:
        message, gettext = self._message, self._words.gettext
        url = message.acknowledge_url
        if self._takes_all_by_one():
            url = url or message.alerts[0].acknowledge_url
            return [Link(gettext("Acknowledge"), url)] if is_link(url) else []
        return [Link(gettext("Acknowledge all"), url)] if is_link(url) else []

    def _closing(self) -> list[str]:
        count = self._message.left_out
        if not count:
            return []
        return [
            self._words.ngettext(
                "%(count)d more alert is not listed.", "%(count)d more alerts are not listed.", count
            )
            % {"count": count}
        ]

    def _tell_code(self) -> Story:
        gettext = self._words.gettext
        first = gettext("Your code for netops: %(code)s") % {"code": one_line(self._message.text, 40)}
        reason = gettext(
            "It proves that messages of netops reach you here. If you did not ask for it, do nothing."
        )
        return Story(self._message.language, first, opening=[reason])

    def _time(self, instant: datetime) -> str:
        local = instant.astimezone(self._zone)
        offset = local.strftime("%z")
        zone = "UTC" if self._zone is UTC else f"UTC{offset[:3]}:{offset[3:5]} ({self._zone_name})"
        return f"{local:%Y-%m-%d %H:%M:%S} {zone}"


def _names(text: str, device: str) -> bool:
    """Say whether a text names a device; sw-1 is not named by core-sw-1 or sw-12."""
    return re.search(rf"(?<![\w-]){re.escape(device)}(?![\w-])", text) is not None


def _find_zone(name: str) -> tuple[tzinfo, str]:
    """Give a zone by its name; UTC for one that this machine does not know."""
    try:
        zone = ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # a malformed name, an unknown one, a folder's
        return UTC, "UTC"
    return (UTC, "UTC") if name in {"UTC", "Etc/UTC"} else (zone, name)
