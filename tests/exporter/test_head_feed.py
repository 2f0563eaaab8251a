"""What rules see of a poll, held against what Prometheus sees of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from alerting.rule_text import load
from exporter.polls import (
    START,
    START_MS,
    THRESHOLDS,
    make_checks,
    make_full_poll,
    make_interface,
    make_poll,
    make_silent_poll,
    parse,
)
from netops.alerting.alerts import AlertState
from netops.alerting.head import Head
from netops.alerting.labels import Labels
from netops.alerting.managed_rules import collect_uses, make_managed_rules
from netops.alerting.promql.matchers import Selection
from netops.alerting.rule_set import RuleSet
from netops.exporter.head_feed import HeadFeed
from netops.exporter.render import DeviceFacts, DeviceRenderer
from netops.model.reading import PollResult, ProcessorReading, SubjectError
from netops.services.check_rules import load_rules
from netops.settings.thresholds import ThresholdOptions
from netops.telemetry import Telemetry

FACTS = DeviceFacts("sw-1", site="hq", address="10.0.0.1", vendor="Acme", thresholds=THRESHOLDS)
EVERYTHING = Selection([])
HOT = ThresholdOptions.model_validate({"processor": {"critical": 90, "for": "0s"}})
Seen = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def see(head: Head, at_ms: int) -> Seen:
    """Give what is present at an instant, as tests of the exposition name it."""
    head.absorb()
    found: Seen = {}
    for series in head.select(EVERYTHING):
        latest = series.latest(at_ms - 300_000, at_ms)
        if latest is not None:
            labels = series.labels.as_dict()
            name = labels.pop("__name__")
            found[name, tuple(sorted(labels.items()))] = latest[1]
    return found


def show(*polls: PollResult) -> Seen:
    """Give what Prometheus sees after these polls; a label without a value is none to it."""
    renderer, blocks = DeviceRenderer(FACTS), {}
    for poll in polls:
        blocks = renderer.render(poll, blocks)
    return {
        (name, tuple(pair for pair in labels if pair[1])): value
        for (name, labels), value in parse(b"".join(blocks.values())).items()
    }


@pytest.fixture
def head() -> Head:
    return Head()


def feed(head: Head, *polls: PollResult) -> HeadFeed:
    fed = HeadFeed(head)
    for poll in polls:
        fed.take(FACTS, poll)
    return fed


def names(seen: Seen) -> set[str]:
    return {name for name, _labels in seen}


@pytest.mark.parametrize(
    "polls",
    [
        [make_full_poll()],
        [make_full_poll(), make_silent_poll(after_seconds=60)],
        [make_full_poll(), make_full_poll(after_seconds=60)],
        [make_full_poll(), make_poll(after_seconds=60)],
        [make_full_poll(), make_silent_poll(after_seconds=30), make_poll(after_seconds=60, checks=[])],
        [make_full_poll(), make_poll(after_seconds=60, errors=[SubjectError("health", "timeout", "")])],
        [make_full_poll(), make_poll(after_seconds=60, errors=[SubjectError("interfaces", "timeout", "")])],
        [
            make_full_poll(),
            make_poll(after_seconds=60, interfaces=[make_interface("Gi0/2", 2, alias="other")]),
        ],
        [
            make_poll(
                interfaces=[make_interface("Gi0/1", counters=None, speed_bps=None), make_interface("Gi0/1")]
            )
        ],
        [make_poll(interfaces=[make_interface("Gi\udc80/\x001")])],
    ],
    ids=[
        "everything",
        "silence",
        "again",
        "nothing due",
        "silence, then no checks",
        "health failed",
        "interfaces failed",
        "an interface gone",
        "twins",
        "no Unicode",
    ],
)
def test_rules_see_what_prometheus_sees(head, polls):
    feed(head, *polls)
    assert see(head, START_MS + 61_000) == show(*polls)


def test_gauges_that_are_not_due_for_long_stay_and_counters_get_no_samples_that_were_not_read(head):
    polls = [make_poll(after_seconds=60 * minute) for minute in range(1, 10)]
    feed(head, make_full_poll(), *polls)
    seen = names(see(head, START_MS + 541_000))
    assert "netops_interface_oper_status" in seen
    assert "netops_storage_used_bytes" in seen
    assert "netops_interface_in_bytes_total" not in seen


def test_a_device_that_is_removed_ends_at_once(head):
    fed = feed(head, make_full_poll())
    fed.remove("sw-1", START + timedelta(seconds=1))
    fed.remove("sw-1", START + timedelta(seconds=2))
    assert see(head, START_MS + 1000) == {}


def test_only_what_rules_read_is_kept(tmp_path):
    rules = RuleSet(
        [load(tmp_path, "groups: [{name: g, rules: [{alert: A, expr: netops_interface_up == 0}]}]")]
    )
    head = Head(rules.needs)
    feed(head, make_full_poll())
    assert names(see(head, START_MS)) == {"netops_interface_up"}


def test_the_daemons_own_metrics_are_there_under_their_full_names(head):
    telemetry = Telemetry("1.2.3")
    telemetry.observe_poll("answered", duration_seconds=0.1, lag_seconds=0.2)
    fed = HeadFeed(head)
    fed.take_own(telemetry.snapshot(lambda _name: True), START)
    seen = see(head, START_MS)
    assert seen["netops_build_info", (("version", "1.2.3"),)] == 1
    assert seen["netops_polls_total", (("result", "answered"),)] == 1
    assert seen["netops_poll_lag_seconds_bucket", (("le", "+Inf"),)] == 1


def test_labels_are_made_once_for_a_series(head):
    feed(head, make_full_poll(), make_full_poll(after_seconds=60))
    see(head, START_MS + 61_000)
    assert all(len(series) == 2 for series in head.select(EVERYTHING) if "info" not in series.labels.name)


def test_an_alert_is_raised_held_and_ended_from_polls(tmp_path):
    text = """
    groups:
      - name: g
        rules:
          - alert: Down
            expr: netops_interface_up == 0 and on (device, interface) netops_interface_admin_status == 1
    """
    rules = RuleSet([load(tmp_path, text)])
    head = Head(rules.needs)
    fed = HeadFeed(head)
    told = []
    down = make_interface("Gi0/1", 1, oper_status=2)
    for minute, poll in enumerate(
        [
            make_poll(interfaces=[make_interface("Gi0/1", 1)]),
            make_poll(after_seconds=60, interfaces=[down]),
            make_silent_poll(after_seconds=120),
            make_poll(after_seconds=180, interfaces=[make_interface("Gi0/1", 1)]),
        ]
    ):
        fed.take(FACTS, poll)
        alerts = rules.evaluate(head, START + timedelta(minutes=minute, seconds=1)).alerts
        told.append([(str(alert.labels), alert.is_held) for alert in alerts])
    labels = str(Labels({"alertname": "Down", "device": "sw-1", "interface": "Gi0/1"}))
    assert told == [[], [(labels, False)], [(labels, True)], []]


def test_an_alert_of_a_threshold_is_held_while_its_sensor_is_not_read_though_its_level_is_there(tmp_path):
    (tmp_path / "managed.yaml").write_text(make_managed_rules(collect_uses([HOT])), encoding="utf-8")
    rules = RuleSet(load_rules([tmp_path / "managed.yaml"]))
    head = Head(rules.needs)
    fed = HeadFeed(head)
    facts = DeviceFacts("sw-1", thresholds=HOT)
    told = []
    for minute, poll in enumerate(
        [
            make_poll(processors=[ProcessorReading("0", 95)]),
            make_poll(after_seconds=60, processors=[ProcessorReading("0", 95)]),
            make_poll(after_seconds=120, errors=[SubjectError("health", "timeout", "")]),
            make_poll(after_seconds=600, errors=[SubjectError("health", "timeout", "")]),
            make_poll(after_seconds=660, processors=[ProcessorReading("0", 1)]),
            make_poll(after_seconds=960, processors=[ProcessorReading("0", 1)]),
        ]
    ):
        fed.take(facts, poll)
        at = poll.started_at + timedelta(seconds=1)
        alerts = rules.evaluate(head, at).alerts
        told.append((minute, [alert.is_held for alert in alerts]))
    assert told == [(0, [False]), (1, [False]), (2, [False]), (3, [True]), (4, []), (5, [])]


def test_alerts_of_checks_outlast_a_silent_device_and_end_when_the_checks_are_taken_out():
    rules = RuleSet(load_rules([Path(__file__).parents[2] / "alerts" / "services.yaml"]))
    head = Head(rules.needs)
    fed = HeadFeed(head)
    web, ssh = make_checks()
    web.certificate.is_trusted = True
    silent = make_silent_poll(after_seconds=240)
    silent.checks = [web, ssh]
    told = []
    for poll in [
        *(make_poll(after_seconds=60 * minute, checks=[web, ssh]) for minute in range(4)),
        silent,
        make_silent_poll(after_seconds=300),
        make_poll(after_seconds=360, checks=[web]),
        make_poll(after_seconds=420, checks=[]),
    ]:
        fed.take(FACTS, poll)
        evaluation = rules.evaluate(head, poll.started_at + timedelta(seconds=1))
        firing = [alert for alert in evaluation.alerts if alert.state is AlertState.FIRING]
        assert not any(alert.is_held for alert in firing)
        told.append(
            sorted(f"{alert.labels.get('alertname')} {alert.labels.get('check')}" for alert in firing)
        )
    web_soon, ssh_failing = "CertificateExpiresSoon web", "ServiceCheckFailing ssh"
    assert told[0] == told[1] == [web_soon]
    assert told[2] == told[3] == told[4] == told[5] == [web_soon, ssh_failing]
    assert told[6:] == [[web_soon], []]
