"""What a mail looks like: headers that programs understand, plain text, and HTML."""

import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from netops import __version__
from netops.i18n import _
from netops.model.message import Message, ToldAlert
from netops.notify.html import html
from netops.notify.neutral import one_line
from netops.notify.sender import SendFailed
from netops.notify.texts import plain_text, subject
from netops.settings.channels import SmtpChannel

_SPECIALS = re.compile(r"[()<>\[\]:;@\\,\"]")
_SEVEN_BITS = SMTP.clone(cte_type="7bit")
"""Every server takes it; more would have to be asked for (8BITMIME)."""
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def write_mail(message: Message, address: str, channel: SmtpChannel) -> EmailMessage:
    """Write the mail to one recipient. The same message makes the same Message-ID at every attempt.

    Args:
        message: What to tell.
        address: As ``read_recipient`` gave it.
        channel: Whom it is from.
    """
    domain = sender_address(channel).rpartition("@")[2]
    mail = EmailMessage(policy=_SEVEN_BITS)
    mail["From"] = _write_address(channel.sender)
    mail["To"] = Address(addr_spec=address, display_name=_plain(message.person))
    if channel.reply_to:
        mail["Reply-To"] = _write_address(channel.reply_to)
    mail["Subject"] = subject(message)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{_id_of(message.id)}@{domain}>"
    if len(message.alerts) == 1:
        # A mail that was never sent stands at the head of each thread: mail programs group by it all the same.
        thread = f"<{_id_of(_name_episode(message.alerts[0]))}.alert@{domain}>"
        mail["In-Reply-To"] = thread
        mail["References"] = thread
    # RFC 3834: keeps answering machines from answering.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Mailer"] = f"netops {__version__}"
    mail.set_content(plain_text(message))
    mail.add_alternative(html(message), subtype="html")
    return mail


def sender_address(channel: SmtpChannel) -> str:
    """Give the bare address that mail is from."""
    return parseaddr(channel.sender)[1]


def read_recipient(address: str) -> str:
    """Give the address as mail servers read it; the domain of another script becomes ASCII.

    Raises:
        SendFailed: It is no mail address, or its part before the @ is not ASCII.
    """
    local, _at, domain = address.strip().rpartition("@")
    try:
        name = domain.encode("idna").decode("ascii")
        found = Address(username=local, domain=name).addr_spec
        is_plain = local.isascii() and found.isprintable() and not re.search(r"[\s<>,;:()\[\]\"\\]", found)
        if not local or not name or not is_plain:
            raise ValueError
    except ValueError:  # UnicodeError of the domain, and errors of the headers' parser, are of its kind
        raise SendFailed(_("the address is no mail address"), is_permanent=True) from None
    return found


def _write_address(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(display_name=_plain(name), addr_spec=address)


def _plain(name: str) -> str:
    """Give a name without the signs that mean something in a header of addresses; quoted, not all folding is right."""
    return one_line(_SPECIALS.sub(" ", name), 80)


def _id_of(text: str) -> str:
    return (
        text
        if _PLAIN_ID.fullmatch(text)
        else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
    )


def _name_episode(alert: ToldAlert) -> str:
    return f"{alert.fingerprint} {alert.fired_at.timestamp():.0f}"
