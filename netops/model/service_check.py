"""What a look at a service found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CheckFailure(StrEnum):
    """Why a service check failed, in a word."""

    REFUSED = "refused"
    """Nobody listens there."""
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    DNS = "dns"
    """The name has no address."""
    TLS = "tls"
    """Hands could not be shaken; a certificate that is not trusted fails no check."""
    RESET = "reset"
    """The other end closed the connection too early."""
    PROTOCOL = "protocol"
    """What came back is no HTTP."""
    STATUS = "status"
    TEXT = "text"
    OTHER = "other"


@dataclass(slots=True)
class CertificateReading:
    """The certificate that a service showed."""

    not_after: datetime
    subject: str = ""
    """Both as RFC 4514 writes them."""
    issuer: str = ""
    is_trusted: bool | None = None
    """None where the settings ask for no trust."""
    distrust: str = ""
    """Why it is not trusted."""


@dataclass(slots=True)
class ServiceCheckReading:
    """One service check."""

    name: str
    type: str
    is_up: bool
    duration_seconds: float
    failure: CheckFailure | None = None
    """None when it is up."""
    detail: str = ""
    """What went wrong, in a line for the operator."""
    status_code: int | None = None
    certificate: CertificateReading | None = None
    """As last seen: kept while the service does not answer."""
