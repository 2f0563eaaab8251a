"""Routes: which escalation policies an alert goes to, and how it is grouped on the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from netops.alerting.promql.matchers import Matcher
from netops.alerting.silences import meets, parse_matcher
from netops.settings.policies import RouteSettings


@dataclass(frozen=True, slots=True)
class Route:
    """A way from alerts to a policy."""

    number: int
    """Its place in the file, counted from 0."""
    matchers: tuple[Matcher, ...]
    """All must be met; empty, it holds for every alert."""
    policy: str
    group_by: tuple[str, ...]
    """Alerts with the same values of these labels are told together."""
    group_wait: timedelta
    group_interval: timedelta
    remind_every: timedelta
    goes_on: bool = False
    """Whether the routes after it are asked too."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Say whether an alert of these labels takes it."""
        return meets(self.matchers, labels)

    def group_of(self, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Give the labels, with their values, that an alert shares with its group."""
        return tuple((name, labels.get(name, "")) for name in self.group_by)


def make_routes(settings: Iterable[RouteSettings]) -> tuple[Route, ...]:
    """Turn settings into routes, in their order."""
    return tuple(
        Route(
            number,
            tuple(map(parse_matcher, route.match)),
            route.policy,
            route.group_by,
            route.group_wait,
            route.group_interval,
            route.remind_every,
            route.go_on,
        )
        for number, route in enumerate(settings)
    )


def find_routes(routes: Iterable[Route], labels: Mapping[str, str]) -> list[Route]:
    """Give the routes that an alert takes: the first that matches, and more where it goes on; empty for nobody."""
    taken: list[Route] = []
    for route in routes:
        if route.matches(labels):
            taken.append(route)
            if not route.goes_on:
                break
    return taken
