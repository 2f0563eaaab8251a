"""A real SMTP server (aiosmtpd) that refuses as told."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class MailServer:
    """What it says to whom, and what it took."""

    recipients: dict[str, str] = field(default_factory=dict)
    """Answers to RCPT by address; 250 to all others."""
    data: list[str] = field(default_factory=list)
    """Answers to what was sent, used up one by one; then 250."""
    senders: dict[str, str] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    login_answer: str | None = None
    """What a wrong login is told, where it is not the usual 535."""
    hangs: bool = False
    """With a mail in its hands."""
    hangs_at_goodbye: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    """Whether each sender had logged in."""
    greeted_as: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_EHLO(self, _server, session: Session, _envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        self.greeted_as.append(hostname)
        return responses

    async def handle_MAIL(self, _server, session: Session, envelope: Envelope, address, options):  # noqa: N802
        self.logins.append(bool(session.authenticated))
        if address in self.senders:
            return self.senders[address]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _server, _session, envelope: Envelope, address, _options):  # noqa: N802
        if address in self.recipients:
            return self.recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server, session: Session, envelope: Envelope):  # noqa: N802
        if self.hangs:
            await asyncio.Event().wait()
        answer = self.data.pop(0) if self.data else "250 2.0.0 queued as 4F1"
        if answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.mails.append(message)
            self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
            self.was_encrypted.append(session.ssl is not None)
        return answer

    async def handle_QUIT(self, _server, _session, _envelope):  # noqa: N802
        if self.hangs_at_goodbye:
            await asyncio.Event().wait()
        return "221 2.0.0 Bye"

    def authenticate(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        assert self.login is not None
        if (data.login.decode(), data.password.decode()) == self.login:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=self.login_answer)


@asynccontextmanager
async def serving(
    server: MailServer, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
):
    """Serve on a free port of the loopback, in this very event loop."""
    loop = asyncio.get_running_loop()
    connections: list[SMTP] = []

    def make() -> SMTP:
        connection = SMTP(
            server,
            loop=loop,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=server.authenticate,
            auth_require_tls=False,
            auth_exclude_mechanism=() if server.login else ("LOGIN", "PLAIN"),
            enable_SMTPUTF8=True,
            hostname="mail.example.org",
        )
        connections.append(connection)
        return connection

    listener = await loop.create_server(make, "127.0.0.1", 0, family=socket.AF_INET, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await _end(connections)


async def _end(connections: list[SMTP]) -> None:
    """Take the connections down to their sockets, before the event loop goes."""
    open_ones = [connection for connection in connections if connection.transport is not None]
    for connection in open_ones:
        for transport in (connection.transport, connection._original_transport):
            if isinstance(transport, asyncio.WriteTransport):
                with suppress(AttributeError):  # Python before 3.11.4 forgets what it would abort
                    transport.abort()
    for _turn in range(20):  # asyncio closes a socket some turns after it was told to
        await asyncio.sleep(0)
