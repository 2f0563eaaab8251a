"""SNMP: our own asyncio engine for polling; pysnmp for notifications, MIB names and as a second opinion."""
