"""``netops traffic …``: what interfaces carried, over time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.graph import sparkline
from netops.cli.output import (
    EXIT_BAD_USE,
    JsonOption,
    bits_per_second,
    complain,
    fail,
    octets,
    print_json,
    print_table,
    say,
)
from netops.cli.stores import open_store
from netops.clock import SystemClock
from netops.errors import NetopsError
from netops.i18n import _, ngettext
from netops.services.traffic.bill import bill_traffic, write_csv
from netops.services.traffic.forecast import forecast_traffic
from netops.services.traffic.rank import Order, find_growing_faults, find_unused, rank_traffic
from netops.services.traffic.show import show_traffic
from netops.services.traffic.spans import Span
from netops.services.traffic.subject import Rules, find_port
from netops.settings.durations import parse_duration
from netops.store.engine import read

app = Commands(help=_("What interfaces carried, over time."))

DeviceArgument = Annotated[str, typer.Argument(metavar="DEVICE", help=_("Name of a device."))]
InterfaceArgument = Annotated[
    str, typer.Argument(metavar="INTERFACE", help=_("Its name, description or alias."))
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help=_("How many at most."))]
SpanOption = Annotated[str, typer.Option("--span", metavar="TIME", help=_("How far back: 90m, 24h, 7d."))]


@contextmanager
def _open(config: Path) -> Iterator[tuple[Connection, Rules]]:
    with open_store(config) as (loaded, engine), read(engine) as connection:
        yield connection, Rules.of(loaded.settings.history, SystemClock().now())


def _span(text: str) -> timedelta:
    """Read a duration; a wrong one ends the command."""
    try:
        span = parse_duration(text)
    except ValueError:
        span = timedelta(0)
    if not timedelta(minutes=1) <= span <= timedelta(days=1830):
        fail(_("--span: write a time between 1m and 1830d, such as 90m, 24h or 7d"), EXIT_BAD_USE)
    return span


@app.verb("show", help=_("Show an interface's day, week, month or year."))
def show(
    device: DeviceArgument,
    interface: InterfaceArgument,
    *,
    span: Annotated[Span, typer.Option("--span", help=_("How far back."))] = Span.DAY,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show an interface's day, week, month or year."""
    with _open(config) as (connection, rules):
        answer = show_traffic(connection, device, interface, span, rules)
    if as_json:
        print_json(answer)
        return
    say(_title(answer))
    say(_words_of_time(answer["starts"][0], answer["end"], answer["time_zone"]))
    for name, word in (("in", _("in")), ("out", _("out"))):
        side = answer[name]
        say(f"{word:<4} {sparkline(side['mean_bps'])}")
        known = [value for value in side["mean_bps"] if value is not None]
        if not known:
            say(_("     nothing was measured"))
            continue
        words = {
            "mean": bits_per_second(sum(known) / len(known)),
            "high": bits_per_second(max(value for value in side["high_bps"] if value is not None)),
            "volume": octets(side["octets"]),
        }
        say(_("     mean %(mean)sbit/s, highest poll %(high)sbit/s, volume %(volume)s") % words)
    faults = {
        key: answer["totals"][key] for key in ("in_errors", "out_errors", "in_discards", "out_discards")
    }
    say(
        _("errors in %(in_errors)s, out %(out_errors)s; discards in %(in_discards)s, out %(out_discards)s")
        % {key: "-" if value is None else value for key, value in faults.items()}
    )
    _complain_of_damage(answer)


@app.verb("top", help=_("Rank interfaces by rate, utilisation, errors or growth."))
def top(
    *,
    order: Annotated[Order, typer.Option("--by", help=_("What to rank by."))] = Order.RATE,
    span: SpanOption = "1h",
    limit: LimitOption = 20,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Rank interfaces by rate, utilisation, errors or growth."""
    length = _span(span)
    with _open(config) as (connection, rules):
        rows = rank_traffic(connection, order, length, limit, rules)
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(_("nothing was measured, or nothing moved, in this time"))
        return
    heads: tuple[str, ...]
    cells: list[tuple[str, ...]]
    match order:
        case Order.ERRORS:
            heads = (_("In errors/s"), _("Out errors/s"), _("In discards/s"), _("Out discards/s"))
            keys = (
                "in_errors_per_second",
                "out_errors_per_second",
                "in_discards_per_second",
                "out_discards_per_second",
            )
            cells = [tuple(_small(row[key]) for key in keys) for row in rows]
        case Order.GROWTH:
            heads = (_("bit/s"), _("Before"), _("Growth"))
            growth = ("bps", "bps_before", "growth_bps")
            cells = [tuple(bits_per_second(row[key]) for key in growth) for row in rows]
        case _:
            heads = (_("In bit/s"), _("Out bit/s"), _("Highest"), _("Used"))
            cells = [
                (
                    *(bits_per_second(row[key]) for key in ("in_bps", "out_bps", "high_bps")),
                    _percent(row["utilisation"]),
                )
                for row in rows
            ]
    names = (_("Device"), _("Interface"), _("Alias"))
    print_table(
        "",
        (*names, *heads),
        [
            (row["device"], row["interface"], row["alias"], *cell)
            for row, cell in zip(rows, cells, strict=True)
        ],
        right=range(len(names), len(names) + len(heads)),
    )


@app.verb("bill", help=_("Show the 95th percentile and the volume of a billing month."))
def bill(
    device: DeviceArgument,
    interface: InterfaceArgument,
    *,
    month: Annotated[
        str | None,
        typer.Option("--month", metavar="YYYY-MM", help=_("The month; the present one without it.")),
    ] = None,
    commitment: Annotated[
        str | None,
        typer.Option("--commitment", metavar="RATE", help=_("What was agreed on: 100M, 2.5G (bit/s).")),
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help=_("Write the polls behind it to a file."))
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show the 95th percentile and the volume of a billing month."""
    agreed = _rate(commitment) if commitment else None
    with _open(config) as (connection, rules):
        answer, samples = bill_traffic(
            connection, device, interface, month=month, commitment_bps=agreed, rules=rules
        )
        if csv_file is not None:
            port = find_port(connection, device, interface)
            try:
                with csv_file.open("w", encoding="utf-8", newline="") as file:
                    answer["csv_lines"] = write_csv(connection, port, samples, rules, file)
            except OSError as error:
                words = {"path": csv_file, "reason": error.strerror}
                raise NetopsError(_("%(path)s: cannot be written: %(reason)s") % words) from error
    if as_json:
        print_json(answer)
        return
    _say_bill(answer, csv_file)


def _say_bill(answer: dict[str, Any], csv_file: Path | None) -> None:
    say(_title(answer))
    say(_words_of_time(answer["begin"], answer["end"], answer["time_zone"]))
    for name, word in (("in", _("in")), ("out", _("out"))):
        words = {
            "word": word,
            "p95": bits_per_second(answer[f"{name}_p95_bps"]) or "-",
            "volume": octets(answer[f"{name}_octets"]),
        }
        say(_("%(word)s: 95th percentile %(p95)sbit/s, volume %(volume)s") % words)
    if answer["commitment_bps"] and answer["billed_bps"] is not None:
        words = {
            "agreed": bits_per_second(answer["commitment_bps"]),
            "over": bits_per_second(answer["over_bps"]),
        }
        if answer["over_bps"]:
            say(_("over the %(agreed)sbit/s agreed on by %(over)sbit/s") % words)
        else:
            say(_("within the %(agreed)sbit/s agreed on") % words)
    words = {"count": answer["polls"], "share": _percent(answer["covered"])}
    say(_("from %(count)d polls, which cover %(share)s of the time") % words)
    if not answer["exact"]:
        say(_("not every poll of this month is kept any more: the percentile is that of the means of hours"))
    if csv_file is not None:
        say(_("polls written to %(path)s") % {"path": csv_file})
    _complain_of_damage(answer)


@app.verb("forecast", help=_("Say when an interface reaches 80 % of its speed, going by its weeks."))
def forecast(
    device: DeviceArgument,
    interface: InterfaceArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say when an interface reaches 80 % of its speed, going by its weeks."""
    with _open(config) as (connection, rules):
        answer = forecast_traffic(connection, device, interface, rules)
    if as_json:
        print_json(answer)
        return
    say(_title(answer))
    for name, word in (("in", _("in")), ("out", _("out"))):
        values = [week[f"{name}_p95_bps"] for week in answer["weeks"]]
        say(_("%(word)-4s %(graph)s  95th percentiles of weeks") % {"word": word, "graph": sparkline(values)})
    outcomes = {
        "reached": _("80 %% of the speed is reached already"),
        "expected": _("80 %% of the speed is expected on %(date)s (between %(earliest)s and %(latest)s)"),
        "no_trend": _("no trend: what the weeks differ by may be chance, or they do not rise"),
        "beyond_horizon": _("rising, but 80 %% of the speed is more than five years ahead"),
        "too_short": _("no forecast: fewer than six weeks are known"),
        "no_speed": _("no forecast: the speed of the interface is not known"),
    }
    say(outcomes[answer["outcome"]] % answer)
    _complain_of_damage(answer)


@app.verb("unused", help=_("List interfaces that carried nothing for some days."))
def unused(
    *,
    days: Annotated[int, typer.Option("--days", min=1, max=1830, help=_("For how many days."))] = 30,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List interfaces that carried nothing for some days."""
    with _open(config) as (connection, rules):
        rows = find_unused(connection, days, rules)
    if as_json:
        print_json(rows)
        return
    cells = [
        (row["device"], row["interface"], row["alias"], bits_per_second(row["speed_bps"])) for row in rows
    ]
    if cells:
        print_table("", (_("Device"), _("Interface"), _("Alias"), _("Speed")), cells, right=[3])
    words = {"count": len(cells), "days": days}
    say(
        ngettext(
            "%(count)d interface carried nothing for %(days)d days",
            "%(count)d interfaces carried nothing for %(days)d days",
            len(cells),
        )
        % words
    )


@app.verb("errors", help=_("List interfaces whose errors and discards grow."))
def errors(
    *,
    span: SpanOption = "7d",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List interfaces whose errors and discards grow."""
    length = _span(span)
    with _open(config) as (connection, rules):
        rows = find_growing_faults(connection, length, rules)
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(_("no interface has at least twice the errors and discards of the time before"))
        return
    heads = (
        _("Device"),
        _("Interface"),
        _("Alias"),
        _("In errors"),
        _("Out errors"),
        _("In discards"),
        _("Out discards"),
        _("A second"),
        _("Before"),
    )
    keys = ("device", "interface", "alias", "in_errors", "out_errors", "in_discards", "out_discards")
    cells = [
        (
            *(row[key] for key in keys),
            _small(row["faults_per_second"]),
            _small(row["faults_per_second_before"]),
        )
        for row in rows
    ]
    print_table("", heads, cells, right=range(3, 9))


def _title(answer: dict[str, Any]) -> str:
    speed = bits_per_second(answer["speed_bps"])
    parts = [f"{answer['device']} {answer['interface']}", answer["alias"], f"{speed}bit/s" if speed else ""]
    return "  ".join(part for part in parts if part)


def _words_of_time(begin: str, end: str, zone: str) -> str:
    """Word a span in the time zone of the settings, which may be another than this machine's."""
    times = (datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M") for text in (begin, end))
    return _("%(begin)s to %(end)s, %(zone)s") % dict(zip(("begin", "end"), times, strict=True), zone=zone)


def _complain_of_damage(answer: dict[str, Any]) -> None:
    for words in answer["damaged"]:
        complain(_("damaged, and left out: %(what)s") % {"what": words})


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _small(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _rate(text: str) -> float:
    """Read ``100M`` or ``2.5G`` as bit/s; anything else ends the command."""
    sizes = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
    size = sizes.get(text[-1:], 1.0)
    try:
        value = float(text.rstrip("kMGT")) * size
    except ValueError:
        value = 0.0
    if not 0 < value < 1e18:
        fail(_("--commitment: write a rate in bit/s, such as 100M or 2.5G"), EXIT_BAD_USE)
    return value
