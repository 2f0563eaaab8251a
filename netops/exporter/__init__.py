"""What Prometheus is told about the network: ``/metrics``, ``/probe``, ``/sd``.

A poll becomes text once, when it ends (render); the text waits by device and family (exposition); a scrape
only joins it (app). docs/metrics.md is made from families.
"""

from netops.exporter.app import SdTarget, create_exporter
from netops.exporter.exposition import Exposition
from netops.exporter.feed import Feed
from netops.exporter.render import Blocks, DeviceFacts, DeviceRenderer

__all__ = [
    "Blocks",
    "DeviceFacts",
    "DeviceRenderer",
    "Exposition",
    "Feed",
    "SdTarget",
    "create_exporter",
]
