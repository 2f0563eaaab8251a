"""Sealing bytes so that only the holder of a key reads them: AES-256-GCM, with the key's id in front.

A sealed value is ``NS1`` + key id (8 bytes) + nonce (12) + ciphertext with its tag. What it belongs to is bound to
it as associated data, so that a sealed value moved elsewhere does not open.
"""

import hashlib
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from netops.errors import NetopsError
from netops.i18n import _

_MAGIC = b"NS1"
_ID_BYTES, _NONCE_BYTES, _KEY_BYTES = 8, 12, 32
_LINE = re.compile(r"([0-9a-f]{16}) ([0-9a-f]{64})")


class SealError(NetopsError):
    """A sealed value cannot be opened, or its keys cannot be used."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id; the first one seals, all of them open."""

    keys: dict[bytes, bytes] = field(repr=False)

    @property
    def current_id(self) -> str:
        """Give the id of the key that seals, in hexadecimal."""
        return next(iter(self.keys)).hex()

    def seal(self, content: bytes, place: str) -> bytes:
        """Seal bytes; ``place`` says what they belong to."""
        key_id, key = next(iter(self.keys.items()))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _MAGIC + key_id + nonce + AESGCM(key).encrypt(nonce, content, _bind(key_id, place))

    def open(self, sealed: bytes, place: str) -> bytes:
        """Open what ``seal`` made for the same place.

        Raises:
            SealError: Its key is gone, or it was changed or moved.
        """
        head = len(_MAGIC) + _ID_BYTES
        key_id, nonce = sealed[len(_MAGIC) : head], sealed[head : head + _NONCE_BYTES]
        words = {"place": place, "key": key_id.hex()}
        if not sealed.startswith(_MAGIC) or len(nonce) < _NONCE_BYTES:
            raise SealError(_("%(place)s: is not sealed by netops, or damaged") % words)
        if key_id not in self.keys:
            raise SealError(_("%(place)s: the key %(key)s that sealed it is gone") % words)
        try:
            plain = AESGCM(self.keys[key_id]).decrypt(
                nonce, sealed[head + _NONCE_BYTES :], _bind(key_id, place)
            )
        except InvalidTag:
            raise SealError(_("%(place)s: was changed or moved after it was sealed") % words) from None
        return plain

    def fingerprint(self, content: bytes, place: str) -> str:
        """Give a keyed digest: equal for equal content, and no help to whoever guesses at what is inside."""
        key_id, key = list(self.keys.items())[-1]  # the oldest: a new key makes nothing look changed
        return hashlib.blake2b(_bind(key_id, place) + b"\0" + content, key=key, digest_size=16).hexdigest()


def _bind(key_id: bytes, place: str) -> bytes:
    return _MAGIC + key_id + place.encode()


def load_keys(path: Path) -> KeyRing:
    """Read the file of keys, newest first; at first start make it, readable by its owner only.

    Raises:
        SealError: Others may read it, it is damaged, or it cannot be made.
    """
    words = {"path": str(path)}
    try:
        if not path.exists():
            _make(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        words["reason"] = getattr(error, "strerror", None) or type(error).__name__
        raise SealError(_("the key file %(path)s cannot be used: %(reason)s") % words) from None
    if mode & 0o077:
        raise SealError(_("the key file %(path)s is open to others; give it mode 0600") % words)
    found = [_LINE.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    if not found or None in found:
        raise SealError(_("the key file %(path)s is damaged") % words)
    return KeyRing({bytes.fromhex(m[1]): bytes.fromhex(m[2]) for m in found if m})


def rotate_keys(path: Path) -> KeyRing:
    """Put a new key in front; what older keys sealed still opens.

    Raises:
        SealError: The file cannot be used.
    """
    load_keys(path)
    _write(path, _new_line() + path.read_text(encoding="ascii"))
    return load_keys(path)


def _new_line() -> str:
    return f"{secrets.token_hex(_ID_BYTES)} {secrets.token_hex(_KEY_BYTES)}\n"


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, _new_line())


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
