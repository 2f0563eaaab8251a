"""Why a device does not answer: a few harmless probes tell a wrong credential from a dead host.

A wrong community and a wrong privacy password are met with silence (RFC 1157 section 4.1, RFC 3414 section
3.2), which looks like a device that is off. Two questions that need no secret make the difference: an SNMPv3
discovery, which every v3-capable agent answers to anybody, and for users the same request without encryption.
"""

from dataclasses import replace

from netops.errors import (
    CredentialRejected,
    DeviceError,
    DeviceUnreachable,
    NoAnswer,
    SnmpError,
    WrongCommunity,
    WrongPrivacy,
)
from netops.i18n import _
from netops.model.access import CommunityCredential, SnmpAccess, UserCredential
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from netops.snmp.types import Oid

_SYS_UPTIME = Oid.parse("1.3.6.1.2.1.1.3.0")
_NOBODY = UserCredential("")


async def diagnose(engine: SnmpEngine, access: SnmpAccess, error: DeviceError) -> DeviceError:
    """Find a better word for a silence, with at most three more requests.

    Returns:
        WrongCommunity, WrongPrivacy, or the error itself when nothing more can be known.
    """
    if not isinstance(error, NoAnswer):
        return error
    quick = replace(access, retries=1, timeout_seconds=min(access.timeout_seconds, 2.0))
    credential = access.credential
    if isinstance(credential, CommunityCredential):
        if await _answers_discovery(engine, quick):
            return WrongCommunity(
                _(
                    "an SNMP agent answers at %(host)s, but not to this community over v%(version)s; "
                    "check the community, the SNMP version and the agent's access list"
                )
                % {"host": access.host, "version": credential.version}
            )
    elif credential.priv is not None and await _answers_unencrypted(engine, quick, credential):
        return WrongPrivacy(
            _(
                "the agent accepts user %(user)s but stays silent to what we encrypt; "
                "check the privacy password and that it uses %(priv)s"
            )
            % {"user": credential.user, "priv": credential.priv}
        )
    return error


async def _answers_discovery(engine: SnmpEngine, access: SnmpAccess) -> bool:
    """A report of an unknown user, or any other, proves that an agent lives there."""
    session = open_session(engine, replace(access, credential=_NOBODY))
    try:
        await session.get([_SYS_UPTIME])
    except DeviceError:
        return bool(session.engine_id)
    finally:
        await session.close()
    return True


async def _answers_unencrypted(engine: SnmpEngine, access: SnmpAccess, credential: UserCredential) -> bool:
    """An authenticated answer without privacy, be it a refusal, proves user and authentication password."""
    plain = replace(credential, priv=None, priv_password="")
    session = open_session(engine, replace(access, credential=plain))
    try:
        await session.get([_SYS_UPTIME])
    except CredentialRejected as refusal:
        return refusal.kind in ("access_denied", "unsupported_security_level")
    except (SnmpError, DeviceUnreachable):
        return False
    finally:
        await session.close()
    return True
