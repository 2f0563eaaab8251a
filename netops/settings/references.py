"""Secrets, and the references that keep them out of the files: ``${env:NAME}`` and ``${file:/path}``.

A reference may be the whole value or stand inside it. ``$${`` writes a plain ``${``.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo, WithJsonSchema

from netops.i18n import _
from netops.settings.parts import refuse

_REFERENCE = re.compile(r"(?P<escape>\$)?\$\{(?P<body>[^{}]*)(?P<end>\})?")
_LARGEST_SECRET = 65_536
_SHORTEST_PASSWORD = 8


@dataclass(frozen=True, slots=True)
class ReferenceContext:
    """Where references look: relative paths start at the settings file's folder."""

    folder: Path = field(default_factory=Path)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


def resolve_references(text: str, context: ReferenceContext) -> str:
    """Put in what the references stand for; a file gives its text without the newline at its end.

    Raises:
        PydanticCustomError: A reference is malformed, or what it names is missing, unreadable or empty.
    """

    def resolve(match: re.Match[str]) -> str:
        body = match["body"]
        if match["escape"]:
            return match[0][1:]
        kind, colon, name = body.partition(":")
        if not match["end"] or not colon or not name.strip() or kind not in {"env", "file"}:
            raise refuse(
                _("holds a malformed reference"),
                _("write ${env:NAME} or ${file:/path}, or $${ where ${ itself is meant"),
            )
        return _read_variable(name.strip(), context) if kind == "env" else _read_file(name.strip(), context)

    return _REFERENCE.sub(resolve, text)


def _read_variable(name: str, context: ReferenceContext) -> str:
    value = context.environ.get(name)
    if value is None:
        raise refuse(_('environment variable "%(name)s" is not set') % {"name": name})
    if not value:
        raise refuse(_('environment variable "%(name)s" is empty') % {"name": name})
    return value


def _read_file(name: str, context: ReferenceContext) -> str:
    path = context.folder / name
    words = {"path": str(path)}
    try:
        # Looked at before it is opened: opening a pipe would wait for its writer, for ever.
        status = path.stat()
        is_sane = stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST_SECRET
        content = path.read_text(encoding="utf-8") if is_sane else None
    except FileNotFoundError:
        raise refuse(_('file "%(path)s" does not exist') % words) from None
    except UnicodeDecodeError:
        # "from None": the decoding error carries the secret itself.
        raise refuse(_('file "%(path)s" is not UTF-8 text') % words) from None
    except OSError as error:
        words["reason"] = error.strerror or type(error).__name__
        raise refuse(_('file "%(path)s" cannot be read: %(reason)s') % words) from None
    except ValueError:
        raise refuse(_("holds a malformed reference"), _("a path cannot hold a NUL character")) from None
    if content is None:
        raise refuse(_('file "%(path)s" is no plain file of at most 64 KiB') % words)
    content = content.rstrip("\r\n")
    if not content:
        raise refuse(_('file "%(path)s" is empty') % words)
    return content


def _resolve(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or "${" not in value:
        return value
    context = info.context if isinstance(info.context, ReferenceContext) else ReferenceContext()
    return resolve_references(value, context)


def _refuse_empty(value: SecretStr) -> SecretStr:
    if not value.get_secret_value():
        raise refuse(_("is empty"))
    return value


def _refuse_short(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < _SHORTEST_PASSWORD:
        raise refuse(_("is too short: SNMPv3 passwords have at least 8 characters (RFC 3414 section 11.2)"))
    return value


_SCHEMA = {"type": ["string", "integer"], "writeOnly": True, "x-values": "text or reference"}
Secret = Annotated[
    SecretStr, BeforeValidator(_resolve), AfterValidator(_refuse_empty), WithJsonSchema(_SCHEMA)
]
"""Text that no repr, error, log line or diff shows."""
Password = Annotated[
    SecretStr,
    BeforeValidator(_resolve),
    AfterValidator(_refuse_short),
    WithJsonSchema({**_SCHEMA, "x-values": "text or reference, at least 8 characters"}),
]
"""A password of SNMPv3."""
