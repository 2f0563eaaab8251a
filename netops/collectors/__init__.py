"""Collectors: a session in, readings out. They store nothing and decide nothing but rates."""

from netops.collectors.addresses import AddressesCollector
from netops.collectors.arp import ArpCollector
from netops.collectors.forwarding import ForwardingCollector
from netops.collectors.hardware import HardwareCollector
from netops.collectors.health import HealthCollector
from netops.collectors.host import read_this_host
from netops.collectors.interfaces import InterfacesCollector
from netops.collectors.knowledge import SURVEY_SETTING, KnowledgeCollector
from netops.collectors.memory import DeviceMemory
from netops.collectors.neighbours import NeighboursCollector
from netops.collectors.ping import Pinger
from netops.collectors.poll import read_device
from netops.collectors.profile import ProfileCollector
from netops.collectors.service_checks import PERIOD_SETTING as CHECKS_SETTING
from netops.collectors.service_checks import ServiceChecker
from netops.collectors.system import SystemCollector
from netops.collectors.visit import Collector, Visit
from netops.collectors.vlans import VlansCollector

__all__ = [
    "COLLECTORS",
    "DISCOVERY_COLLECTORS",
    "MATCH_COLLECTORS",
    "PERIOD_SETTINGS",
    "Collector",
    "DeviceMemory",
    "Pinger",
    "ServiceChecker",
    "Visit",
    "read_device",
    "read_this_host",
]

COLLECTORS: tuple[Collector, ...] = (
    SystemCollector(),
    ProfileCollector(),
    InterfacesCollector(),
    HealthCollector(),
    HardwareCollector(),
    VlansCollector(),
    KnowledgeCollector(),
    AddressesCollector(),
    NeighboursCollector(),
    ArpCollector(),
    ForwardingCollector(),
)
"""In running order: the system group first, since its clock is what rates are measured by, and its answer
is whether the device is there; then its profile, whose quirks the others heed, and the interfaces, which they
name; the large tables last."""

DISCOVERY_COLLECTORS: tuple[Collector, ...] = (
    SystemCollector(),
    ProfileCollector(),
    HardwareCollector(),
    KnowledgeCollector(),
    AddressesCollector(),
)
"""What tells which device it is that answers."""

MATCH_COLLECTORS: tuple[Collector, ...] = (
    SystemCollector(),
    ProfileCollector(),
    InterfacesCollector(),
    HardwareCollector(),
    KnowledgeCollector(),
)
"""What a profile is chosen by, and all that its expressions refer to."""

PERIOD_SETTINGS: tuple[str, ...] = (
    *(collector.period_setting for collector in COLLECTORS if collector.subject != "profile"),
    "interface_details",
    SURVEY_SETTING,
    CHECKS_SETTING,
)
"""What may stand under ``polling.periods``."""
