"""Service checks: what else a device offers beside SNMP, and how it is looked at."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from netops.i18n import _
from netops.model.placeholders import PlaceholderWrong, fill_placeholders, find_placeholders
from netops.settings.addresses import check_address
from netops.settings.durations import CheckTimeout, parse_duration
from netops.settings.parts import (
    TEXT_SCHEMA,
    Conflict,
    FilePath,
    Frozen,
    Part,
    Port,
    Switch,
    Text,
    did_you_mean,
    refuse,
)
from netops.settings.patterns import PatternText

CheckType = Literal["tcp", "tls", "http"]
TYPES_OF: Mapping[str, frozenset[str]] = {
    "port": frozenset({"tcp", "tls"}),
    "url": frozenset({"http"}),
    "expect_status": frozenset({"http"}),
    "follow_redirects": frozenset({"http"}),
    "verify": frozenset({"tls", "http"}),
    "ca_file": frozenset({"tls", "http"}),
    "server_name": frozenset({"tls", "http"}),
}
"""Key to the types of check that have it; every type has the others."""
LOCAL_ADDRESS = "127.0.0.1"
"""Where the services of this very machine are looked for."""
_ALIASES = {
    "kind": "type",
    "uri": "url",
    "address": "url",
    "status": "expect_status",
    "expectedstatus": "expect_status",
    "text": "expect_text",
    "contains": "expect_text",
    "sni": "server_name",
    "hostname": "server_name",
    "insecure": "verify",
    "redirects": "follow_redirects",
    "disabled": "enabled",
}


@lru_cache(maxsize=1024)
def parse_statuses(text: str) -> tuple[tuple[int, int], ...]:
    """Read status codes such as ``200-399, 401`` as ranges, both ends included.

    Raises:
        ValueError: A piece is no code from 100 to 599, and no range of them from low to high.
    """
    ranges = []
    for piece in text.split(","):
        first, dash, last = (part.strip() for part in piece.partition("-"))
        for code in (first, last) if dash else (first,):
            if not (code.isascii() and code.isdigit() and len(code) == 3 and 100 <= int(code) <= 599):
                raise ValueError(piece)
        ranges.append((int(first), int(last if dash else first)))
    if any(low > high for low, high in ranges):
        raise ValueError(text)
    return tuple(ranges)


def _check_statuses(text: str) -> str:
    try:
        parse_statuses(text)
    except ValueError:
        raise refuse(_("is no list of status codes"), _("write it like 200-399, 401")) from None
    return text


def _check_url(text: str) -> str:
    """Check a URL that may hold ``{address}``. It is shown to people, so it may hold no password."""
    try:
        strange = find_placeholders(text) - {"address"}
    except PlaceholderWrong as error:
        raise refuse(str(error)) from None
    if strange:
        words = {"name": min(strange)}
        raise refuse(_("{%(name)s} is not filled in here") % words, _("only {address} is"))
    try:
        parts = urlsplit(fill_url(text, "192.0.2.1"))
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_whole = False
    if not is_whole or not text.startswith(("http:", "https:")) or not text.isprintable() or " " in text:
        raise refuse(_("is not a URL"), _("write it like https://{address}/path"))
    if parts.username or parts.password or "@" in parts.netloc:
        raise refuse(_("holds a user or a password"), _("check a page that asks for none"))
    check_address(str(parts.hostname))
    return text


def fill_url(url: str, address: str) -> str:
    """Put a device's address into a URL; an IPv6 address gets its brackets."""
    try:
        is_bracketed = ipaddress.ip_address(address).version == 6
    except ValueError:
        is_bracketed = False
    return fill_placeholders(url, lambda _name: f"[{address}]" if is_bracketed else address)


Statuses = Annotated[
    Text, AfterValidator(_check_statuses), WithJsonSchema({**TEXT_SCHEMA, "x-values": "status codes"})
]
CheckUrl = Annotated[Text, AfterValidator(_check_url), WithJsonSchema({"type": "string", "x-values": "URL"})]
CheckName = Annotated[Text, StringConstraints(max_length=64)]


class CheckOptions(Part):
    """One service that is looked at. Defaults, groups and device add up; one of the same name takes the other's place."""

    name: CheckName = Field(description="Its name in metrics and alerts.")
    type: CheckType = Field(
        description="`tcp` opens a port; `tls` also shakes hands and looks at the certificate; `http` gets a page, "
        "and looks at the certificate where the URL is https."
    )
    port: Port | None = Field(
        default=None, description="The TCP port of `tcp` and `tls`. Default: 443 with tls; tcp needs one."
    )
    url: CheckUrl | None = Field(
        default=None,
        description="What `http` gets; `{address}` is the device's. It is shown to people, so no password belongs in it.",
    )
    expect_status: Statuses = Field(
        default="200-399", description="Status codes of `http` that are right, such as `200-299, 401`."
    )
    expect_text: PatternText | None = Field(
        default=None,
        description="A regular expression of RE2 that must be found in the first 256 KiB of the page, or in what the "
        "service says by itself at a `tcp` or `tls` port.",
    )
    timeout: CheckTimeout = Field(default=parse_duration("5s"), description="How long all of it may take.")
    verify: Switch = Field(
        default=True,
        description="Whether a certificate has to be trusted. With false its expiry is watched all the same.",
    )
    ca_file: FilePath | None = Field(
        default=None, description="Certificates of an authority to trust as well, in PEM."
    )
    server_name: Annotated[Text, AfterValidator(check_address)] | None = Field(
        default=None,
        description="The name to ask for, which the certificate must hold. Default: the address, or the host of the URL.",
    )
    follow_redirects: Switch = Field(
        default=False, description="Whether `http` follows redirects, five at most."
    )
    enabled: Switch = Field(
        default=True, description="With false it is left out, such as one that a group would bring."
    )

    @classmethod
    def explain_unknown(cls, key: str) -> str:
        """Suggest the key meant, also for words that other programs use."""
        return did_you_mean(key, cls.model_fields, aliases=_ALIASES, or_all=False)

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Hold the type and the keys that it has together."""
        kind = given.get("type")
        if kind not in {"tcp", "tls", "http"}:
            return
        for key in given.keys() & TYPES_OF.keys():
            if kind not in TYPES_OF[key]:
                message = _("a check of type %(type)s has none") % {"type": kind}
                yield Conflict((key,), message, _("remove it"), at_key=True)
        is_disabled = given.get("enabled") is False
        needed = {"tcp": "port", "http": "url"}.get(kind)
        if needed and given.get(needed) is None and not is_disabled:
            message = _("a check of type %(type)s needs %(key)s") % {"type": kind, "key": needed}
            yield Conflict((), message, _("add %(key)s") % {"key": needed})


class CheckSettings(Frozen):
    """One service check of one device, with everything filled in. Holds no secret, and may be a key of a mapping."""

    name: str
    type: CheckType
    port: Port | None = None
    """None with http, whose URL tells."""
    url: str | None = None
    expect_status: str = "200-399"
    expect_text: str | None = None
    timeout: CheckTimeout = parse_duration("5s")
    verify: bool = True
    ca_file: FilePath | None = None
    server_name: str | None = None
    follow_redirects: bool = False


def merge_checks(below: Iterable[CheckOptions], above: Iterable[CheckOptions]) -> tuple[CheckOptions, ...]:
    """Add checks up by name; of two with one name the one above holds, at the other's place."""
    return tuple({check.name: check for check in (*below, *above)}.values())


def fill_checks(checks: Iterable[CheckOptions], address: str | None) -> tuple[CheckSettings, ...]:
    """Make a device's checks, without those that are switched off."""
    return tuple(_fill(check, address or LOCAL_ADDRESS) for check in checks if check.enabled)


def _fill(check: CheckOptions, address: str) -> CheckSettings:
    said = check.model_dump(exclude={"enabled"})
    if check.url is not None:
        said["url"] = fill_url(check.url, address)
    if check.type == "tls" and check.port is None:
        said["port"] = 443
    return CheckSettings.model_validate(said)


def find_check_conflicts(given: Mapping[str, Any]) -> Iterator[Conflict]:
    """Find two checks of one name in the raw list ``checks`` of a mapping."""
    checks, seen = given.get("checks"), set()
    for place, check in enumerate(checks if isinstance(checks, list) else ()):
        name = check.get("name") if isinstance(check, dict) else None
        if not isinstance(name, str | int):
            continue
        if str(name) in seen:
            hint = _("give it another")
            yield Conflict(("checks", place, "name"), _("another check of this list has this name"), hint)
        seen.add(str(name))
