"""Whom we trust when a receiver shows a certificate."""

import ssl
from pathlib import Path

import httpx

from netops.i18n import _
from netops.notify.sender import SendFailed


def make_tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Trust the authorities of the system, those that come with httpx, and the operator's own.

    Raises:
        SendFailed: The file of the operator's own cannot be read. A person mends it, so what waits is kept.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            words = {"path": ca_file, "reason": getattr(error, "strerror", None) or type(error).__name__}
            raise SendFailed(_("ca_file %(path)s cannot be read: %(reason)s") % words) from None
    return context


def explain_certificate(error: BaseException) -> str | None:
    """Say what is wrong with a certificate, where that is why a connection failed; None where it is not.

    Libraries wrap the error, so those that caused it are looked at too.
    """
    cause: BaseException | None = error
    for _step in range(8):
        if cause is None:
            return None
        if isinstance(cause, ssl.SSLCertVerificationError):
            words = {"reason": cause.verify_message or cause.reason or ""}
            return _("the certificate is not trusted: %(reason)s") % words
        cause = cause.__cause__ or cause.__context__
    return None
