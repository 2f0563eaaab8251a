"""Addresses of devices: one, or many in one line as ``10.0.0.10-20``, ``10.0.1.0/29``; and names made from them."""

import ipaddress
import re
from collections.abc import Iterator

from netops.i18n import _
from netops.settings.parts import refuse

MOST_AT_ONCE = 65_536
"""How many addresses one line may stand for."""
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLACEHOLDER_PARTS = re.compile(r"(n|last_octet|address)(?::(0[1-9]))?")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_address(text: str) -> str:
    """Check one IPv4 address, IPv6 address (a zone such as ``%eth0`` allowed) or host name, and give it back.

    Raises:
        PydanticCustomError: None of these.
    """
    try:
        ipaddress.ip_address(text)
    except ValueError:
        pass
    else:
        return text
    if re.fullmatch(r"\[.*\](:[0-9]+)?|[^:]+:[0-9]+", text):
        raise refuse(_("is not an address"), _("write the port beside it, as port: …, and no brackets"))
    if "/" in text or re.fullmatch(r"[0-9.]+-[0-9.]+", text):
        raise refuse(_("is not one address"), _("write ranges as addresses: [ … ]"))
    labels = text.removesuffix(".").split(".")
    # A last label of digits is a mistyped IPv4 address, never a name (RFC 1123 section 2.1).
    if len(text) > 253 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise refuse(_("is neither an IP address nor a host name"))
    return text


def expand_addresses(text: str) -> Iterator[str]:
    """Give every address that one line stands for, in order.

    A network gives its hosts, without network and broadcast address; a range includes both ends, and its end
    may be written as the last octet only (of IPv6: the last group, in hexadecimal).

    Raises:
        PydanticCustomError: Not an address, range or network, upside down, or more than MOST_AT_ONCE.
    """
    if "/" in text:
        return _expand_network(text)
    first, dash, last = text.partition("-")
    if dash and (start := _parse(first)) is not None:
        return _expand_range(start, last.strip())
    return iter((check_address(text),))


def _parse(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def _expand_network(text: str) -> Iterator[str]:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise refuse(_("is not a network"), _("write it like 10.0.1.0/29")) from None
        words = {"network": str(network)}
        raise refuse(
            _("is not the first address of its network"), _('did you mean "%(network)s"?') % words
        ) from None
    _refuse_too_many(network.num_addresses)
    return map(str, network.hosts())


def _expand_range(start: Address, end: str) -> Iterator[str]:
    last = _parse(end)
    if last is None:
        separator = "." if start.version == 4 else ":"
        head = str(start.exploded).rpartition(separator)[0]
        last = _parse(f"{head}{separator}{end}")
    if last is None or last.version != start.version:
        raise refuse(_("is not a range"), _("write it like 10.0.0.10-20 or 10.0.0.10-10.0.1.20"))
    if int(last) < int(start):
        raise refuse(_("is a range that ends before it begins"))
    _refuse_too_many(int(last) - int(start) + 1)
    kind = type(start)
    return (str(kind(number)) for number in range(int(start), int(last) + 1))


def _refuse_too_many(count: int) -> None:
    if count > MOST_AT_ONCE:
        raise refuse(_("stands for more than %(most)d addresses") % {"most": MOST_AT_ONCE})


def check_name(text: str) -> str:
    """Check a device's name, or a template for names, and give it back.

    Raises:
        PydanticCustomError: A character that would be trouble in a URL, a table or on the command line, or a
            placeholder that is not known.
    """
    for inside in _PLACEHOLDER.findall(text):
        if not _PLACEHOLDER_PARTS.fullmatch(inside):
            hint = _("use {n}, {last_octet}, {address}, with a width such as {n:03} if you like")
            raise refuse(_("has an unknown placeholder"), hint)
    bare = _PLACEHOLDER.sub("0", text)
    if (
        text != text.strip()
        or bare.startswith("-")
        or not bare.isprintable()
        or any(c in bare for c in "{}/\\")
    ):
        hint = _("no slash, brace, control character, dash in front or space at an end")
        raise refuse(_("is not a name for a device"), hint)
    return text


def has_placeholder(name: str) -> bool:
    """Say whether a name is a template."""
    return _PLACEHOLDER.search(name) is not None


def fill_template(template: str, number: int, address: str) -> str:
    """Make one device's name. ``number`` counts the entry's addresses from 1.

    Raises:
        PydanticCustomError: ``{last_octet}`` of something that is no IPv4 address.
    """

    def fill(match: re.Match[str]) -> str:
        parts = _PLACEHOLDER_PARTS.fullmatch(match[1])
        word, width = (parts[1], int(parts[2] or 0)) if parts else ("", 0)
        if word == "address":
            return address
        if word == "last_octet":
            if not isinstance(_parse(address), ipaddress.IPv4Address):
                raise refuse(
                    _("uses {last_octet}, which only IPv4 addresses have"), _("use {n} or {address}")
                )
            return address.rpartition(".")[2].zfill(width)
        return str(number).zfill(width)

    return _PLACEHOLDER.sub(fill, template)
