"""Verdicts as people and programs read them: rows, CSV and a page of HTML that needs nothing beside it."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from typing import Any

from netops.backup.compliance.rules import SEVERITIES, Rule
from netops.i18n import _, ngettext
from netops.model.compliance import ComplianceReason, ComplianceResult, ComplianceStatus

_RANK = {severity: number for number, severity in enumerate(SEVERITIES)}
_STATUS_RANK = {ComplianceStatus.FAILS: 0, ComplianceStatus.EXCEPTED: 1, ComplianceStatus.PASSES: 2}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take a cell for a formula by."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One verdict on one device."""

    device: str
    site: str
    rule: str
    title: str
    severity: str
    status: ComplianceStatus
    reason: str
    wanted: str
    section: str
    lines: tuple[tuple[int, str], ...]
    owner: str
    until: str
    why: str
    reference: str
    since: str
    """Since when it stands; empty for one that was not stored."""
    revision: str

    def as_json(self) -> dict[str, Any]:
        """Give plain values."""
        return asdict(self) | {
            "status": self.status.value,
            "lines": [{"number": number, "text": text} for number, text in self.lines],
        }


def make_rows(
    results: Iterable[ComplianceResult], rules: Mapping[str, Rule], language: str, *, stored: bool
) -> list[ReportRow]:
    """Make rows, what fails worst first; titles are in the reader's language where the rule still has it."""
    rows = []
    for result in results:
        rule, detail = rules.get(result.rule), result.detail
        rows.append(
            ReportRow(
                device=result.device_name,
                site=result.site,
                rule=result.rule,
                title=rule.title_in(language) if rule else result.title,
                severity=result.severity,
                status=result.status,
                reason=detail.get("reason", ""),
                wanted=detail.get("wanted", ""),
                section=detail.get("section", ""),
                lines=tuple((number, text) for number, text in detail.get("lines", ())),
                owner=detail.get("owner", ""),
                until=detail.get("until", ""),
                why=detail.get("why", ""),
                reference=result.reference,
                since=result.since.isoformat(timespec="seconds") if stored else "",
                revision=result.revision,
            )
        )
    return sorted(rows, key=lambda row: (_STATUS_RANK[row.status], _RANK[row.severity], row.device, row.rule))


def word_status(status: ComplianceStatus) -> str:
    """Word a status."""
    words = {
        ComplianceStatus.PASSES: _("passes"),
        ComplianceStatus.FAILS: _("fails"),
        ComplianceStatus.EXCEPTED: _("excepted"),
    }
    return words[status]


def word_severity(severity: str) -> str:
    """Word a severity."""
    words = {"critical": _("critical"), "major": _("major"), "minor": _("minor"), "warning": _("warning")}
    return words.get(severity, severity)


def word_finding(row: ReportRow) -> str:
    """Say on one line what is wrong; empty for a rule that is kept."""
    words = {"wanted": row.wanted, "lines": _word_lines(row.lines)}
    texts = {
        ComplianceReason.MISSING: _("missing: %(wanted)s"),
        ComplianceReason.FORBIDDEN: _("not allowed: %(lines)s"),
        ComplianceReason.NO_SECTION: _("no section: %(wanted)s"),
        ComplianceReason.NO_BACKUP: _("was never backed up"),
        ComplianceReason.STALE_BACKUP: _("the last good backup is too old"),
    }
    text = texts[ComplianceReason(row.reason)] % words if row.reason else ""
    if row.section:
        text = _("%(text)s (in %(section)s)") % {"text": text, "section": row.section}
    if row.owner:
        owner = {"owner": row.owner, "until": row.until}
        is_past = row.status is ComplianceStatus.FAILS
        note = (
            _("the exception of %(owner)s ended on %(until)s")
            if is_past
            else _("%(owner)s answers until %(until)s")
        )
        text += f"; {note % owner}"
    return text


def _word_lines(lines: Sequence[tuple[int, str]]) -> str:
    return "; ".join(f"{number}: {text}" for number, text in lines)


def count_statuses(rows: Iterable[ReportRow]) -> Counter[ComplianceStatus]:
    """Count rows by status."""
    return Counter(row.status for row in rows)


def write_csv(rows: Iterable[ReportRow]) -> str:
    """Write CSV (RFC 4180) for spreadsheets: no cell is a formula, whatever a device is called."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(
        [
            _("Device"),
            _("Site"),
            _("Severity"),
            _("Rule"),
            _("Title"),
            _("Result"),
            _("Finding"),
            _("Reference"),
            _("Since"),
            _("Revision"),
        ]
    )
    for row in rows:
        cells = (
            row.device,
            row.site,
            word_severity(row.severity),
            row.rule,
            row.title,
            word_status(row.status),
            word_finding(row),
            row.reference,
            row.since,
            row.revision,
        )
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return output.getvalue()


_STYLE = """
body { font: 15px/1.45 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 2rem auto; max-width: 75rem;
  padding: 0 1rem; color: #1b1f24; background: #fff; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin-top: 2rem; }
p.note { color: #57606a; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #d0d7de; }
th { border-bottom: 2px solid #8c959f; } td.number { text-align: right; }
td.finding { overflow-wrap: anywhere; }
.critical, .fails { color: #a40e26; font-weight: 600; } .major { color: #9a4a00; font-weight: 600; }
.excepted { color: #57606a; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } h2 { break-after: avoid; }
  tr { break-inside: avoid; } thead { display: table-header-group; } }
"""


def write_html(rows: Sequence[ReportRow], *, site: str, at: datetime, language: str) -> str:
    """Write one page: no script, nothing from elsewhere, all that devices said escaped."""
    title = _("Compliance of %(site)s") % {"site": site}
    counts = count_statuses(rows)
    devices = {row.device for row in rows}
    when = _("as of %(at)s") % {"at": at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")}
    count = ngettext("%(count)d device", "%(count)d devices", len(devices)) % {"count": len(devices)}
    totals = ", ".join(f"{word_status(status)}: {counts[status]}" for status in _STATUS_RANK)
    failing = [row for row in rows if row.status is ComplianceStatus.FAILS]
    excepted = [row for row in rows if row.status is ComplianceStatus.EXCEPTED]
    note = _(
        "Judged by configurations whose secrets are hidden. A device without a backup, or with an old one, fails every rule."
    )
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if language == "zh_CN" else "en"}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1><p>{escape(when)} · {escape(count)} · {escape(totals)}</p>",
        f'<p class="note">{escape(note)}</p>',
        _write_devices(rows),
        _write_findings(_("What fails"), failing),
        _write_findings(_("Exceptions"), excepted),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _write_devices(rows: Sequence[ReportRow]) -> str:
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        of_device = counts.setdefault(row.device, Counter())
        of_device[row.severity if row.status is ComplianceStatus.FAILS else row.status.value] += 1
    heads = [_("Device"), *map(word_severity, SEVERITIES), _("excepted"), _("passes")]
    keys = [*SEVERITIES, ComplianceStatus.EXCEPTED.value, ComplianceStatus.PASSES.value]
    title = escape(_("By device"))
    lines = [f"<h2>{title}</h2>", _write_head(heads)]
    for device in sorted(counts):
        cells = "".join(f'<td class="number">{counts[device][key] or ""}</td>' for key in keys)
        lines.append(f"<tr><td>{escape(device)}</td>{cells}</tr>")
    return "\n".join([*lines, "</tbody></table>"])


def _write_findings(title: str, rows: Sequence[ReportRow]) -> str:
    if not rows:
        return ""
    heads = [_("Severity"), _("Device"), _("Rule"), _("Finding"), _("Reference"), _("Since")]
    lines = [f"<h2>{escape(title)}</h2>", _write_head(heads)]
    for row in rows:
        cells = [
            f'<td class="{row.severity}">{escape(word_severity(row.severity))}</td>',
            f"<td>{escape(row.device)}</td>",
            f"<td><strong>{escape(row.rule)}</strong><br>{escape(row.title)}</td>",
            f'<td class="finding">{escape(word_finding(row))}</td>',
            f"<td>{escape(row.reference)}</td>",
            f"<td>{escape(row.since[:10])}</td>",
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join([*lines, "</tbody></table>"])


def _write_head(heads: Iterable[str]) -> str:
    cells = "".join(f"<th>{escape(head)}</th>" for head in heads)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>"
