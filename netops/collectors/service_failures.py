"""Why a look at a service failed: the errors of sockets, TLS and HTTP in one word each."""

import errno
import socket
import ssl
from collections.abc import Iterator

import httpx

from netops.errors import NetopsError
from netops.model.service_check import CheckFailure

LONGEST_DETAIL = 200
FAILURES = (OSError, EOFError, UnicodeError, ValueError, httpx.HTTPError, httpx.InvalidURL)
"""What talking to a service ends with, whatever it answers. ssl takes some host names for a ValueError."""
_DEEPEST = 12
_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})
_BY_TYPE: tuple[tuple[type[BaseException], CheckFailure], ...] = (
    (socket.gaierror, CheckFailure.DNS),
    (ssl.SSLError, CheckFailure.TLS),
    (ConnectionRefusedError, CheckFailure.REFUSED),
    (TimeoutError, CheckFailure.TIMEOUT),
    (ConnectionError, CheckFailure.RESET),
    (EOFError, CheckFailure.RESET),
    (UnicodeError, CheckFailure.DNS),
    (httpx.ProtocolError, CheckFailure.PROTOCOL),
    (httpx.UnsupportedProtocol, CheckFailure.PROTOCOL),
    (httpx.InvalidURL, CheckFailure.PROTOCOL),
    (httpx.ReadError, CheckFailure.RESET),
)


class CheckFailed(NetopsError):
    """A service answered, and not as it should."""

    def __init__(self, failure: CheckFailure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


def explain_failure(error: BaseException) -> tuple[CheckFailure, str]:
    """Give the word for an error, and a line with what the system or the library says."""
    causes = list(list_causes(error))
    for kind, failure in _BY_TYPE:
        for cause in causes:
            if isinstance(cause, kind):
                return failure, _word(cause)
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
            return CheckFailure.UNREACHABLE, _word(cause)
    return CheckFailure.OTHER, _word(error)


def list_causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and those that it was made from; libraries wrap them, and group those of several addresses."""
    waiting = [error]
    for _step in range(_DEEPEST):
        if not waiting:
            return
        cause = waiting.pop(0)
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
        inner = cause.__cause__ or cause.__context__
        if inner is not None:
            waiting.append(inner)


def tidy(text: str) -> str:
    """Put what others said on one line of bounded length; they may say anything."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * LONGEST_DETAIL])
    return " ".join(plain.split())[:LONGEST_DETAIL]


def _word(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return tidy(error.reason.replace("_", " ").lower())
    if isinstance(error, OSError) and error.strerror:
        return tidy(error.strerror)
    return tidy(str(error)) or type(error).__name__
