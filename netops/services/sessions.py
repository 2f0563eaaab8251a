"""Opens sessions by the engine that a device asks for."""

from dataclasses import replace

from netops.collectors.visit import VlanOpener
from netops.model.access import CommunityCredential, Credential, SnmpAccess
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from netops.snmp.types import SnmpSession


def open_for(engine: SnmpEngine, access: SnmpAccess) -> SnmpSession:
    """Open a session over our own engine, or over pysnmp where the device says ``engine: pysnmp``."""
    if access.engine == "pysnmp":
        # pysnmp takes half a second to import; most runs never need it.
        from netops.snmp.second_engine import open_second_session  # noqa: PLC0415

        return open_second_session(access)
    return open_session(engine, access)


def vlan_opener(engine: SnmpEngine, access: SnmpAccess) -> VlanOpener | None:
    """Give what opens further sessions to a device, each in the context of one VLAN.

    Cisco keeps a BRIDGE-MIB for each VLAN: behind community@VLAN, and behind the v3 context vlan-VLAN.
    None for a credential that names a context of its own.
    """
    credential = access.credential
    named = credential.community if isinstance(credential, CommunityCredential) else credential.context
    if "@" in named or (named and not isinstance(credential, CommunityCredential)):
        return None

    def open_vlan(vlan: int, *, first_wait: float | None = None) -> SnmpSession:
        inside = replace(access, credential=_in_vlan(credential, vlan))
        if first_wait is not None:
            inside = replace(inside, timeout_seconds=min(access.timeout_seconds, first_wait), retries=1)
        return open_for(engine, inside)

    return open_vlan


def _in_vlan(credential: Credential, vlan: int) -> Credential:
    if isinstance(credential, CommunityCredential):
        return replace(credential, community=f"{credential.community}@{vlan}")
    return replace(credential, context=f"vlan-{vlan}")
