"""What the PDU of a trap or inform tells; SNMPv1 is mapped as RFC 3584 section 3.1 says."""

from ipaddress import IPv4Address
from typing import Any, NamedTuple

from pysnmp.proto.api import v1, v2c

from netops.model.notification import NotificationVarbind
from netops.snmp.pysnmp_bridge import as_value, as_varbind
from netops.snmp.types import Oid, Varbind

SYS_UP_TIME = Oid.of(1, 3, 6, 1, 2, 1, 1, 3, 0)
SNMP_TRAP_OID = Oid.of(1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
SNMP_TRAP_ENTERPRISE = Oid.of(1, 3, 6, 1, 6, 3, 1, 1, 4, 3, 0)
SNMP_TRAP_ADDRESS = Oid.of(1, 3, 6, 1, 6, 3, 18, 1, 3, 0)
SNMP_TRAPS = Oid.of(1, 3, 6, 1, 6, 3, 1, 1, 5)
"""Below it stand the six standard traps: generic-trap + 1 (RFC 3584 section 3.1)."""


class Told(NamedTuple):
    """What a notification's PDU tells, the same for every version."""

    trap_oid: str
    uptime_ticks: int | None
    agent_address: IPv4Address | None
    enterprise: str
    varbinds: list[Varbind]


def read_v1(pdu: Any) -> Told:
    """Map an SNMPv1 trap (RFC 3584 section 3.1)."""
    api = v1.apiTrapPDU
    enterprise = Oid.of(*map(int, api.get_enterprise(pdu)))
    generic, specific = int(api.get_generic_trap(pdu)), int(api.get_specific_trap(pdu))
    trap_oid = SNMP_TRAPS / (generic + 1) if 0 <= generic <= 5 else enterprise / (0, specific)
    _tag, agent = as_value(api.get_agent_address(pdu))
    address = agent if isinstance(agent, IPv4Address) and int(agent) else None
    varbinds = [as_varbind(name, value) for name, value in api.get_varbinds(pdu)]
    return Told(str(trap_oid), int(api.get_timestamp(pdu)), address, str(enterprise), varbinds)


def read_v2(pdu: Any) -> Told:
    """Read an SNMPv2 trap or inform; its first two variables are sysUpTime.0 and snmpTrapOID.0 (RFC 3416).

    Raises:
        ValueError: snmpTrapOID.0 is not there.
    """
    varbinds = [as_varbind(name, value) for name, value in v2c.apiPDU.get_varbinds(pdu)]
    values = {varbind.oid: varbind.value for varbind in reversed(varbinds)}
    trap_oid, uptime = values.get(SNMP_TRAP_OID), values.get(SYS_UP_TIME)
    if not isinstance(trap_oid, Oid):
        message = "a notification without snmpTrapOID.0"
        raise ValueError(message)  # noqa: TRY004 - malformed input, as every other
    enterprise, address = values.get(SNMP_TRAP_ENTERPRISE, ""), values.get(SNMP_TRAP_ADDRESS)
    rest = [varbind for varbind in varbinds if varbind.oid not in {SNMP_TRAP_OID, SYS_UP_TIME}]
    return Told(
        str(trap_oid),
        uptime if isinstance(uptime, int) else None,
        address if isinstance(address, IPv4Address) else None,
        str(enterprise) if isinstance(enterprise, Oid) else "",
        rest,
    )


def as_plain(varbind: Varbind) -> NotificationVarbind:
    """Give a variable as the model keeps it."""
    value = varbind.value
    if isinstance(value, Oid):
        return NotificationVarbind(str(varbind.oid), varbind.tag, str(value))
    if isinstance(value, int | bytes | float | IPv4Address):
        return NotificationVarbind(str(varbind.oid), varbind.tag, value)
    return NotificationVarbind(str(varbind.oid), varbind.tag, None)
