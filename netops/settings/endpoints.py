"""Where to listen: an address and a port, written as one text."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from netops.i18n import _
from netops.settings.parts import as_text, refuse


def _check_endpoint(text: str) -> str:
    split_endpoint(text)
    return text


def split_endpoint(text: str) -> tuple[str, int]:
    """Take ``127.0.0.1:1162`` or ``[::1]:1162`` apart; port 0 asks the system for a free one.

    Raises:
        PydanticCustomError: Not an IP address and a port.
    """
    host, _colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        address = None
    is_whole = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65_535
    if address is None or not is_whole or (address.version == 6) != (bare != host):
        raise refuse(_("is not an address and a port"), _("write it like 127.0.0.1:1162 or [::1]:1162"))
    return bare, int(port)


Endpoint = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(_check_endpoint),
    WithJsonSchema({"type": "string", "x-values": "address:port"}),
]
