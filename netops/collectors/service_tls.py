"""Whom service checks trust, and what a certificate says."""

import asyncio
import ssl
from pathlib import Path

import httpx
from cryptography import x509

from netops.collectors.service_failures import list_causes, tidy
from netops.model.service_check import CertificateReading


class TrustStores:
    """TLS contexts, made once: reading the authorities takes many milliseconds."""

    def __init__(self) -> None:
        self._trusting: dict[tuple[Path, int] | None, ssl.SSLContext] = {}
        self._blind: ssl.SSLContext | None = None

    async def trusting(self, ca_file: Path | None) -> ssl.SSLContext:
        """Give what trusts the system's authorities, those that come with httpx, and a file's, read anew when it changed.

        Raises:
            OSError: The file cannot be read, or holds no certificate (an ssl.SSLError).
        """
        if ca_file is None and None in self._trusting:
            return self._trusting[None]
        return await asyncio.to_thread(self._load, ca_file)

    def _load(self, ca_file: Path | None) -> ssl.SSLContext:
        key = (ca_file, ca_file.stat().st_mtime_ns) if ca_file else None
        if key not in self._trusting:
            self._trusting[key] = _make_trusting(ca_file)
        return self._trusting[key]

    def blind(self) -> ssl.SSLContext:
        """Give what trusts everybody, to look at certificates that nobody else takes; it must send no secret."""
        if self._blind is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            # Old devices have short keys, and those too run out.
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            self._blind = context
        return self._blind


def _make_trusting(ca_file: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def explain_distrust(error: BaseException) -> str | None:
    """Say why a certificate is not trusted, where that is why a connection failed; None where it is not."""
    for cause in list_causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return tidy(cause.verify_message or cause.reason or "") or "unknown"
    return None


def read_certificate(der: bytes) -> CertificateReading | None:
    """Read a certificate in DER; None for one that is against the rules (RFC 5280) too far to be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        not_after = certificate.not_valid_after_utc
    except ValueError:
        return None
    return CertificateReading(not_after, _name(certificate, "subject"), _name(certificate, "issuer"))


def _name(certificate: x509.Certificate, field: str) -> str:
    try:
        name: x509.Name = getattr(certificate, field)
    except ValueError:  # names are read when they are asked for
        return ""
    return tidy(name.rfc4514_string())
