"""The socket that notifications arrive on."""

import asyncio
import socket

_BUFFER_BYTES = 4 << 20  # what a burst may fill before we read; the kernel caps it at net.core.rmem_max


async def open_socket(host: str, port: int) -> socket.socket:
    """Open a non-blocking UDP socket with a large receive buffer; an IPv6 one takes no IPv4.

    Raises:
        OSError: The name has no address, or the address cannot be bound.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    family, kind, proto, _name, address = found[0]
    opened = socket.socket(family, kind, proto)
    try:
        opened.setblocking(False)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened
