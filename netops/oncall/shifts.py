"""Who has it at an instant, and the shifts and gaps of a span of time."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter

from netops.model.wall_time import DAY, WallSpan, join_spans, to_instant, to_wall
from netops.oncall.schedule import Gap, Override, Rotation, Schedule, Shift, ShiftReason


@dataclass(frozen=True, slots=True)
class _Piece:
    """A time in which one person has it by one rotation, in one turn."""

    starts_at: datetime
    ends_at: datetime
    person: str


def who_is_on_call(schedule: Schedule, at: datetime) -> Shift | None:
    """Give the whole shift that an instant falls in; None when nobody has it."""
    reach = 2 * DAY + max(
        (
            *(rotation.turn for rotation in schedule.rotations),
            *(
                override.ends_at - override.starts_at
                for override in schedule.overrides
                if override.starts_at <= at < override.ends_at
            ),
        ),
        default=timedelta(0),
    )
    for shift in _find_shifts(schedule, at - reach, at + reach):
        if shift.starts_at <= at < shift.ends_at:
            return shift
    return None


def list_shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """Give the shifts of a span of time in order; the first and the last are cut to it."""
    return list(_find_shifts(schedule, start, end))


def find_gaps(schedule: Schedule, start: datetime, end: datetime) -> list[Gap]:
    """Give the times within a span in which nobody has it, in order; the first and the last are cut to it."""
    gaps, covered_to = [], start
    for shift in _find_shifts(schedule, start, end):
        if shift.starts_at > covered_to:
            gaps.append(Gap(schedule.name, covered_to, shift.starts_at))
        covered_to = shift.ends_at
    if covered_to < end:
        gaps.append(Gap(schedule.name, covered_to, end))
    return gaps


def _find_shifts(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Shift]:
    """Cut the span wherever something begins or ends, ask who has each piece, and join what is one shift."""
    layers = [list(_find_pieces(schedule, rotation, start, end)) for rotation in schedule.rotations]
    overrides = [one for one in schedule.overrides if one.starts_at < end and one.ends_at > start]
    spans: list[_Piece | Override] = [*overrides, *(piece for layer in layers for piece in layer)]
    cuts = {start, end, *(one.starts_at for one in spans), *(one.ends_at for one in spans)}
    edges = sorted(cut for cut in cuts if start <= cut <= end)
    begins = [[piece.starts_at for piece in layer] for layer in layers]
    holders = (
        (_find_override(overrides, base := _find_holder(layers, begins, begin), begin) or base, begin, stop)
        for begin, stop in pairwise(edges)
    )
    for holder, run in groupby(holders, key=itemgetter(0)):
        pieces = list(run)
        if holder is not None:
            yield _make_shift(schedule, holder, pieces[0][1], pieces[-1][2])


def _find_holder(
    layers: Sequence[Sequence[_Piece]], begins: Sequence[Sequence[datetime]], at: datetime
) -> _Piece | None:
    """Give the piece of the topmost rotation that holds at an instant."""
    for pieces, starts in zip(reversed(layers), reversed(begins), strict=True):
        place = bisect_right(starts, at) - 1
        if place >= 0 and at < pieces[place].ends_at:
            return pieces[place]
    return None


def _find_override(overrides: Sequence[Override], base: _Piece | None, at: datetime) -> Override | None:
    """Give the last override that holds at an instant."""
    by_rotation = base.person if base else ""
    for override in reversed(overrides):
        if override.starts_at <= at < override.ends_at and override.instead_of in {"", by_rotation}:
            return override
    return None


def _make_shift(schedule: Schedule, holder: _Piece | Override, start: datetime, end: datetime) -> Shift:
    if isinstance(holder, _Piece):
        return Shift(schedule.name, holder.person, start, end, ShiftReason.ROTATION)
    return Shift(schedule.name, holder.person, start, end, ShiftReason.OVERRIDE, holder.instead_of, holder.id)


def _find_pieces(schedule: Schedule, rotation: Rotation, start: datetime, end: datetime) -> Iterator[_Piece]:
    """Give what a rotation says of a span of time, in order; pieces at its ends are not cut."""
    for person, (begin, stop) in _find_wall_pieces(
        rotation, to_wall(start, schedule.zone) - DAY, to_wall(end, schedule.zone) + DAY
    ):
        # What falls whole into the hour that clocks skip has no length, and is nobody's.
        piece = _Piece(to_instant(begin, schedule.zone), to_instant(stop, schedule.zone), person)
        if piece.starts_at < piece.ends_at and piece.starts_at < end and piece.ends_at > start:
            yield piece


def _find_wall_pieces(rotation: Rotation, start: datetime, end: datetime) -> Iterator[tuple[str, WallSpan]]:
    """Give each turn, cut to the hours in which the rotation holds, on the clock."""
    turn = max(0, (start - rotation.first_turn) // rotation.turn)
    while (begin := rotation.first_turn + turn * rotation.turn) < end:
        stop = begin + rotation.turn
        person = rotation.people[turn % len(rotation.people)]
        for hours in _cut(rotation, begin, stop, max(begin, start - 8 * DAY), min(stop, end + 8 * DAY)):
            yield person, hours
        turn += 1


def _cut(
    rotation: Rotation, begin: datetime, stop: datetime, near: datetime, far: datetime
) -> Iterator[WallSpan]:
    """Give the hours of a turn in which its rotation holds; only those between ``near`` and ``far`` are looked for."""
    if not rotation.only:
        yield begin, stop
        return
    for first, last in join_spans(hours for span in rotation.only for hours in span.find_between(near, far)):
        if max(first, begin) < min(last, stop):
            yield max(first, begin), min(last, stop)
