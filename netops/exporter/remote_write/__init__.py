"""Prometheus' remote_write: every poll, under the names of /metrics, to a store that keeps it for longer."""

from netops.exporter.remote_write.queue import DiskQueue
from netops.exporter.remote_write.sender import RemoteWriter, Target

__all__ = ["DiskQueue", "RemoteWriter", "Target"]
