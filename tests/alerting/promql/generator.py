"""Makes PromQL of every part of the subset, at random, over a few small series."""

import random
from collections.abc import Callable

INTERVAL_SECONDS = 60
COUNTERS = ("c_total",)
GAUGES = ("g", "h")


def make_series(rng: random.Random, length: int) -> dict[str, str]:
    """Give series and their values in the notation of test files; gauges have gaps and ends, counters resets."""
    series: dict[str, str] = {}
    for a in ("x", "y"):
        for b in ("p", "q"):
            value, words = rng.randint(0, 50), []
            for _ in range(length):
                value = rng.randint(0, 5) if rng.random() < 0.05 else value + rng.randint(0, 40)
                words.append(str(value))
            series[f'c_total{{a="{a}", b="{b}"}}'] = " ".join(words)
            series[f'g{{a="{a}", b="{b}"}}'] = " ".join(_gauge(rng) for _ in range(length))
        series[f'h{{a="{a}"}}'] = " ".join(f"{rng.uniform(-9, 9):.3f}" for _ in range(length))
        counts = [0, 0, 0]
        rows: list[list[str]] = [[], [], []]
        for _ in range(length):
            step = sorted(rng.randint(0, 9) for _ in counts)
            counts = [count + more for count, more in zip(counts, step, strict=True)]
            for row, count in zip(rows, counts, strict=True):
                row.append(str(count))
        for bound, row in zip(("0.5", "2", "+Inf"), rows, strict=True):
            series[f'd_bucket{{a="{a}", le="{bound}"}}'] = " ".join(row)
    return series


def _gauge(rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.1:
        return "_"
    return "stale" if chance < 0.13 else f"{rng.uniform(-100, 100):.2f}"


class Generator:
    """Gives expressions; each is valid, but may have no answer over the series."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def expression(self) -> str:
        return self.vector(3)

    def pick(self, *ways: Callable[[], str]) -> str:
        return self.rng.choice(ways)()

    def span(self) -> str:
        return self.rng.choice(("2m10s", "5m10s", "7m20s", "11m10s"))

    def number(self) -> str:
        return self.rng.choice(("0", "1", "-2.5", "3", "10", "0.1", "1e2"))

    def matchers(self) -> str:
        return self.rng.choice(
            (
                "",
                "",
                '{a="x"}',
                '{a!="x"}',
                '{a=~"x|z"}',
                '{a!~"y.*"}',
                '{a=~".+"}',
                '{b=~"p?"}',
                '{missing=""}',
            )
        )

    def offset(self) -> str:
        return self.rng.choice(("", "", "", " offset 3m", " offset 2m"))

    def gauge(self) -> str:
        return self.rng.choice(GAUGES) + self.matchers()

    def counter(self) -> str:
        return self.rng.choice(COUNTERS) + self.matchers()

    def grouping(self) -> str:
        return self.rng.choice(
            ("", " by (a)", " by (b)", " by (a, b)", " without (a)", " without (b)", " by ()")
        )

    def vector(self, depth: int) -> str:
        leaves = (
            lambda: self.gauge() + self.offset(),
            lambda: self.counter() + self.offset(),
            self.over_range,
            self.over_range,
            self.of_counter,
        )
        if depth <= 0:
            return self.pick(*leaves)
        return self.pick(
            *leaves,
            lambda: self.aggregation(depth),
            lambda: self.aggregation(depth),
            lambda: self.function(depth),
            lambda: self.with_number(depth),
            lambda: self.pair(depth),
            lambda: self.sets(depth),
            lambda: self.subquery(depth),
            lambda: f"-({self.vector(depth - 1)})",
        )

    def over_range(self) -> str:
        samples = f"{self.gauge()}[{self.span()}]{self.offset()}"
        name = self.rng.choice(
            (
                *("avg", "sum", "min", "max", "count", "last", "present", "stddev", "stdvar"),
                *("quantile", "delta", "idelta", "deriv", "predict_linear", "changes", "resets", "absent"),
            )
        )
        if name == "quantile":
            return f"quantile_over_time({self.rng.choice(('0', '0.3', '0.9', '1'))}, {samples})"
        if name == "predict_linear":
            return f"predict_linear({samples}, {self.rng.choice(('60', '-600', '3600'))})"
        plain = {"delta", "idelta", "deriv", "changes", "resets"}
        return f"{name}({samples})" if name in plain else f"{name}_over_time({samples})"

    def of_counter(self) -> str:
        return self.pick(
            lambda: (
                f"{self.rng.choice(('rate', 'increase', 'irate', 'resets'))}"
                f"({self.counter()}[{self.span()}]{self.offset()})"
            ),
            lambda: (
                f"histogram_quantile({self.rng.choice(('0.1', '0.5', '0.99'))}, "
                f"{self.rng.choice(('rate(d_bucket[7m20s])', 'd_bucket', 'sum by (le) (d_bucket)'))})"
            ),
        )

    def aggregation(self, depth: int) -> str:
        name = self.rng.choice(
            (
                "sum",
                "avg",
                "min",
                "max",
                "count",
                "group",
                "stddev",
                "stdvar",
                "topk",
                "bottomk",
                "quantile",
                "count_values",
            )
        )
        parameter = {"topk": "2, ", "bottomk": "1, ", "quantile": "0.7, ", "count_values": '"v", '}.get(
            name, ""
        )
        inner = self.vector(depth - 1)
        if name in {"topk", "bottomk"}:
            # Among equal values Prometheus chooses by the order in which it happens to hold the series.
            inner = f"avg_over_time({self.gauge()}[{self.span()}])"
        elif name == "count_values":
            inner = f"round({inner}, 0.01)"
        return f"{name}{self.grouping()} ({parameter}{inner})"

    def function(self, depth: int) -> str:
        inner = self.vector(depth - 1)
        return self.pick(
            lambda: (
                f"{self.rng.choice(('abs', 'ceil', 'floor', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'sgn'))}({inner})"
            ),
            lambda: (
                f"{self.rng.choice(('minute', 'hour', 'day_of_week', 'days_in_month', 'month', 'year'))}({inner})"
            ),
            lambda: f"{self.rng.choice(('sin', 'cos', 'tanh', 'atan', 'deg', 'rad'))}({inner})",
            lambda: f"clamp({inner}, -5, 50)",
            lambda: f"clamp_min({inner}, 3)",
            lambda: f"clamp_max({inner}, 3)",
            lambda: f"round({inner}, 0.5)",
            lambda: f"timestamp({self.gauge()})",
            lambda: f"vector(scalar({inner}))",
            lambda: f"absent({self.gauge()} > 1e6)",
            lambda: f"sort_desc({inner})",
            lambda: f'label_replace({inner}, "n", "$1-${{1}}", "a", "(.*)")',
            lambda: f'label_join({inner}, "n", "/", "a", "b")',
        )

    def with_number(self, depth: int) -> str:
        sign = self.rng.choice(("+", "-", "*", "/", "%", ">", "<", ">=", "!=", "== bool", "> bool", "atan2"))
        sides = [f"({self.vector(depth - 1)})", self.number()]
        self.rng.shuffle(sides)
        return f"{sides[0]} {sign} {sides[1]}"

    def pair(self, depth: int) -> str:
        sign = self.rng.choice(("+", "-", "*", "/", ">", "<=", "> bool"))
        return self.pick(
            lambda: f"({self.vector(depth - 1)}) {sign} ({self.vector(depth - 1)})",
            lambda: f"({self.vector(depth - 1)}) {sign} on (a, b) ({self.vector(depth - 1)})",
            lambda: (
                f"({self.vector(depth - 1)}) {sign} on (a) group_left () sum by (a) ({self.vector(depth - 1)})"
            ),
            lambda: (
                f"sum by (a) ({self.vector(depth - 1)}) {sign} on (a) group_right () ({self.vector(depth - 1)})"
            ),
            lambda: (
                f"({self.gauge()}) {sign} ignoring (b) group_left () ({self.rng.choice(('h', 'avg by (a) (g)'))})"
            ),
        )

    def sets(self, depth: int) -> str:
        word = self.rng.choice(("and", "or", "unless"))
        matching = self.rng.choice(("", " on (a)", " ignoring (b)", " on ()"))
        return f"({self.vector(depth - 1)}) {word}{matching} ({self.vector(depth - 1)})"

    def subquery(self, depth: int) -> str:
        name = self.rng.choice(
            ("avg_over_time", "max_over_time", "sum_over_time", "count_over_time", "changes", "deriv")
        )
        step = self.rng.choice(("1m", "2m", "90s", ""))
        return f"{name}(({self.vector(depth - 2)})[{self.span()}:{step}])"
