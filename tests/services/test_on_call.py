"""Routes and the plan, as decisions about messages ask them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from fakes import START
from netops.oncall.person import Person
from netops.oncall.plan import OncallPlan
from netops.services.on_call import OnCallBook
from netops.settings.oncall import OncallSettings

SETTINGS = OncallSettings.model_validate(
    {
        "channels": {"mail": {"type": "webhook", "url": "http://127.0.0.1:9/"}},
        "policies": {"net": {"steps": [{"notify": ["channel:mail"]}]}},
        "routes": [{"policy": "net", "group_by": ["site", "room"]}],
    }
)


def key(**labels):
    (route,) = OnCallBook(SETTINGS, OncallPlan()).list_routes(labels)
    return route.key


def test_a_plain_group_has_a_plain_key():
    assert key(site="hq", room="1") == "net{}{site=hq,room=1}"


def test_values_with_commas_and_braces_do_not_make_one_group_of_two():
    assert key(site="a,room=b", room="") != key(site="a", room="b,room=")
    assert key(site='a"', room="") != key(site='"a\\""', room="")


def test_a_long_value_makes_a_key_that_fits_into_an_index_of_postgresql():
    long, other = key(site="交" * 4096), key(site="交" * 4095 + "x")
    assert len(long.encode()) < 1200
    assert long != other


def test_who_is_not_in_the_plan_has_no_quiet_hours():
    book = OnCallBook(SETTINGS, OncallPlan(people={"ann": Person("ann", "Ann", "en", ZoneInfo("UTC"))}))
    assert book.find_quiet_end("eve", "minor", START + timedelta(hours=1)) is None
    assert book.find_quiet_end("ann", "minor", START) is None


def test_a_nul_in_a_label_does_not_reach_the_key():
    """PostgreSQL takes none in a text, and all that is told is one transaction."""
    assert "\0" not in key(site="h\0q", room="1")
