"""Opens a session by the engine that a device asks for."""

from netops.model.access import SnmpAccess
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
