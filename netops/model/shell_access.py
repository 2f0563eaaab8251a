"""How a device's command line is reached: address, credential, jump host. Secrets never appear in a repr."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ShellCredential:
    """Who logs in, and with what."""

    user: str
    password: str = field(default="", repr=False)
    """Empty when a key does it."""
    key_file: Path | None = None
    key_passphrase: str = field(default="", repr=False)
    enable: str | None = field(default=None, repr=False)
    """The secret that the device asks for before it shows its configuration; None where there is none."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give all that must never be told, for whoever has to hide it."""
        return tuple(text for text in (self.password, self.key_passphrase, self.enable) if text)


@dataclass(frozen=True, slots=True)
class JumpHost:
    """A host through which a device is reached."""

    name: str
    host: str
    port: int
    credential: ShellCredential


@dataclass(frozen=True, slots=True)
class ShellAccess:
    """All that is needed to open a device's command line."""

    name: str
    """The device's name, for messages."""
    host: str
    platform: str
    credential: ShellCredential
    port: int = 22
    jump: JumpHost | None = None
    legacy_crypto: bool = False
    """Allow SHA-1 key exchanges, ssh-rsa host keys and CBC ciphers, which old devices have nothing better than."""
    telnet: bool = False
    """Speak Telnet, in clear."""
