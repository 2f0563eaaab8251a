"""Traffic and gauges over time: write, read, percentile, top, purge.

A poll is one packed row (``raw``); once its day is over and has rested, the day becomes compressed columns
(``blocks``), and every hour and day has a summary (``rollups``). Whoever asks does not see where rows are.
"""

from netops.store.history.percentile import Percentile, read_percentile
from netops.store.history.read import read_buckets, read_samples
from netops.store.history.samples import Samples
from netops.store.history.speeds import read_speeds
from netops.store.history.top import Usage, read_usage
from netops.store.history.upkeep import purge_device
from netops.store.history.write import write_history

__all__ = [
    "Percentile",
    "Samples",
    "Usage",
    "purge_device",
    "read_buckets",
    "read_percentile",
    "read_samples",
    "read_speeds",
    "read_usage",
    "write_history",
]
