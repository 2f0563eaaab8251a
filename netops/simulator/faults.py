"""The ways in which a simulated agent can misbehave when it is asked.

They are chosen per device, or for one request by its community. What changes the device itself (a link, a
reboot, a wrap) stands in netops.simulator.device.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from netops.i18n import _
from netops.simulator.errors import SimulatorError

PUBLIC = b"public"


@dataclass(frozen=True, slots=True)
class Faults:
    """What an agent does wrong; all of it may be combined."""

    silence: bool = False
    latency_ms: float = 0.0
    jitter_ms: float = 0.0
    """The delay of a reply is drawn evenly from latency ± jitter."""
    loss_percent: float = 0.0
    """Share of requests that go unanswered, drawn from the device's own seed."""
    loop: bool = False
    """The answer to "what comes next?" is no further on."""
    too_big_over: int | None = None
    """tooBig to whatever asks for more variables than this."""
    gen_err: bool = False
    wrong_id: bool = False
    """The reply carries another request-id (and msgID)."""
    bad_id: bool = False
    """A reply with a wrong id goes ahead of the right one."""
    drop_first: bool = False
    """Every other request is lost, beginning with the first."""
    duplicate: bool = False
    truncated: bool = False
    """Half of the reply's bytes are missing."""
    garbage: bool = False
    """Noise instead of the reply."""
    forged_hmac: bool = False
    """v3: the digest of every signed reply is wrong."""
    plaintext: bool = False
    """v3: the reply to an encrypted request is signed, and not encrypted."""
    unsigned: bool = False
    """v3: the reply is neither signed nor encrypted."""


NO_FAULTS = Faults()

WORDS: Mapping[str, Mapping[str, Any]] = {
    "silence": {"silence": True},
    "silent": {"silence": True},
    "loop": {"loop": True},
    "generr": {"gen_err": True},
    "wrongid": {"wrong_id": True},
    "badid": {"bad_id": True},
    "drop1": {"drop_first": True},
    "dup": {"duplicate": True},
    "truncated": {"truncated": True},
    "garbage": {"garbage": True},
    "forged-hmac": {"forged_hmac": True},
    "plaintext": {"plaintext": True},
    "unsigned": {"unsigned": True},
}
"""Faults that are a word."""

COMMUNITIES: Mapping[bytes, Mapping[str, Any]] = {
    PUBLIC: {},
    b"toobig": {"too_big_over": 10},
    **{
        word.encode(): WORDS[word]
        for word in ("silent", "loop", "generr", "badid", "wrongid", "drop1", "dup", "truncated", "garbage")
    },
}
"""Communities that an agent listens to, and the fault that each chooses."""

_NUMBERED: Mapping[str, tuple[tuple[str, float, float], ...]] = {
    "latency": (("latency_ms", 0, 600_000), ("jitter_ms", 0, 600_000)),
    "loss": (("loss_percent", 0, 100),),
    "toobig": (("too_big_over", 0, 100_000),),
}
"""Faults with numbers: field, smallest, largest. Only the first number is required."""


def is_fault(word: str) -> bool:
    """Say whether ``with_fault`` knows the word."""
    return word in WORDS or word in _NUMBERED


def with_fault(faults: Faults, word: str, numbers: Sequence[str]) -> Faults:
    """Add a fault by its word, e.g. ``latency`` with ``["200", "50"]``.

    Raises:
        SimulatorError: An unknown word, or numbers that do not fit it.
    """
    if word in WORDS:
        if numbers:
            raise SimulatorError(_("the fault %(fault)s takes no number") % {"fault": word})
        return replace(faults, **WORDS[word])
    if word not in _NUMBERED:
        raise SimulatorError(_("no such fault: %(fault)s") % {"fault": word})
    fields = _NUMBERED[word]
    if not 1 <= len(numbers) <= len(fields):
        raise SimulatorError(
            _("the fault %(fault)s takes 1 to %(most)d numbers") % {"fault": word, "most": len(fields)}
        )
    changes: dict[str, Any] = {}
    for (field, smallest, largest), text in zip(fields, numbers, strict=False):
        number = read_number(text, smallest, largest)
        changes[field] = int(number) if field == "too_big_over" else number
    return replace(faults, **changes)


def read_number(text: str, smallest: float, largest: float) -> float:
    """Read a number between two limits.

    Raises:
        SimulatorError: Not a number, or outside.
    """
    try:
        number = float(text)
    except ValueError:
        raise SimulatorError(_("not a number: %(text)s") % {"text": text}) from None
    if not smallest <= number <= largest:
        raise SimulatorError(
            _("%(number)s is not between %(smallest)s and %(largest)s")
            % {"number": text, "smallest": f"{smallest:g}", "largest": f"{largest:g}"}
        )
    return number


def of_community(faults: Faults, community: bytes) -> Faults | None:
    """Give the faults of one request: the device's own, and its community's; None for an unknown community."""
    chosen = COMMUNITIES.get(community)
    if not chosen:
        return None if chosen is None else faults
    return replace(faults, **chosen)
