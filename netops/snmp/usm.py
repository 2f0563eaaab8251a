"""The User-based Security Model: keys, authentication, privacy.

Sources: RFC 3414 (USM; MD5, SHA-1, DES), RFC 3826 (AES-128), RFC 7860 (SHA-2), and for keys longer than a
digest draft-blumenthal-aes-usm-04 section 3.1.2.1 (AES192, AES256) and draft-reeder-snmpv3-usm-3desede-00
section 2.1 (AES192C, AES256C, as Cisco does it). Pure functions; nothing here knows of sockets.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm as CipherMissing
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from netops.errors import UnsupportedAlgorithm
from netops.i18n import _
from netops.model.access import AuthProtocol, PrivProtocol, UserCredential


class AuthAlgorithm(NamedTuple):
    """A hash of hashlib, and how many bytes of its HMAC travel."""

    hash_name: str
    mac_length: int


AUTH_ALGORITHMS: dict[AuthProtocol, AuthAlgorithm] = {
    AuthProtocol.MD5: AuthAlgorithm("md5", 12),
    AuthProtocol.SHA: AuthAlgorithm("sha1", 12),
    AuthProtocol.SHA224: AuthAlgorithm("sha224", 16),
    AuthProtocol.SHA256: AuthAlgorithm("sha256", 24),
    AuthProtocol.SHA384: AuthAlgorithm("sha384", 32),
    AuthProtocol.SHA512: AuthAlgorithm("sha512", 48),
}

PRIV_KEY_LENGTHS: dict[PrivProtocol, int] = {
    PrivProtocol.DES: 16,
    PrivProtocol.AES: 16,
    PrivProtocol.AES192: 24,
    PrivProtocol.AES256: 32,
    PrivProtocol.AES192C: 24,
    PrivProtocol.AES256C: 32,
}

_REEDER = (PrivProtocol.AES192C, PrivProtocol.AES256C)
_PASSWORD_EXPANSION = 1_048_576  # RFC 3414 section A.2: the password repeated to one megabyte


@dataclass(frozen=True, slots=True)
class UserKeys:
    """A user's keys localized to one engine; empty where the level has none."""

    auth: bytes = field(repr=False)
    priv: bytes = field(repr=False)


_aes = lru_cache(maxsize=16_384)(algorithms.AES)  # building one anew costs a fifth of a short decryption


@lru_cache(maxsize=4096)
def derive_key(password: str, hash_name: str) -> bytes:
    """Turn a password into Ku, the key before it is bound to an engine (RFC 3414 section A.2).

    Costs a megabyte of hashing, and is the same for every device that shares a credential, hence the cache.
    """
    raw = password.encode()
    repeated = raw * (_PASSWORD_EXPANSION // len(raw) + 1)
    return hashlib.new(hash_name, repeated[:_PASSWORD_EXPANSION], usedforsecurity=False).digest()


def localize_key(key: bytes, engine_id: bytes, hash_name: str) -> bytes:
    """Bind Ku to an engine, which gives Kul (RFC 3414 section 2.6)."""
    return hashlib.new(hash_name, key + engine_id + key, usedforsecurity=False).digest()


def extend_key(key: bytes, engine_id: bytes, hash_name: str, priv: PrivProtocol) -> bytes:
    """Bring a localized key to the length a privacy protocol needs."""
    length = PRIV_KEY_LENGTHS[priv]
    while len(key) < length:
        if priv in _REEDER:  # the localized key serves as the next password
            key += localize_key(
                _chain(key[-hashlib.new(hash_name).digest_size :], hash_name), engine_id, hash_name
            )
        else:
            key += hashlib.new(hash_name, key, usedforsecurity=False).digest()
    return key[:length]


def _chain(key: bytes, hash_name: str) -> bytes:
    repeated = key * (_PASSWORD_EXPANSION // len(key) + 1)
    return hashlib.new(hash_name, repeated[:_PASSWORD_EXPANSION], usedforsecurity=False).digest()


def localize_user(credential: UserCredential, engine_id: bytes) -> UserKeys:
    """Make a user's keys for one engine.

    Raises:
        UnsupportedAlgorithm: This machine's crypto library lacks the hash (MD5 under FIPS, for one).
    """
    if credential.auth is None:
        return UserKeys(b"", b"")
    hash_name = AUTH_ALGORITHMS[credential.auth].hash_name
    try:
        auth = localize_key(derive_key(credential.auth_password, hash_name), engine_id, hash_name)
        if credential.priv is None:
            return UserKeys(auth, b"")
        priv = localize_key(derive_key(credential.priv_password, hash_name), engine_id, hash_name)
    except ValueError:
        raise UnsupportedAlgorithm(_missing(credential.auth)) from None
    return UserKeys(auth, extend_key(priv, engine_id, hash_name, credential.priv))


def _missing(algorithm: str) -> str:
    return _(
        "this machine's crypto library does not offer %(algorithm)s; choose another algorithm for the credential"
    ) % {"algorithm": algorithm}


def sign(auth: AuthProtocol, key: bytes, message: bytes) -> bytes:
    """Compute the truncated HMAC of a whole message whose own MAC field holds zeros.

    Raises:
        UnsupportedAlgorithm: This machine's crypto library lacks the hash.
    """
    algorithm = AUTH_ALGORITHMS[auth]
    try:
        return hmac.digest(key, message, algorithm.hash_name)[: algorithm.mac_length]
    except ValueError:
        raise UnsupportedAlgorithm(_missing(auth)) from None


def encrypt(
    priv: PrivProtocol, key: bytes, *, boots: int, time: int, salt: int, text: bytes
) -> tuple[bytes, bytes]:
    """Encrypt a scoped PDU: (cipher text, msgPrivacyParameters).

    Args:
        priv: The privacy protocol.
        key: As localize_user gives it.
        boots: msgAuthoritativeEngineBoots of the message.
        time: msgAuthoritativeEngineTime of the message.
        salt: A number never used twice with this key: 64 bits for AES, its low 32 bits for DES.
        text: The scoped PDU.

    Raises:
        UnsupportedAlgorithm: This machine's crypto library lacks the cipher.
    """
    if priv is PrivProtocol.DES:
        parameters = boots.to_bytes(4, "big") + (salt & 0xFFFFFFFF).to_bytes(4, "big")
        text += bytes(-len(text) % 8)  # RFC 3414 section 8.1.1.2; the reader finds the end by the BER length
    else:
        parameters = (salt & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")
    try:
        encryptor = _cipher(priv, key, boots, time, parameters).encryptor()
        return encryptor.update(text) + encryptor.finalize(), parameters
    except CipherMissing:
        raise UnsupportedAlgorithm(_missing(priv)) from None


def decrypt(
    priv: PrivProtocol, key: bytes, *, boots: int, time: int, parameters: bytes, text: bytes
) -> bytes:
    """Decrypt a scoped PDU; with a wrong key the result is noise, not an error.

    Raises:
        ValueError: msgPrivacyParameters is not 8 bytes, or DES text is not whole blocks.
        UnsupportedAlgorithm: This machine's crypto library lacks the cipher.
    """
    if len(parameters) != 8 or (priv is PrivProtocol.DES and len(text) % 8):
        message = "the privacy parameters or the encrypted text have a length they cannot have"
        raise ValueError(message)
    try:
        decryptor = _cipher(priv, key, boots, time, parameters).decryptor()
        return decryptor.update(text) + decryptor.finalize()
    except CipherMissing:
        raise UnsupportedAlgorithm(_missing(priv)) from None


def _cipher(
    priv: PrivProtocol, key: bytes, boots: int, time: int, parameters: bytes
) -> Cipher[CFB] | Cipher[modes.CBC]:
    if priv is PrivProtocol.DES:
        vector = bytes(a ^ b for a, b in zip(key[8:16], parameters, strict=True))
        # Three equal keys make TripleDES plain DES, which the library does not offer by itself.
        return Cipher(TripleDES(key[:8] * 3), modes.CBC(vector))
    vector = boots.to_bytes(4, "big") + time.to_bytes(4, "big") + parameters
    return Cipher(_aes(key), CFB(vector))
