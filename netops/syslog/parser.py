"""Reads one syslog message: RFC 5424, RFC 3164, and what devices send under that name. Pure; any bytes give a message.

Sources: RFC 5424 section 6, RFC 3164 section 4; the dialects of time and host are those of Cisco (sequence numbers,
milliseconds, zone names, ``origin-id``), NX-OS (year first), Huawei (year in the middle) and H3C (year last).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from netops.model.syslog import SyslogForm, SyslogMessage, SyslogTransport
from netops.syslog.decoding import decode

LONGEST = 8192
"""Bytes of a message that are read (RFC 5424 section 6.1 asks for 2,048); what lies beyond is cut off."""
_MOST_ELEMENTS, _MOST_PARAMETERS, _LONGEST_NAME = 16, 32, 64

_PRIORITY = re.compile(rb"<(0|[1-9]\d{0,2})>")
_HEADER = re.compile(
    r"1 (?P<time>\S{1,64}) (?P<host>\S{1,255}) (?P<app>\S{1,64}) (?P<process>\S{1,128}) (?P<id>\S{1,64}) (?P<rest>.*)",
    re.DOTALL,
)
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.:,]\d{1,9})?"
_STAMP = re.compile(
    rf"[*.%]?(?:(?:\d{{4}} )?{_MONTH} {{1,2}}\d{{1,2}}(?: \d{{4}})? {_CLOCK}(?: \d{{4}})?"
    rf"|(?P<iso>\d{{4}}-\d\d-\d\d[T ]{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?))"
    r"(?: (?P<zone>[A-Z]{2,5}))?(?P<colon>:)?(?: |$)"
)
_SEQUENCE = re.compile(r"(?:\d{1,12}: )?:? ?")
_ORIGIN = re.compile(r"(?P<host>[\w.-]{1,255}|[0-9A-Fa-f:]{2,39}): (?=[*.]?(?:\d{4} )?" + _MONTH + ")")
_HOST = re.compile(r"(?P<host>[\w][\w.:/@-]{0,254})(?P<colon>:?) ")
_TAG = re.compile(r"(?P<app>[\w./@+-]{1,64})(?:\[(?P<process>[\w.-]{1,32})\])?: ?")


def parse(
    data: bytes, *, received_at: datetime, source_address: str, transport: SyslogTransport
) -> SyslogMessage:
    """Read one message; one that fits no form is plain text."""
    is_cut = len(data) > LONGEST
    data = data[:LONGEST].rstrip(b"\r\n\0 ")
    match = _PRIORITY.match(data)
    priority = int(match[1]) if match and int(match[1]) <= 191 else None
    line = decode(data[match.end() :] if match and priority is not None else data)
    read = _read_rfc5424(line) if priority is not None else None
    read = read or _read_rfc3164(line)
    return SyslogMessage(
        received_at=received_at,
        source_address=source_address,
        transport=transport,
        form=read.form,
        line=line,
        text=read.text,
        facility=None if priority is None else priority >> 3,
        severity=None if priority is None else priority & 7,
        sent_at=read.sent_at,
        host=read.host,
        application=read.application,
        process_id=read.process_id,
        message_id=read.message_id,
        data=read.data,
        is_cut=is_cut,
    )


@dataclass(slots=True)
class _Read:
    form: SyslogForm
    text: str
    host: str = ""
    sent_at: datetime | None = None
    application: str = ""
    process_id: str = ""
    message_id: str = ""
    data: dict[str, dict[str, str]] = field(default_factory=dict)


def _read_rfc5424(line: str) -> _Read | None:
    match = _HEADER.match(line)
    if match is None:
        return None
    if match["time"] != "-" and _read_instant(match["time"]) is None:
        return None
    data, text = _read_data(match["rest"])
    return _Read(
        "rfc5424",
        text.strip(),
        _present(match["host"]),
        _read_instant(match["time"]),
        _present(match["app"]),
        _present(match["process"]),
        _present(match["id"]),
        data,
    )


def _present(word: str) -> str:
    return "" if word == "-" else word


def _read_instant(text: str) -> datetime | None:
    """Read the time of RFC 3339; None for one without a zone, and for none."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None


def _read_data(rest: str) -> tuple[dict[str, dict[str, str]], str]:
    """Read structured data and give what follows; what is broken is left in the text."""
    if rest == "-" or rest.startswith("- "):
        return {}, rest[2:]
    found: dict[str, dict[str, str]] = {}
    at = 0
    while rest.startswith("[", at) and len(found) < _MOST_ELEMENTS:
        element = _read_element(rest, at + 1)
        if element is None:
            break
        name, parameters, at = element
        found[name] = parameters
    return found, rest[at:].removeprefix(" ")


_NAME = re.compile(r"[^\s=\]\"]{1,64}")
_VALUE = re.compile(r'="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r'\\(["\\\]])')


def _read_element(text: str, at: int) -> tuple[str, dict[str, str], int] | None:
    name = _NAME.match(text, at)
    if name is None:
        return None
    at = name.end()
    parameters: dict[str, str] = {}
    while text.startswith(" ", at) and len(parameters) < _MOST_PARAMETERS:
        key = _NAME.match(text, at + 1)
        value = _VALUE.match(text, key.end()) if key else None
        if key is None or value is None:
            return None
        parameters[key[0]] = _ESCAPED.sub(r"\1", value[1])
        at = value.end()
    return (name[0], parameters, at + 1) if text.startswith("]", at) else None


def _read_rfc3164(line: str) -> _Read:
    """Read time, host and tag where they are; all that is missing is left empty."""
    sequence = _SEQUENCE.match(line)
    at = sequence.end() if sequence else 0
    origin = _ORIGIN.match(line, at)
    host = origin["host"] if origin else ""
    at = origin.end() if origin else at
    stamp = _STAMP.match(line, at)
    if stamp is None:
        return _read_tag(_Read("plain", line, host), line, 0)
    at = stamp.end()
    read = _Read("rfc3164", "", host, _read_instant(stamp["iso"] or ""))
    if not stamp["colon"] or not host:
        named = _HOST.match(line, at)
        # A word with a colon is the tag, unless Cisco's %FACILITY follows: then it is the host of an origin-id.
        if named and (not named["colon"] or line.startswith("%", named.end())) and not stamp["colon"]:
            read.host, at = named["host"].removesuffix(":"), named.end()
    return _read_tag(read, line, at)


def _read_tag(read: _Read, line: str, at: int) -> _Read:
    tag = _TAG.match(line, at)
    if tag is None:
        read.text = line[at:]
        return read
    read.application, read.process_id = tag["app"], tag["process"] or ""
    read.text = line[tag.end() :]
    return read
