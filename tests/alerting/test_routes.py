from datetime import timedelta
from typing import Any

from netops.alerting.routes import find_routes, make_routes
from netops.settings.policies import RouteSettings


def routes(*given: dict[str, Any]):
    return make_routes([RouteSettings.model_validate(one) for one in given])


def taken(made, **labels: str) -> list[str]:
    return [route.policy for route in find_routes(made, labels)]


def test_the_first_route_that_matches_takes_an_alert():
    made = routes(
        {"match": ["severity=critical", "site=~hz-.*"], "policy": "a"},
        {"match": ["severity=critical"], "policy": "b"},
        {"policy": "c"},
    )
    assert taken(made, severity="critical", site="hz-1") == ["a"]
    assert taken(made, severity="critical", site="bj-1") == ["b"]
    assert taken(made, severity="minor") == ["c"]


def test_a_route_that_goes_on_lets_the_next_one_take_it_too():
    made = routes({"policy": "a", "continue": True}, {"match": ["x=1"], "policy": "b"}, {"policy": "c"})
    assert taken(made, x="1") == ["a", "b"]
    assert taken(made, x="2") == ["a", "c"]


def test_an_alert_that_meets_no_route_goes_to_nobody():
    assert taken(routes({"match": ["x!=1"], "policy": "a"}), x="1") == []
    assert taken(routes(), x="1") == []


def test_alerts_with_the_same_values_are_one_group():
    (route,) = routes({"policy": "a", "group_by": ["site", "device"], "group_wait": "30s"})
    assert route.group_of({"site": "hz", "alertname": "X"}) == (("site", "hz"), ("device", ""))
    assert route.group_wait == timedelta(seconds=30)
    assert (route.group_interval, route.remind_every) == (timedelta(minutes=1), timedelta(hours=4))
