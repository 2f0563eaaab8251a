import gettext
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from netops.model.wall_time import WeeklySpan
from netops.oncall.gaps import find_coming_gaps, find_used_schedules, word_gaps
from netops.oncall.plan import OncallPlan, Policy, Step
from netops.oncall.schedule import Rotation, Schedule
from netops.settings.policies import parse_target
from slow_shifts import utc

HOUR = timedelta(hours=1)
ENGLISH = gettext.NullTranslations()
DAYS = WeeklySpan(8 * HOUR, 17 * HOUR, frozenset(range(5)))
FIRST = datetime.fromisoformat("2026-01-05 09:00")
FULL = Schedule("full", ZoneInfo("Europe/Berlin"), (Rotation(("ana",), FIRST, 24 * HOUR),))
OFFICE = Schedule("office", ZoneInfo("Europe/Berlin"), (Rotation(("ana",), FIRST, 24 * HOUR, (DAYS,)),))


def test_only_schedules_with_gaps_are_told_of():
    found = find_coming_gaps({"full": FULL, "office": OFFICE}, utc("2026-03-27 12:00"), timedelta(days=3))
    assert [one.schedule.name for one in found] == ["office"]
    assert [(gap.starts_at, gap.ends_at) for gap in found[0].gaps] == [
        (utc("2026-03-27 16:00"), utc("2026-03-30 06:00"))  # over the weekend on which clocks change
    ]


def test_gaps_are_told_in_the_schedules_own_time():
    (coming,) = find_coming_gaps({"office": OFFICE}, utc("2026-03-27 12:00"), timedelta(days=3))
    assert word_gaps(coming, ENGLISH) == (
        "Nobody is on call in schedule office at 1 time ahead:\n"
        "from 2026-03-27 17:00 CET to 2026-03-30 08:00 CEST"
    )


def test_a_long_list_is_cut_and_says_so():
    (coming,) = find_coming_gaps({"office": OFFICE}, utc("2026-03-27 12:00"), timedelta(days=21))
    lines = word_gaps(coming, ENGLISH).split("\n")
    assert len(lines) == 1 + 10 + 1
    assert lines[-1] == f"and {len(coming.gaps) - 10} more"


def test_schedules_that_no_policy_asks_are_left_out():
    policy = Policy("p", (Step((parse_target("schedule:office"), parse_target("person:ana")), HOUR),))
    plan = OncallPlan(schedules={"full": FULL, "office": OFFICE}, policies={"p": policy})
    assert list(find_used_schedules(plan)) == ["office"]
