"""What went wrong, in one line for the operator: what happened, then what to check."""

from collections import Counter
from collections.abc import Sequence

from netops.errors import (
    AccessDenied,
    CredentialRejected,
    DeviceUnreachable,
    ErrorStatus,
    MalformedReply,
    NoAnswer,
    PortClosed,
    SnmpError,
    UnexpectedReply,
    UnknownUser,
    UnsupportedSecurityLevel,
    WrongAuthentication,
    WrongPrivacy,
)
from netops.i18n import _, ngettext
from netops.model.access import SnmpAccess, UserCredential
from netops.snmp import codec, v3
from netops.snmp.exchange import Silence
from netops.snmp.resolver import Resolved
from netops.snmp.types import Oid

ERROR_NAMES = (
    "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType",
    "wrongLength", "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable",
    "commitFailed", "undoFailed", "authorizationError", "notWritable", "inconsistentName",
)  # fmt: skip
"""error-status by number (RFC 3416 section 3)."""

_DENIED = (6, 16)  # noAccess, authorizationError
_UNKNOWN_CONTEXT = (Oid.parse("1.3.6.1.6.3.12.1.4.0"), Oid.parse("1.3.6.1.6.3.12.1.5.0"))
_MPD_STATS = Oid.parse("1.3.6.1.6.3.11.2.1")
_CURABLE = (v3.UNKNOWN_ENGINE, v3.NOT_IN_TIME_WINDOW)


def is_curable(report: codec.Pdu) -> bool:
    """Say whether asking once more, with what the report taught us, can help."""
    return v3.report_oid(report) in _CURABLE


def error_status(pdu: codec.Pdu, oids: Sequence[Oid]) -> SnmpError | CredentialRejected:
    """Word an error-status, with the variable it names."""
    status, index = pdu.error_status, pdu.error_index
    name = ERROR_NAMES[status] if 0 <= status < len(ERROR_NAMES) else str(status)
    subject = str(oids[index - 1]) if 0 < index <= len(oids) else str(oids[0]) if oids else "-"
    if status in _DENIED:
        return AccessDenied(
            _(
                "the agent refuses access to %(oid)s (%(status)s); check view, group and security level of this credential"
            )
            % {"oid": subject, "status": name}
        )
    return ErrorStatus(
        _("the agent answered %(status)s for %(oid)s; the fault is on the device")
        % {"status": name, "oid": subject},
        status=status,
        index=index,
    )


def report(pdu: codec.Pdu, access: SnmpAccess) -> CredentialRejected | SnmpError:
    """Word a Report that no further try can cure (RFC 3414 section 5, RFC 3412 section 5)."""
    counter = v3.report_oid(pdu)
    credential = access.credential
    words = {"user": "", "level": "", "auth": "", "priv": "", "context": ""}
    if isinstance(credential, UserCredential):
        words = {
            "user": credential.user,
            "level": credential.level,
            "auth": credential.auth or "-",
            "priv": credential.priv or "-",
            "context": credential.context,
        }
    if counter == v3.UNKNOWN_USER:
        return UnknownUser(_("the agent knows no SNMPv3 user %(user)s; check the user name") % words)
    if counter == v3.WRONG_DIGEST:
        return WrongAuthentication(
            _(
                "the agent rejects the authentication of user %(user)s; check the password and that it uses %(auth)s"
            )
            % words
        )
    if counter == v3.DECRYPTION_ERROR:
        return WrongPrivacy(
            _("the agent cannot decrypt user %(user)s; check the privacy password and that it uses %(priv)s")
            % words
        )
    if counter == v3.UNSUPPORTED_LEVEL:
        return UnsupportedSecurityLevel(
            _(
                "the agent does not offer %(level)s to user %(user)s; check the user's security level and protocols"
            )
            % words
        )
    if counter in _UNKNOWN_CONTEXT:
        return AccessDenied(_("the agent has no context %(context)s; check the context name") % words)
    if counter in _CURABLE:
        return UnexpectedReply(
            _("the agent keeps changing its SNMPv3 engine id or clock; restart the agent and look at its log")
        )
    if counter.startswith(_MPD_STATS):
        return UnexpectedReply(_("the agent says that it cannot handle SNMPv3 messages of this kind"))
    return UnexpectedReply(
        _("the agent reported %(oid)s, which has no known meaning") % {"oid": str(Oid(counter))}
    )


_PROOF_REASONS = (
    "wrong_hmac",
    "downgraded",
    "time_window",
    "engine_id",
    "unsigned_report",
    "undecipherable",
    "unasked_authentication",
    "unasked_encryption",
    "unexpected_version",
    "not_a_response",
)
"""Why a reply that names a request of ours was not believed."""


def silence(
    access: SnmpAccess, outcomes: Sequence[Silence], notes: Counter[str], addresses: Sequence[Resolved]
) -> DeviceUnreachable | SnmpError:
    """Word the end of all tries, by what did arrive meanwhile."""
    where = addresses[0].address
    words = {
        "host": access.host,
        "address": where[0],
        "port": access.port,
        "tries": len(outcomes),
        "count": notes.total(),
    }
    if notes["malformed"]:
        return MalformedReply(
            ngettext(
                "%(host)s port %(port)d answers, but not with valid SNMP (%(count)d broken datagram)",
                "%(host)s port %(port)d answers, but not with valid SNMP (%(count)d broken datagrams)",
                notes.total(),
            )
            % words
        )
    if any(notes[reason] for reason in _PROOF_REASONS):
        reasons = ", ".join(reason for reason in _PROOF_REASONS if notes[reason])
        return UnexpectedReply(
            _("%(host)s answers, but its replies do not prove themselves and were not believed (%(reasons)s)")
            % {**words, "reasons": reasons}
        )
    if notes["unknown_id"] + notes["wrong_id"] >= len(outcomes) > 0:
        return UnexpectedReply(_("%(host)s answers with a wrong request-id; its agent is at fault") % words)
    if notes["wrong_source"]:
        return NoAnswer(
            _("%(host)s answers from another address than %(address)s; poll the address it answers from")
            % words
        )
    if notes["late"]:
        return NoAnswer(
            _("%(host)s answers, but later than its time-out allows; raise the time-out of this device")
            % words
        )
    if outcomes and all(outcome is Silence.REFUSED for outcome in outcomes):
        return PortClosed(
            _(
                "%(host)s is up, but UDP port %(port)d is closed; check that an SNMP agent runs there, and its port"
            )
            % words
        )
    if outcomes and all(outcome is Silence.UNREACHABLE for outcome in outcomes):
        return PortClosed(
            _("no way to %(host)s: a router or this machine says it is unreachable; check the route") % words
        )
    return NoAnswer(
        _(
            "no SNMP answer from %(host)s port %(port)d after %(tries)d tries; check address, credential and access list"
        )
        % words
    )
