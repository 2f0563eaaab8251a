"""The errors netops raises, as one tree.

NetopsError
├── SettingsError            a file in configs/ is wrong (netops.settings)
├── AlertingError            a rule cannot be loaded or evaluated (netops.alerting)
├── StoreError               the database cannot do what was asked
│   ├── SchemaTooNew         a newer netops wrote this database
│   └── NotFound             no such row
└── DeviceError              one device, one poll; the daemon goes on
    ├── DeviceUnreachable    no answer at all
    │   ├── AddressNotResolved
    │   ├── NoAnswer         silence: time-out with all retries spent
    │   └── PortClosed       the host answered with an ICMP error
    ├── CredentialRejected   the agent is there, but refuses us
    │   ├── WrongCommunity, UnknownUser, WrongAuthentication, WrongPrivacy,
    │   └── UnsupportedSecurityLevel, AccessDenied
    ├── UnsupportedAlgorithm the machine's crypto library lacks it
    └── SnmpError            the agent answered, but not with what was asked
        ├── TooSlow          a subject took so long that the poll gave it up
        ├── ErrorStatus      an error-status: genErr, tooBig, …
        ├── MalformedReply   a reply that is not BER, not SNMP, or cut short
        ├── OidNotIncreasing the agent walks in a circle
        └── UnexpectedReply  well-formed, yet not an answer to the question

Every message is one line for the operator: what happened, then what to check.
"""


class NetopsError(Exception):
    """The root of everything netops raises on purpose."""


class StoreError(NetopsError):
    """The database cannot do what was asked."""


class NothingKept(StoreError):
    """The database is empty: no daemon ever ran on it."""


class SchemaTooNew(StoreError):
    """The database was written by a newer netops."""


class NotFound(StoreError):
    """No row of that name."""


class DeviceError(NetopsError):
    """One device failed; ``kind`` is the word used in metrics, states and JSON."""

    kind = "device_error"


class DeviceUnreachable(DeviceError):
    """Nothing came back from the device."""

    kind = "unreachable"


class AddressNotResolved(DeviceUnreachable):
    """The name has no address."""

    kind = "name_not_resolved"


class NoAnswer(DeviceUnreachable):
    """Silence: all tries timed out."""

    kind = "timeout"


class PortClosed(DeviceUnreachable):
    """The host, or a router before it, answered with an ICMP error."""

    kind = "port_closed"


class CredentialRejected(DeviceError):
    """An SNMP agent is there and refuses us."""

    kind = "credential_rejected"


class WrongCommunity(CredentialRejected):
    """The agent is silent to this community, yet answers an SNMPv3 discovery."""

    kind = "wrong_community"


class UnknownUser(CredentialRejected):
    """The agent reported usmStatsUnknownUserNames (RFC 3414 section 5)."""

    kind = "unknown_user"


class WrongAuthentication(CredentialRejected):
    """The agent reported usmStatsWrongDigests: authentication password or algorithm."""

    kind = "wrong_authentication"


class WrongPrivacy(CredentialRejected):
    """The agent cannot decrypt us: privacy password or algorithm."""

    kind = "wrong_privacy"


class UnsupportedSecurityLevel(CredentialRejected):
    """The agent reported usmStatsUnsupportedSecLevels."""

    kind = "unsupported_security_level"


class AccessDenied(CredentialRejected):
    """The agent knows us and shows us nothing: authorizationError, noAccess, unknown context."""

    kind = "access_denied"


class UnsupportedAlgorithm(DeviceError):
    """The crypto library of this machine lacks the algorithm that the credential asks for."""

    kind = "unsupported_algorithm"


class SnmpError(DeviceError):
    """The agent answered, but not with what was asked."""

    kind = "snmp_error"


class ErrorStatus(SnmpError):
    """A response with an error-status (RFC 3416 section 3)."""

    kind = "error_status"

    def __init__(self, message: str, *, status: int, index: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.index = index


class MalformedReply(SnmpError):
    """A datagram that is not BER, not SNMP, or cut short."""

    kind = "malformed_reply"


class OidNotIncreasing(SnmpError):
    """The agent walks in a circle (RFC 3416 section 4.2.2 asks for lexicographic order)."""

    kind = "oid_not_increasing"


class UnexpectedReply(SnmpError):
    """A well-formed reply that does not answer the question."""

    kind = "unexpected_reply"


class TooSlow(SnmpError):
    """A subject took so long that the poll gave it up; an agent may hand out rows for ever."""

    kind = "too_slow"
