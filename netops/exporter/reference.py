"""docs/metrics.md, made from the families themselves, so that it cannot fall behind."""

from netops.exporter.families import FAMILIES
from netops.followed import FOLLOWED
from netops.telemetry import Telemetry

_INTRODUCTION = """\
# Metrics

Made by `python -m netops.exporter` from `netops/exporter/families.py` and `netops/telemetry.py`; edit them there.

## Where they are

| path | what |
|---|---|
| `/metrics` | the daemon's own metrics and every device; with `exporter.devices_in_metrics: false` the daemon's only |
| `/probe?target=NAME` | one device, by its name or its address |
| `/sd` | the devices for `http_sd_configs`, with `__meta_netops_address`, `_site`, `_vendor`, `_model`, `_os` and `_tags` |
| `/-/healthy`, `/-/ready` | 200 while the daemon runs; while it polls |

`configs/prometheus/` has a scrape configuration for each layout. Up to about 100,000 samples (100 switches of 48
ports) let Prometheus read `/metrics`. Above that use `/sd` and `/probe`, and set
`exporter.devices_in_metrics: false`: devices are then scraped one by one, spread over the interval, and netops holds
their text compressed, in a sixth of the memory. The text is always format 0.0.4 in UTF-8. It is sent as gzip to who
accepts it, unless it is longer than 16 MiB: compressing would then cost more than it saves.

## What to expect of them

- **A device that does not answer** has `netops_device_up` 0, and `netops_device_poll_failed` says why. Its counters,
  sensors and all else are gone from that moment, so that nothing old looks fresh; service checks go on. `/probe` still answers 200, as the
  blackbox exporter does: `up` says that netops runs and knows the device, `netops_device_up` that the device answers.
- **A device that was removed** is gone at once; `/probe` answers 404. One that is known but was not polled yet gives a
  page without samples.
- **Counters carry the time of their poll** (`exporter.timestamps`), so `rate()` divides by the time between polls and
  not between scrapes. Gauges carry none, because Prometheus cannot mark a sample stale that has a time of its own: a
  vanished gauge disappears from queries at the next scrape, a vanished counter after five minutes. Devices polled
  less often than every five minutes need `exporter.timestamps: false`, or `last_over_time()`.
- **A subject that is not due in a poll** (`polling.periods`) keeps its last values; one that failed has none.
- **Units** are base units: bytes, seconds, volts, joules; shares are ratios from 0 to 1. The speed of an interface is
  in bytes per second, so that use is `rate(netops_interface_in_bytes_total[5m]) / netops_interface_speed_bytes`.
- **Labels**: `site` stands on `netops_device_up` and `netops_device_info`; join with
  `* on (device) group_left (site) netops_device_info`. `interface` is ifName (else ifDescr, else ifIndex), never
  ifIndex where there is a name. A second thing of the same name on one device gets `#2`. Bytes that are no text become
  U+FFFD.
"""


def word_reference() -> str:
    """Give the page: an introduction, the network's families, the daemon's own."""
    lines = [_INTRODUCTION, "## Devices", "", "| name | type | labels | meaning |", "|---|---|---|---|"]
    for family in FAMILIES:
        labels = ", ".join(f"`{label}`" for label in family.labels)
        lines.append(f"| `{family.name}` | {family.type} | {labels} | {family.help} |")
    lines += ["", "## netops itself", "", "| name | type | labels | meaning |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {kind} | {label} | {text} |" for name, kind, label, text in _list_own()]
    lines += ["", "Beside these stand prometheus-client's `process_*` and `python_*`.", ""]
    return "\n".join(lines)


def _list_own() -> list[tuple[str, str, str, str]]:
    own: list[tuple[str, str, str, str]] = [
        (family.name, family.type, ", ".join(f"`{label}`" for label in family.labels), family.help)
        for family in FOLLOWED
    ]
    for metric in Telemetry("").registry.collect():
        if metric.name.startswith("netops_"):
            name = f"{metric.name}_total" if metric.type == "counter" else metric.name
            labels = sorted({label for sample in metric.samples for label in sample.labels} - {"le"})
            own.append((name, metric.type, ", ".join(f"`{label}`" for label in labels), metric.documentation))
    return sorted(own)
