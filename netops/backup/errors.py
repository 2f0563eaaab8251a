"""Why a backup failed, as one tree.

BackupFailed
├── DeviceNotReached     no TCP connection, or the name has no address
├── NoCommonCrypto       both sides share no algorithm
├── WrongPassword        the device refused user, password or key
├── EnableRefused        the device refused the enable secret, or wants one and we have none
├── HostKeyChanged       not the key this device showed before
├── ConnectionCut        the device, or something between, ended the session
├── SessionTimedOut      silence, or a session longer than the watchdog allows
├── UnknownQuestion      a pager or question that nobody told us of, and that no key answers
├── CommandRefused       the device answers with an error text
├── NotAccepted          what came is no whole configuration
│   ├── EmptyConfiguration, EndMarkerMissing, NotDecodable, TooLarge
│   └── ShrunkConfiguration  held until a person accepts it
├── DeviceBusy           another session of ours with this device is under way
├── AwaitsPerson         an earlier refusal waits for a person
└── ArchiveError         the archive cannot keep it
    ├── ArchiveLocked, ArchiveMoved
    └── DiskFull

``reason`` is the word used in metrics, states and JSON. A message never repeats what a device sent, which may
hold a secret, nor anything of a credential but the user's name.
"""

from netops.errors import NetopsError


class BackupFailed(NetopsError):
    """The device was not backed up."""

    reason = "failed"


class DeviceNotReached(BackupFailed):
    """No connection."""

    reason = "not_reached"


class NoCommonCrypto(BackupFailed):
    """Both sides share no algorithm."""

    reason = "no_common_crypto"


class WrongPassword(BackupFailed):
    """The device refused the login."""

    reason = "wrong_password"


class EnableRefused(BackupFailed):
    """The privileged mode was refused."""

    reason = "enable_refused"


class HostKeyChanged(BackupFailed):
    """The device shows another host key than before."""

    reason = "host_key_changed"


class ConnectionCut(BackupFailed):
    """The session ended before its end."""

    reason = "connection_cut"


class SessionTimedOut(BackupFailed):
    """The device fell silent, or the session took too long."""

    reason = "timeout"


class UnknownQuestion(BackupFailed):
    """The device waits for a key that we do not know."""

    reason = "unknown_pager"


class CommandRefused(BackupFailed):
    """The device answered with an error text."""

    reason = "command_refused"


class NotAccepted(BackupFailed):
    """What came is no whole configuration."""

    reason = "not_accepted"


class EmptyConfiguration(NotAccepted):
    """Nothing came."""

    reason = "empty"


class EndMarkerMissing(NotAccepted):
    """The text ends before its end."""

    reason = "truncated"


class NotDecodable(NotAccepted):
    """The text is in no character set we know."""

    reason = "not_decodable"


class TooLarge(NotAccepted):
    """The text is larger than any configuration."""

    reason = "too_large"


class ShrunkConfiguration(NotAccepted):
    """Much smaller than the last; held until a person accepts it."""

    reason = "held"


class DeviceBusy(BackupFailed):
    """Another session of ours with this device is under way."""

    reason = "busy"


class AwaitsPerson(BackupFailed):
    """An earlier refusal waits for a person."""

    reason = "awaits_person"


class ArchiveError(BackupFailed):
    """The archive cannot do what was asked."""

    reason = "archive"


class ArchiveLocked(ArchiveError):
    """Another writer holds the archive for too long."""

    reason = "archive_locked"


class ArchiveMoved(ArchiveError):
    """The branch moved under our hands: something else writes to the archive."""

    reason = "archive_moved"


class DiskFull(ArchiveError):
    """There is no room for the archive."""

    reason = "disk_full"
