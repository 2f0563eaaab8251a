"""Polls recordings through our own agent, in this process, the way ``netops poll`` polls a device."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.corpus.compare import Fact, compare
from bench.corpus.recorded import Case, Recorded
from netops.clock import SystemClock
from netops.model.access import CommunityCredential, SnmpAccess
from netops.profiles.loader import Profiles, load_profiles
from netops.services.facts import describe_poll
from netops.services.look_at_device import look_repeatedly
from netops.simulator.replay import HUB, Replay

LISTS = (
    "interfaces",
    "sensors",
    "processors",
    "memory",
    "storage",
    "supplies",
    "components",
    "vlans",
    "neighbours",
    "addresses",
    "forwarding",
    "arp",
)
"""Subjects of ``netops poll --json`` that are lists."""
_TIMEOUT_SECONDS = 10.0
_AT_ONCE = 3


@dataclass
class Outcome:
    """What polling one recording twice gave."""

    name: str
    requests: tuple[int, ...]
    """Of the first poll, and of the second, which remembers the first."""
    seconds: float
    """Of the first poll; others run beside it."""
    counts: Counter[str]
    """Rows of each subject."""
    device: dict[str, Any]
    facts: list[Fact] = field(default_factory=list)
    """What could not be read at all, and, where somebody read the recording before, what they read."""
    is_compared: bool = False


async def run_cases(
    cases: Sequence[Case],
    folders: Sequence[Path],
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Outcome]:
    """Poll every recording; the outcomes are in the order of the cases."""
    replay = Replay(folders, port=0)
    for case in cases:
        replay.shelf.shape(case.name)  # reading files is no part of a poll
    await replay.start()
    places = asyncio.Semaphore(_AT_ONCE)
    profiles = load_profiles()
    done = 0

    async def one(case: Case) -> Outcome:
        nonlocal done
        async with places:
            outcome = await run_case(case, replay, profiles)
        done += 1
        tell(done, len(cases))
        return outcome

    try:
        return list(await asyncio.gather(*map(one, cases)))
    finally:
        await replay.stop()


async def run_case(case: Case, replay: Replay, profiles: Profiles) -> Outcome:
    """Poll one recording twice, and compare the first poll."""
    access = SnmpAccess(
        HUB, CommunityCredential("2c", case.name), replay.port, timeout_seconds=_TIMEOUT_SECONDS, retries=0
    )
    looks = await look_repeatedly(access, SystemClock(), profiles=profiles, ping=False)
    result = looks[0].result
    output = describe_poll(result)
    refusal = result.reachability.error
    errors = [f"{error['subject']}: {error['error']}" for error in output["errors"]]
    if refusal is not None:
        errors.insert(0, f"{refusal.subject}: {refusal.error}")
    outcome = Outcome(
        name=case.name,
        requests=tuple(look.requests for look in looks),
        seconds=result.duration_seconds,
        counts=Counter({subject: len(output[subject]) for subject in LISTS}),
        device=output["device"],
        facts=[Fact("errors", error, held=False) for error in errors],
    )
    if case.expected is not None:
        outcome.facts += compare(case.expected, output, Recorded.load(case.file))
        outcome.is_compared = True
    return outcome
