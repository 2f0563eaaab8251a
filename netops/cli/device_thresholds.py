"""``netops device thresholds``: which levels hold for a device, and where each comes from."""

from typing import Annotated, Any

import typer

from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import JsonOption, duration, print_json, print_table, say
from netops.cli.stores import open_store
from netops.i18n import _
from netops.services.show_thresholds import describe_thresholds
from netops.settings.devices import DeviceSettings
from netops.settings.loader import load_settings
from netops.store.engine import read
from netops.store.queries.devices import get_device

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=_("Name of a device."))]
_DURATIONS = frozenset({"ping", "runtime"})


def thresholds(
    name: NameArgument, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Show which thresholds hold for a device, and where each comes from."""
    loaded = load_settings(config)
    device = loaded.devices.get(name)
    if device is None:
        with open_store(config) as (_loaded, engine), read(engine) as connection:
            row = get_device(connection, name)
        device = DeviceSettings.model_validate(row.spec)
    layers = loaded.threshold_layers.get(name, ())
    told = describe_thresholds(device.thresholds, layers, "device")
    if as_json:
        print_json(told)
        return
    if not told:
        say(
            _("%(device)s has no thresholds of its own; the rules that come with netops watch it")
            % {"device": name}
        )
        return
    heads = (
        _("Kind"),
        _("Of"),
        _("Side"),
        _("Warning"),
        _("Critical"),
        _("Ends at"),
        _("For"),
        _("From"),
    )
    print_table("", heads, [cells for one in told for cells in _list_cells(one)])


def _list_cells(one: dict[str, Any]) -> list[tuple[str, ...]]:
    of = one["pattern"] or ""
    if one["off"]:
        return [(one["kind"], of, _("off"), "", "", "", "", one["from"])]
    rows = []
    for levels in one["levels"]:
        clear = levels["warning_clear"] if levels["warning_clear"] is not None else levels["critical_clear"]
        worded = [_word(one["kind"], level) for level in (levels["warning"], levels["critical"], clear)]
        side = _("above") if levels["side"] == "high" else _("below")
        rows.append((one["kind"], of, side, *worded, duration(one["for_seconds"]), one["from"]))
    return rows


def _word(kind: str, level: float | None) -> str:
    if level is None:
        return ""
    if kind in _DURATIONS:
        return f"{level * 1000:g} ms" if level < 1 else duration(level)
    return f"{level:g}"
