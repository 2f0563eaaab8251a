"""How a device is reached: its address and the credential shown to it. Secrets never appear in a repr."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class AuthProtocol(StrEnum):
    """Authentication protocols of USM: RFC 3414 (MD5, SHA-1) and RFC 7860 (SHA-2)."""

    MD5 = "MD5"
    SHA = "SHA"
    SHA224 = "SHA224"
    SHA256 = "SHA256"
    SHA384 = "SHA384"
    SHA512 = "SHA512"


class PrivProtocol(StrEnum):
    """Privacy protocols of USM: RFC 3414 (DES), RFC 3826 (AES-128), and two unofficial ways to longer keys.

    AES192 and AES256 lengthen the key as draft-blumenthal-aes-usm-04 does (net-snmp, most vendors);
    AES192C and AES256C as draft-reeder-snmpv3-usm-3desede does (Cisco).
    """

    DES = "DES"
    AES = "AES"
    AES192 = "AES192"
    AES256 = "AES256"
    AES192C = "AES192C"
    AES256C = "AES256C"


@dataclass(frozen=True, slots=True)
class CommunityCredential:
    """An SNMPv1 or SNMPv2c community."""

    version: Literal["1", "2c"]
    community: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UserCredential:
    """An SNMPv3 user of USM; no ``auth`` is noAuthNoPriv, no ``priv`` is authNoPriv."""

    user: str
    auth: AuthProtocol | None = None
    auth_password: str = field(default="", repr=False)
    priv: PrivProtocol | None = None
    priv_password: str = field(default="", repr=False)
    context: str = ""

    @property
    def level(self) -> str:
        """The security level as RFC 3411 spells it."""
        if self.auth is None:
            return "noAuthNoPriv"
        return "authNoPriv" if self.priv is None else "authPriv"


Credential = CommunityCredential | UserCredential


@dataclass(frozen=True, slots=True)
class SnmpAccess:
    """Everything needed to ask one device over SNMP."""

    host: str
    """An IPv4 or IPv6 address, or a name."""
    credential: Credential
    port: int = 161
    timeout_seconds: float = 2.0
    """Wait for one try; each further try waits half as long again."""
    retries: int = 2
    max_repetitions: int = 25
    """Where learning starts; it halves on tooBig and on a time-out of a large request."""
    engine: Literal["netops", "pysnmp"] = "netops"
