"""What an address may look like where it becomes part of markup or of a header."""

import re

from netops.i18n import _
from netops.notify.sender import SendFailed

_TELEPHONE = re.compile(r"\+?[0-9][0-9 -]{2,30}", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9._@+-]{1,128}", re.ASCII)


def is_telephone(address: str) -> bool:
    """Say whether it is a telephone number rather than a user's id."""
    return _TELEPHONE.fullmatch(address) is not None


def read_user(address: str) -> str:
    """Give the id of a user to mention, or the empty text for nobody in particular.

    Raises:
        SendFailed: It has signs that no service has in its ids, and that could end the markup around it.
    """
    if address and not _USER.fullmatch(address):
        raise SendFailed(_("the address is no user id of this service"), is_permanent=True)
    return address
