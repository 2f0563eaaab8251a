"""What the daemon tells of itself: counters of its own in a registry of its own, no global one.

A part that counts by itself (the SNMP engine, the writer, the scheduler) is followed: its number is read
when Prometheus asks. What happens at an instant and must be spread over buckets (polls, scrapes) is told here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from netops import errors
from netops.followed import FOLLOWED, Followed

PollOutcomeWord = Literal["answered", "refused", "unreachable"]
POLL_OUTCOMES: tuple[PollOutcomeWord, ...] = ("answered", "refused", "unreachable")
ScrapeEndpoint = Literal["metrics", "probe", "sd"]
SCRAPE_ENDPOINTS: tuple[ScrapeEndpoint, ...] = ("metrics", "probe", "sd")

_POLL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SCRAPE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def _kinds_below(root: type[errors.DeviceError]) -> set[str]:
    return {root.kind}.union(*(_kinds_below(child) for child in root.__subclasses__()))


TIMEOUT_KINDS = frozenset(_kinds_below(errors.DeviceUnreachable))
"""Words of netops.errors that mean: nobody answered."""
ERROR_KINDS = frozenset(_kinds_below(errors.DeviceError)) - TIMEOUT_KINDS
"""Words of netops.errors that mean: somebody answered, but not with what was asked."""


Reader = Callable[[], float | Mapping[str, float] | Mapping[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was counted at one instant, to be worded elsewhere than on the event loop."""

    own: Sequence[Metric]
    followed: Sequence[tuple[Followed, float | Mapping[str, float] | Mapping[tuple[str, ...], float]]]

    def list_samples(self) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], float]]:
        """Give the name, the names and values of the labels, and the number of each sample."""
        for metric in self.own:
            for sample in metric.samples:
                yield sample.name, tuple(sample.labels), tuple(sample.labels.values()), sample.value
        for family, told in self.followed:
            if isinstance(told, Mapping):
                for values, number in told.items():
                    yield (
                        family.name,
                        family.labels,
                        (values,) if isinstance(values, str) else values,
                        number,
                    )
            else:
                yield family.name, (), (), told


class Telemetry:
    """The daemon's own metrics; one for the process, built in the composition root and handed on."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._followed = _FollowedNumbers()
        self.registry.register(self._followed)
        self._register_build(version)
        self._register_polls()
        self._register_scrapes()
        self._register_settings()

    def follow(self, family: Followed, read: Reader) -> None:
        """Read a number elsewhere at every scrape, from now on.

        Args:
            family: One of FOLLOWED. It is absent from the output until it is followed.
            read: Gives the number, or label value to number, or label values to number. It is called on the
                event loop and must be quick. A second one replaces the first.
        """
        self._followed.readers[family] = read

    def observe_poll(
        self,
        outcome: PollOutcomeWord,
        *,
        duration_seconds: float,
        lag_seconds: float,
        error_kinds: Iterable[str] = (),
    ) -> None:
        """Count one poll of one device.

        Args:
            outcome: ``refused`` where somebody is there who does not let us in.
            duration_seconds: From its start to its end.
            lag_seconds: How late it began after its time.
            error_kinds: The ``kind`` of each netops.errors.DeviceError it met.
        """
        self._polls.labels(outcome).inc()
        self._poll_duration.observe(duration_seconds)
        self._poll_lag.observe(lag_seconds)
        for kind in error_kinds:
            family = self._poll_timeouts if kind in TIMEOUT_KINDS else self._poll_errors
            family.labels(kind).inc()

    def observe_scrape(self, endpoint: ScrapeEndpoint, *, duration_seconds: float, size_bytes: int) -> None:
        """Count one answer to Prometheus; the size is without compression."""
        self._scrape_duration.labels(endpoint).observe(duration_seconds)
        self._scrape_size.labels(endpoint).set(size_bytes)

    def settings_reloaded(self, *, successful: bool, at_seconds: float) -> None:
        """Note that the settings were read, at the start too; after a failure the running ones stay in force.

        Args:
            successful: Whether they could be applied.
            at_seconds: When, in seconds since 1970; kept only when successful.
        """
        self._reload_successful.set(1 if successful else 0)
        if successful:
            self._reload_timestamp.set(at_seconds)

    def snapshot(self, wants: Callable[[str], bool]) -> "Snapshot":
        """Take down what is counted now, of followed families only those wanted; quick, for it is on the event loop."""
        with self._followed.left_out():
            own = list(self.registry.collect())
        followed = [
            (family, told if not isinstance(told := read(), Mapping) else dict(told))
            for family, read in self._followed.readers.items()
            if wants(family.name)
        ]
        return Snapshot(own, followed)

    def render(self) -> bytes:
        """Give the text format 0.0.4, UTF-8. About 2 ms, more with thousands of followed numbers; reads /proc."""
        with self._followed.left_out():
            own = generate_latest(_WithoutCreated(self.registry))
        return own + self._followed.render()

    def _register_build(self, version: str) -> None:
        build = Gauge(
            "netops_build_info", "The running netops; always 1.", ["version"], registry=self.registry
        )
        build.labels(version).set(1)

    def _register_polls(self) -> None:
        registry = self.registry
        self._polls = Counter("netops_polls", "Polls finished, by result.", ["result"], registry=registry)
        self._poll_duration = Histogram(
            "netops_poll_duration_seconds",
            "Duration of polls, in seconds.",
            buckets=_POLL_BUCKETS,
            registry=registry,
        )
        self._poll_lag = Histogram(
            "netops_poll_lag_seconds",
            "How late polls began after their time, in seconds.",
            buckets=_POLL_BUCKETS,
            registry=registry,
        )
        self._poll_timeouts = Counter(
            "netops_poll_timeouts", "Polls that nobody answered, by kind.", ["kind"], registry=registry
        )
        self._poll_errors = Counter(
            "netops_poll_errors", "Failed subjects of answered polls, by kind.", ["kind"], registry=registry
        )
        # From zero, so that increase() sees the first one.
        for outcome in POLL_OUTCOMES:
            self._polls.labels(outcome)
        for kind in sorted(TIMEOUT_KINDS):
            self._poll_timeouts.labels(kind)
        for kind in sorted(ERROR_KINDS):
            self._poll_errors.labels(kind)

    def _register_scrapes(self) -> None:
        registry = self.registry
        self._scrape_duration = Histogram(
            "netops_scrape_duration_seconds",
            "Time to answer Prometheus until the last byte was handed over, in seconds.",
            ["endpoint"],
            buckets=_SCRAPE_BUCKETS,
            registry=registry,
        )
        self._scrape_size = Gauge(
            "netops_scrape_size_bytes",
            "Size of the latest answer to Prometheus before compression, in bytes.",
            ["endpoint"],
            registry=registry,
        )
        for endpoint in SCRAPE_ENDPOINTS:
            self._scrape_duration.labels(endpoint)
            self._scrape_size.labels(endpoint)

    def _register_settings(self) -> None:
        self._reload_successful = Gauge(
            "netops_settings_last_reload_successful",
            "1 when the settings last read are in force; 0 when they were refused and older ones are.",
            registry=self.registry,
        )
        self._reload_timestamp = Gauge(
            "netops_settings_last_reload_timestamp_seconds",
            "When settings were last put in force, in seconds since 1970.",
            registry=self.registry,
        )


class _FollowedNumbers(Collector):
    """Reads what other parts count."""

    def __init__(self) -> None:
        self.readers: dict[Followed, Reader] = {}
        self._is_left_out = False

    def describe(self) -> Iterator[Metric]:
        """Claim the names, so that the registry refuses a second owner."""
        for family in FOLLOWED:
            yield _empty_metric(family)

    def collect(self) -> Iterator[Metric]:
        """Ask each part once."""
        for family, read in () if self._is_left_out else self.readers.items():
            metric = _empty_metric(family)
            told = read()
            if isinstance(told, Mapping):
                for value, number in told.items():
                    metric.add_metric([value] if isinstance(value, str) else value, number)
            else:
                metric.add_metric([], told)
            yield metric

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Be collected as empty meanwhile."""
        self._is_left_out = True
        try:
            yield
        finally:
            self._is_left_out = False

    def render(self) -> bytes:
        """Give the text format of all, faster than prometheus-client: each of thousands of devices has several."""
        lines: list[str] = []
        for family, read in self.readers.items():
            name, told = family.name, read()
            lines += (f"# HELP {name} {family.help}", f"# TYPE {name} {family.type}")
            if not isinstance(told, Mapping):
                lines.append(f"{name} {_word(told)}")
                continue
            heads = [f'{label}="' for label in family.labels]
            for values, number in told.items():
                texts = (values,) if isinstance(values, str) else values
                labels = ",".join(
                    [f'{head}{_escape(text)}"' for head, text in zip(heads, texts, strict=True)]
                )
                lines.append(f"{name}{{{labels}}} {_word(number)}" if labels else f"{name} {_word(number)}")
        return "".join([f"{line}\n" for line in lines]).encode()


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def _escape(value: str) -> str:
    is_plain = "\\" not in value and '"' not in value and "\n" not in value
    return value if is_plain else value.translate(_ESCAPES)


def _word(number: float) -> str:
    """Write a number as prometheus-client does, which needs its care for large and odd ones only."""
    if -999_999 < number < 999_999:
        return repr(float(number))
    return str(floatToGoString(number))  # type: ignore[no-untyped-call]


def _empty_metric(family: Followed) -> CounterMetricFamily | GaugeMetricFamily:
    kind = CounterMetricFamily if family.type == "counter" else GaugeMetricFamily
    return kind(family.name, family.help, labels=family.labels)


class _WithoutCreated(Collector):
    """A registry's metrics without the ``_created`` instants, which doubled the text and Prometheus ignores.

    prometheus-client switches them off only for the whole process.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
