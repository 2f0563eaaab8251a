"""Text from devices: bytes in whatever the device's makers, or the operator's terminal, wrote."""

from netops.snmp.types import Value

CODINGS = ("utf-8", "gb18030")


def decode_text(value: Value) -> str:
    """Decode an OCTET STRING: UTF-8, else GB18030 (which holds GBK and GB 2312), else Latin-1.

    NULs, which some agents pad with, and white space at both ends are dropped. What is no OCTET STRING
    gives "".
    """
    if not isinstance(value, bytes) or not value:
        return ""
    if value.isascii():
        return value.decode("ascii").replace("\0", "").strip()
    for coding in CODINGS:
        try:
            return value.decode(coding).replace("\0", "").strip()
        except UnicodeDecodeError:
            continue
    return value.decode("latin-1").replace("\0", "").strip()


def decode_line(value: Value) -> str:
    """Decode text that is shown in one line: whatever is not printable becomes a space, and spaces in a row one.

    A neighbour may call itself what it likes, and its name ends up on the operator's terminal.
    """
    text = decode_text(value)
    if text.isprintable():
        return text
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
