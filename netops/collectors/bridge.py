"""Bridge ports: what BRIDGE-MIB and Q-BRIDGE-MIB call an interface, one by one and in lists."""

from collections.abc import Iterable

from netops.collectors.cells import Misfits, integers
from netops.collectors.known_interfaces import KnownInterfaces
from netops.snmp.types import Column, Oid, Value

DOT1D_BASE_PORT_IF_INDEX = Oid.parse("1.3.6.1.2.1.17.1.4.1.2")
"""BRIDGE-MIB (RFC 4188)."""

MAX_OCTETS = 1024
"""Of a list of ports; what is longer is no list of ports."""


class BridgePorts:
    """From bridge port to interface."""

    def __init__(self, column: Column, interfaces: KnownInterfaces, misfits: Misfits) -> None:
        self.interfaces = interfaces
        numbers = integers(column, DOT1D_BASE_PORT_IF_INDEX, misfits)
        self._ports = {index[-1]: if_index for index, if_index in numbers.items() if index}

    def if_index(self, port: int) -> int | None:
        """Give ifIndex; a device without dot1dBasePortTable is taken to number its ports by ifIndex."""
        if self._ports:
            return self._ports.get(port) or None
        return port if port in self.interfaces else None

    def key(self, port: int) -> str | None:
        """Give the key of the interface behind a port, None for a port that there is not."""
        if_index = self.if_index(port)
        return None if if_index is None else self.interfaces.key(if_index)

    def keys(self, ports: Iterable[int]) -> list[str]:
        """Give the keys of those ports that there are, each once."""
        return list(dict.fromkeys(key for port in ports if (key := self.key(port)) is not None))


def decode_bits(value: Value) -> list[int]:
    """Give the numbers of the bits that are set, the highest bit of the first octet being number 0."""
    if not isinstance(value, bytes):
        return []
    return [
        at * 8 + bit
        for at, octet in enumerate(value[:MAX_OCTETS])
        if octet
        for bit in range(8)
        if octet & 0x80 >> bit
    ]


def decode_port_list(value: Value, *, as_text: bool = False) -> list[int]:
    """Give the ports of a PortList (RFC 4363): the highest bit of the first octet is port 1.

    Args:
        value: The list; what is no OCTET STRING holds none.
        as_text: The agent writes decimal numbers with commas between, as Junos does on QFX and EX.
    """
    if not isinstance(value, bytes):
        return []
    if as_text:
        words = value.decode("ascii", "replace").split(",")
        return [int(word) for word in words if word.strip().isdecimal() and len(word) < 10]
    return [number + 1 for number in decode_bits(value)]
