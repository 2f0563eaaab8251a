"""The table for people, and the object for programs."""

from collections.abc import Sequence
from typing import Any

from bench.corpus.allowed import Entry
from bench.corpus.run import LISTS
from bench.corpus.scores import BARS, NEVER, SUBJECTS, Scored, total

_SHORT = {
    "processors": "cpu",
    "neighbours": "neighb.",
    "interfaces": "interf.",
    "forwarding": "fdb",
    "components": "comp.",
}


def print_report(all_scored: Sequence[Scored], stale: Sequence[Entry], *, misses: bool) -> None:
    """Print a line per recording, the sums, and what must not be."""
    compared = [scored for scored in all_scored if scored.outcome.is_compared]
    others = [scored for scored in all_scored if not scored.outcome.is_compared]
    if compared:
        _print_compared(compared, misses=misses)
    if others:
        _print_counted(others)
    for entry in stale:
        print(f"docs/corpus.md lists what is no disagreement: {entry.recording} {entry.subject} {entry.fact}")


def _print_compared(compared: Sequence[Scored], *, misses: bool) -> None:
    heads = [*SUBJECTS, *NEVER, "requests", "seconds"]
    print(f"{'recording':32}" + "".join(f"{_SHORT.get(head, head)[:9]:>10}" for head in heads))
    for scored in compared:
        cells = [str(scored.scores.get(subject, "-")) for subject in SUBJECTS]
        cells += [str(scored.count(subject) or "-") for subject in NEVER]
        print(f"{scored.outcome.name[:31]:32}" + "".join(f"{cell:>10}" for cell in [*cells, *_cost(scored)]))
        if misses:
            _print_misses(scored)
    sums = total(compared)
    print(f"{'all':32}" + "".join(f"{sums[subject]!s:>10}" for subject in SUBJECTS))
    print(f"{'share':32}" + "".join(f"{sums[subject].share:>10.3f}" for subject in SUBJECTS))
    print(f"{'bar':32}" + "".join(f"{BARS.get(subject, ''):>10}" for subject in SUBJECTS) + "\n")


def _print_misses(scored: Scored) -> None:
    for fact in scored.misses:
        print(
            f"    {fact.subject}: {fact.words[:150]}" + (f" - ours: {fact.ours[:110]}" if fact.ours else "")
        )
    for fact, entry in scored.allowed:
        print(f"    (we are right) {fact.subject}: {fact.words[:150]} - {entry.reason}")


def _print_counted(others: Sequence[Scored]) -> None:
    """Print what was found where nobody read the recording before: how many rows of each subject."""
    heads = [*LISTS, "errors", "requests", "seconds"]
    print(
        f"{'without expectations':32}"
        + "".join(f"{_SHORT.get(head, head)[:9]:>10}" for head in heads)
        + "  profile"
    )
    for scored in others:
        outcome = scored.outcome
        cells = [str(outcome.counts[subject] or "-") for subject in LISTS]
        cells += [str(scored.count("errors") or "-"), *_cost(scored)]
        device = outcome.device
        about = " ".join(
            str(device[key]) for key in ("profile", "vendor", "model", "os_version", "serial") if device[key]
        )
        print(f"{outcome.name[:31]:32}" + "".join(f"{cell:>10}" for cell in cells) + f"  {about}")
        _print_misses(scored)
    print()


def _cost(scored: Scored) -> tuple[str, str]:
    outcome = scored.outcome
    return "+".join(map(str, outcome.requests)), f"{outcome.seconds:.2f}"


def describe(all_scored: Sequence[Scored], stale: Sequence[Entry], failures: Sequence[str]) -> dict[str, Any]:
    """Give the whole run as one object."""
    compared = [scored for scored in all_scored if scored.outcome.is_compared]
    return {
        "bars": {
            subject: {
                "share": round(sums.share, 4),
                "matched": sums.matched,
                "expected": sums.expected,
                "bar": BARS.get(subject),
            }
            for subject, sums in total(compared).items()
        },
        "failures": list(failures),
        "stale": [f"{entry.recording} {entry.subject} {entry.fact}" for entry in stale],
        "recordings": {
            scored.outcome.name: {
                "scores": {subject: [part.matched, part.expected] for subject, part in scored.scores.items()},
                **{subject: scored.count(subject) for subject in NEVER},
                "requests": list(scored.outcome.requests),
                "seconds": round(scored.outcome.seconds, 3),
                "counts": dict(scored.outcome.counts),
                "device": scored.outcome.device,
                "misses": [[fact.subject, fact.words, fact.ours] for fact in scored.misses],
                "allowed": [[fact.subject, fact.words, entry.reason] for fact, entry in scored.allowed],
            }
            for scored in all_scored
        },
    }
