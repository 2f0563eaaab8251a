"""pysnmp's UDP transports, with what the second engine needs to count requests and to end cleanly."""

import asyncio
from typing import Any

from pysnmp.carrier.asyncio.dgram.udp import UdpAsyncioTransport
from pysnmp.carrier.asyncio.dgram.udp6 import Udp6AsyncioTransport
from pysnmp.hlapi.v3arch.asyncio import Udp6TransportTarget, UdpTransportTarget


class Counted:
    """What both transports add to pysnmp's: datagrams counted, and word of the socket's end."""

    sent = 0
    gone: asyncio.Future[None] | None = None

    @property
    def opening(self) -> asyncio.Future[Any]:
        """The task that opens the socket."""
        opening: asyncio.Future[Any] = self._lport  # type: ignore[attr-defined] # the other parent has it
        return opening

    def send_message(self, message: Any, address: Any) -> None:
        """Count, and send."""
        self.sent += 1
        super().send_message(message, address)  # type: ignore[misc] # the other parent, untyped, has it

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """Note that there is a socket whose end will be told."""
        self.gone = asyncio.get_running_loop().create_future()
        super().connection_made(transport)  # type: ignore[misc] # the other parent, untyped, has it

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the socket's end."""
        super().connection_lost(error)  # type: ignore[misc] # the other parent, untyped, has it
        if self.gone is not None and not self.gone.done():
            self.gone.set_result(None)


class Udp(Counted, UdpAsyncioTransport):  # type: ignore[misc] # pysnmp has no types
    """IPv4."""


class Udp6(Counted, Udp6AsyncioTransport):  # type: ignore[misc] # pysnmp has no types
    """IPv6; pysnmp's own takes the scope from a link-local address, and nothing arrives."""

    def normalize_address(self, address: Any) -> Any:
        """Keep the address as the resolver gave it."""
        return self.ADDRESS_TYPE(address)


class Target(UdpTransportTarget):  # type: ignore[misc] # pysnmp has no types
    """An IPv4 address, asked once, with a time-out in seconds."""

    PROTO_TRANSPORT = Udp

    def __init__(self, address: tuple[Any, ...], seconds: float) -> None:
        self.transport_address = address
        super().__init__(timeout=seconds, retries=0)


class Target6(Udp6TransportTarget):  # type: ignore[misc] # pysnmp has no types
    """An IPv6 address, asked once, with a time-out in seconds."""

    PROTO_TRANSPORT = Udp6

    def __init__(self, address: tuple[Any, ...], seconds: float) -> None:
        self.transport_address = address
        super().__init__(timeout=seconds, retries=0)
