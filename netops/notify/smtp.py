"""Mail over the operator's server: one message, one recipient, one connection.

A server answers for each recipient (RFC 5321): 4xx is worth another attempt, 5xx never is. So is a wrong password
(535; a server in trouble says 454, RFC 4954), a certificate that is not trusted, and a server without STARTTLS: they
last until a person mends them, so the next channel is taken at once rather than after many attempts.
"""

import asyncio
import base64
import re
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage

import aiosmtplib

from netops.clock import Clock
from netops.i18n import _
from netops.model.message import Message
from netops.notify.hiding import SecretHider
from netops.notify.mail import read_recipient, sender_address, write_mail
from netops.notify.sender import Answer, SendFailed
from netops.notify.tls import explain_certificate, make_tls_context
from netops.settings.channels import SmtpChannel

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_GOODBYE_SECONDS = 2.0


class SmtpSender:
    """One server. See ``Sender``."""

    def __init__(self, channel: SmtpChannel, _clock: Clock) -> None:
        self._channel = channel
        self._seconds = channel.timeout.total_seconds()
        self._password = channel.password.get_secret_value() if channel.password else None
        login = base64.b64encode(f"\0{channel.user}\0{self._password}".encode()).decode("ascii")
        self._hider = SecretHider([self._password, login] if self._password else [])
        self._context: ssl.SSLContext | None = None

    async def send(self, message: Message, address: str) -> Answer:
        """Send one mail to one address. See ``Sender``."""
        recipient = read_recipient(address)
        mail = await asyncio.to_thread(write_mail, message, recipient, self._channel)
        client: aiosmtplib.SMTP | None = None
        waits_for_us = False
        try:
            async with asyncio.timeout(self._seconds):
                client = await self._make_client()
                await self._connect(client)
                answer = await self._hand_over(client, mail, recipient)
            waits_for_us = True
        except aiosmtplib.SMTPResponseException as error:
            waits_for_us = True
            raise self._explain(error) from None
        except TimeoutError:  # aiosmtplib's own is of its kind
            words = {"seconds": f"{self._seconds:g}"}
            raise SendFailed(_("no complete answer within %(seconds)s seconds") % words) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise self._explain(error) from None
        finally:
            if client is not None:
                await _end(client, waits_for_us=waits_for_us)
        return Answer(self._hider.tidy(answer))

    async def close(self) -> None:
        """Hold nothing: each mail has a connection of its own."""

    async def _make_client(self) -> aiosmtplib.SMTP:
        channel = self._channel
        if self._context is None and channel.security != "none":
            self._context = await asyncio.to_thread(make_tls_context, channel.ca_file)
        return aiosmtplib.SMTP(
            hostname=channel.host,
            port=channel.port or _PORTS[channel.security],
            use_tls=channel.security == "tls",
            start_tls=False,
            tls_context=self._context,
            local_hostname=self._name_ourselves(),
            timeout=self._seconds,
        )

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        await client.ehlo()
        if self._channel.security == "starttls":
            if not client.supports_extension("starttls"):
                # Never in clear instead: whoever sits on the line could have taken the offer out.
                raise SendFailed(_("the server does not offer STARTTLS"), is_permanent=True)
            await client.starttls()
            await client.ehlo()
        if self._channel.user and self._password:
            if not client.supported_auth_methods:
                raise SendFailed(_("the server offers no way to log in that netops knows"), is_permanent=True)
            # As bytes, or a password in another script would not be encoded, and an error would hold part of it.
            await client.login(self._channel.user.encode(), self._password.encode())

    async def _hand_over(self, client: aiosmtplib.SMTP, mail: EmailMessage, recipient: str) -> str:
        await client.mail(sender_address(self._channel))
        await client.rcpt(recipient)
        response = await client.data(mail.as_bytes())
        return f"{response.code} {response.message}"

    def _name_ourselves(self) -> str:
        """Give a whole name for EHLO; many servers refuse one without a dot."""
        name = socket.gethostname()
        return name if "." in name and name.isascii() else sender_address(self._channel).rpartition("@")[2]

    def _explain(self, error: Exception) -> SendFailed:
        certificate = explain_certificate(error)
        if certificate is not None:
            return SendFailed(self._hider.tidy(certificate), is_permanent=True)
        if isinstance(error, aiosmtplib.SMTPResponseException):
            answer = self._hider.tidy(f"{error.code} {error.message}")
            words = {"answer": answer}
            if isinstance(error, aiosmtplib.SMTPAuthenticationError):
                why = _("the server refuses user or password: %(answer)s") % words
            elif isinstance(error, aiosmtplib.SMTPRecipientRefused):
                why = _("the server refuses the recipient: %(answer)s") % words
            elif isinstance(error, aiosmtplib.SMTPSenderRefused):
                why = _("the server refuses the sender: %(answer)s") % words
            else:
                why = _("the server refuses: %(answer)s") % words
            return SendFailed(why, is_permanent=500 <= error.code < 600, answer=answer)
        reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
        return SendFailed(self._hider.tidy(_("no mail could be sent: %(reason)s") % {"reason": reason}))


async def _end(client: aiosmtplib.SMTP, *, waits_for_us: bool) -> None:
    """End the connection, with a goodbye to a server that waits for one; one that hung would hang again.

    Whatever happens now, the mail was taken or it was not.
    """
    try:
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            if waits_for_us and client.is_connected:
                await client.quit(timeout=_GOODBYE_SECONDS)
    finally:
        client.close()
