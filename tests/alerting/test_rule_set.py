"""Rules at work over a wound clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerting.rule_text import load
from netops.alerting.alerts import AlertInstance, AlertState
from netops.alerting.head import Head
from netops.alerting.labels import Labels
from netops.alerting.rule_set import RuleSet, to_milliseconds

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PENDING, FIRING = AlertState.PENDING, AlertState.FIRING


class Watch:
    """A rule set, its head, and a clock that goes on a minute with each value."""

    def __init__(self, folder: Path, text: str, **settings: object) -> None:
        self.rules = RuleSet([load(folder, text)], **settings)  # type: ignore[arg-type]
        self.head = Head(self.rules.needs)
        self.now = START

    def see(self, **values: float) -> tuple[AlertInstance, ...]:
        """Poll a device with these values for each metric, and evaluate."""
        at_ms = to_milliseconds(self.now)
        labels = [Labels({"__name__": name, "device": "a"}) for name in values]
        self.head.take("a", at_ms, labels, list(values.values()))
        self.evaluation = self.rules.evaluate(self.head, self.now)
        self.now += timedelta(minutes=1)
        return self.evaluation.alerts

    def states(self, *values: float, metric: str = "v") -> list[str]:
        told = []
        for value in values:
            alerts = self.see(**{metric: value})
            told.append(alerts[0].state.value if alerts else "-")
        return told


def rule(expr: str = "v > 5", **more: str) -> str:
    lines = "".join(f"\n    {key}: {value}" for key, value in more.items())
    return f"groups:\n- name: g\n  rules:\n  - alert: A\n    expr: {expr}{lines}\n"


def test_an_alert_waits_for_its_time_before_it_fires(tmp_path):
    watch = Watch(tmp_path, rule(**{"for": "2m"}))
    assert watch.states(9, 9, 9, 9, 1) == ["pending", "pending", "firing", "firing", "-"]


def test_a_gap_begins_the_waiting_anew(tmp_path):
    watch = Watch(tmp_path, rule(**{"for": "2m"}))
    assert watch.states(9, 9, 1, 9, 9, 9) == ["pending", "pending", "-", "pending", "pending", "firing"]


def test_without_for_it_fires_at_once(tmp_path):
    (alert,) = Watch(tmp_path, rule()).see(v=9)
    assert (alert.state, alert.active_at, alert.fired_at, alert.value) == (FIRING, START, START, 9)
    assert alert.labels == Labels({"alertname": "A", "device": "a"})


def test_it_fires_on_as_long_as_asked_after_its_condition_ended(tmp_path):
    watch = Watch(tmp_path, rule(keep_firing_for="2m"))
    assert watch.states(9, 1, 1, 9, 1, 1, 1) == ["firing"] * 6 + ["-"]


def test_value_and_annotations_follow_and_the_beginning_stays(tmp_path):
    watch = Watch(tmp_path, rule(annotations='{now: "{{ $value }} on {{ $labels.device }}"}'))
    watch.see(v=9)
    (alert,) = watch.see(v=7)
    assert (alert.value, alert.annotations, alert.active_at) == (7, {"now": "7 on a"}, START)


def test_two_levels_make_one_alert_by_its_own_series(tmp_path):
    watch = Watch(
        tmp_path, rule('v > 90 or (v > 80 and on (device) ALERTS{alertname="A", alertstate="firing"})')
    )
    assert watch.states(85, 91, 85, 81, 79, 85) == ["-", "firing", "firing", "firing", "-", "-"]


def test_labels_are_filled_in_and_a_text_that_fails_says_so(tmp_path):
    watch = Watch(
        tmp_path, rule(labels='{level: "{{ if gt $value 8.0 }}high{{ end }}", bad: "{{ len $value }}"}')
    )
    (alert,) = watch.see(v=9)
    assert alert.labels.get("level") == "high"
    assert alert.labels.get("bad").startswith("<error expanding template: ")


def test_texts_may_query_the_head(tmp_path):
    text = '{{ with printf "w{device=%q}" $labels.device | query }}{{ . | first | value }}{{ end }}'
    watch = Watch(tmp_path, rule(annotations=f"{{other: '{text}'}}"))
    (alert,) = watch.see(v=9, w=4)
    assert alert.annotations == {"other": "4"}


def test_without_any_reading_a_firing_alert_is_held(tmp_path):
    watch = Watch(tmp_path, rule())
    watch.see(v=9)
    (alert,) = watch.see(other=1)
    assert (alert.state, alert.is_held, alert.value) == (FIRING, True, 9)
    (alert,) = watch.see(v=8)
    assert not alert.is_held
    assert watch.see(v=1) == ()


def test_a_reading_of_another_device_is_none_of_this_one(tmp_path):
    watch = Watch(tmp_path, rule())
    watch.see(v=9)
    watch.head.append(Labels({"__name__": "v", "device": "b"}), to_milliseconds(watch.now), 1.0)
    (alert,) = watch.see()
    assert (alert.labels.get("device"), alert.is_held) == ("a", True)


def test_a_pending_alert_without_reading_is_dropped(tmp_path):
    watch = Watch(tmp_path, rule(**{"for": "5m"}))
    watch.see(v=9)
    assert watch.see() == ()


def test_prometheus_way_ends_an_alert_without_reading(tmp_path):
    watch = Watch(tmp_path, rule(), holds_without_data=False)
    watch.see(v=9)
    assert watch.see() == ()


def test_a_held_alert_of_a_removed_device_can_be_forgotten(tmp_path):
    watch = Watch(tmp_path, rule())
    watch.see(v=9)
    watch.see()
    watch.rules.forget({"device": "a", "interface": "x"})
    assert len(watch.rules.present().alerts) == 1
    watch.rules.forget({"device": "a"})
    assert watch.rules.present().alerts == ()


def test_a_rule_reads_what_the_one_before_it_recorded(tmp_path):
    watch = Watch(
        tmp_path,
        """
        groups:
          - name: g
            rules:
              - {record: "twice:v", expr: "v * 2", labels: {kind: twice}}
              - {alert: A, expr: "twice:v > 10"}
        """,
    )
    (alert,) = watch.see(v=6)
    assert alert.labels == Labels({"alertname": "A", "device": "a", "kind": "twice"})
    assert watch.see(v=4) == ()


def test_series_that_no_alert_reads_are_not_recorded_where_nobody_asks_for_them(tmp_path):
    text = """
        groups:
          - name: g
            rules:
              - {record: "a:v", expr: "v * 2"}
              - {record: "b:v", expr: "a:v * 2"}
              - {record: "unread:v", expr: "sum_over_time(w[1h])"}
              - {record: "unread:too", expr: "unread:v + 1"}
              - {alert: A, expr: '{__name__=~"b:.*"} > 10'}
          - name: nobody
            rules:
              - {record: "unread:three", expr: "w"}
        """
    watch = Watch(tmp_path, text, evaluates_unread=False)
    assert [rule.name for _group, rule in watch.rules.list_evaluated()] == ["a:v", "b:v", "A"]
    assert not watch.head.wants("w")
    assert len(watch.see(v=6, w=1)) == 1
    assert ("nobody", "unread:three") in watch.rules.list_rules()
    assert len(Watch(tmp_path, text).rules.list_evaluated()) == 6


def test_a_recorded_series_ends_when_its_rule_gives_it_no_more(tmp_path):
    watch = Watch(
        tmp_path,
        """
        groups:
          - name: g
            rules:
              - {record: "r", expr: "v > 5"}
              - {alert: A, expr: "absent(r)"}
        """,
    )
    assert watch.states(9, 1, 9) == ["-", "firing", "-"]


def test_a_rule_without_an_answer_is_told_and_the_others_go_on(tmp_path):
    watch = Watch(
        tmp_path,
        """
        groups:
          - name: g
            rules:
              - {alert: Bad, expr: "v * on () {__name__=~'v|w'}"}
              - {alert: A, expr: "v > 5"}
        """,
    )
    alerts = watch.see(v=9, w=1)
    assert [alert.rule for alert in alerts] == ["A"]
    (failure,) = watch.evaluation.failures
    assert (failure.rule, failure.group) == ("Bad", "g")
    assert "match alike" in failure.reason
    watch.see(v=9)
    assert watch.evaluation.failures == ()


def test_an_explosion_of_labels_is_stopped_and_named(tmp_path):
    watch = Watch(
        tmp_path,
        "groups:\n- name: g\n  limit: 2\n  rules:\n  - {alert: A, expr: v > 5}\n  - {record: r, expr: v}\n  - {alert: B, expr: r > 5}",
    )
    at_ms = to_milliseconds(START)
    for number in range(3):
        watch.head.append(Labels({"__name__": "v", "device": f"d{number}"}), at_ms, 9.0)
    assert watch.see() == ()
    assert [(failure.rule, failure.reason) for failure in watch.evaluation.failures] == [
        ("A", "gives 3 alerts, more than the 2 allowed"),
        ("r", "gives 3 series, more than the 2 allowed"),
    ]


def test_an_explosion_leaves_the_alerts_that_were_there(tmp_path):
    watch = Watch(tmp_path, rule().replace("name: g", "name: g\n  limit: 2"))
    (before,) = watch.see(v=9)
    for number in range(3):
        watch.head.append(Labels({"__name__": "v", "device": f"d{number}"}), to_milliseconds(watch.now), 9.0)
    assert watch.see(v=9) == (before,)
    assert len(watch.evaluation.failures) == 1


def test_its_own_series_is_no_reading(tmp_path):
    text = rule('v > 90 or (v > 80 and on (device) ALERTS{alertname="A", alertstate="firing"})')
    watch = Watch(tmp_path, text)
    watch.see(v=95)
    (alert,) = watch.see()
    assert alert.is_held


def test_a_second_metric_ends_an_alert_whose_own_is_only_there_when_something_is_wrong(tmp_path):
    watch = Watch(tmp_path, rule("wrong == 1 and on (device) up == 1"))
    watch.see(wrong=1, up=1)
    (alert,) = watch.see()
    assert alert.is_held
    assert watch.see(up=1) == ()


def test_two_samples_that_become_one_alert_are_told(tmp_path):
    watch = Watch(tmp_path, rule("'{__name__=~\"v|w\"} > 5'"))
    watch.see(v=9, w=9)
    assert "the same labels" in watch.evaluation.failures[0].reason


def test_after_a_restart_timers_go_on(tmp_path):
    text = rule(**{"for": "5m"})
    before = Watch(tmp_path, text)
    before.states(9, 9, 9)
    after = Watch(tmp_path, text)
    assert after.rules.restore(before.rules.remember()) == []
    after.now = before.now
    assert after.states(9, 9, 9) == ["pending", "pending", "firing"]
    assert after.rules.present().alerts[0].active_at == START


def test_after_a_restart_a_firing_alert_is_held_until_its_device_is_read(tmp_path):
    before = Watch(tmp_path, rule())
    before.see(v=9)
    after = Watch(tmp_path, rule())
    after.rules.restore(before.rules.remember())
    after.now = before.now
    (alert,) = after.see()
    assert (alert.is_held, alert.fired_at) == (True, START)
    assert after.see(v=1) == ()


@pytest.mark.parametrize("hold", ["0s", "5m"])
def test_after_a_restart_an_alert_waits_for_its_device_to_be_read(tmp_path, hold):
    text = rule(**{"for": hold})
    before = Watch(tmp_path, text)
    states = before.states(9, 9)
    after = Watch(tmp_path, text)
    after.rules.restore(before.rules.remember(), restarted_at=before.now)
    after.now = before.now
    for _minute in range(6):
        (alert,) = after.see()
        assert (alert.state.value, alert.is_held, alert.active_at) == (states[-1], False, START)
    (alert,) = after.see(v=9)
    assert (alert.state, alert.active_at) == (FIRING, START)
    assert after.see(v=1) == ()


def test_after_a_restart_a_firing_alert_that_is_never_read_is_held_in_the_end(tmp_path):
    before = Watch(tmp_path, rule())
    before.see(v=9)
    after = Watch(tmp_path, rule())
    after.rules.restore(before.rules.remember(), restarted_at=before.now)
    after.now = before.now
    held = [after.see()[0].is_held for _minute in range(12)]
    assert held == [False] * 10 + [True] * 2


def test_after_a_restart_a_pending_alert_that_is_never_read_ends(tmp_path):
    text = rule(**{"for": "5m"})
    before = Watch(tmp_path, text)
    before.see(v=9)
    after = Watch(tmp_path, text)
    after.rules.restore(before.rules.remember(), restarted_at=before.now)
    after.now = before.now
    assert [len(after.see()) for _minute in range(12)] == [1] * 10 + [0] * 2


def test_after_a_restart_an_alert_over_a_range_waits_until_the_range_is_read(tmp_path):
    text = rule("max_over_time(v[15m]) > 5")
    before = Watch(tmp_path, text)
    before.see(v=9)
    after = Watch(tmp_path, text)
    after.rules.restore(before.rules.remember(), restarted_at=before.now)
    after.now = before.now
    assert after.states(*[1.0] * 17) == ["firing"] * 15 + ["-"] * 2


def test_alerts_of_a_rule_that_is_gone_are_given_back(tmp_path):
    before = Watch(tmp_path, rule())
    before.see(v=9)
    after = Watch(tmp_path, rule().replace("alert: A", "alert: B"))
    (homeless,) = after.rules.restore(before.rules.remember())
    assert (homeless.rule, homeless.labels) == ("A", {"alertname": "A", "device": "a"})


@pytest.mark.parametrize(("seconds", "count"), [(59, 1), (60, 2)])
def test_a_group_is_evaluated_at_its_interval(tmp_path, seconds, count):
    text = "groups:\n- name: g\n  interval: 1m\n  rules:\n  - {record: r, expr: v}\n  - {alert: A, expr: r}\n"
    rules = RuleSet([load(tmp_path, text)])
    head = Head(rules.needs)
    head.append(Labels({"__name__": "v"}), to_milliseconds(START), 1.0)
    rules.evaluate(head, START)
    rules.evaluate(head, START + timedelta(seconds=seconds))
    assert head.size().samples - 1 == count


def test_an_urgent_evaluation_waits_for_no_interval(tmp_path):
    text = "groups:\n- name: g\n  interval: 1h\n  rules:\n  - {alert: A, expr: v > 5}\n"
    watch = Watch(tmp_path, text)
    assert watch.see(v=1) == ()
    assert watch.see(v=9) == ()
    (alert,) = watch.rules.evaluate(watch.head, watch.now, is_urgent=True).alerts
    assert alert.active_at == watch.now


def test_a_reload_keeps_alerts_and_what_the_new_rules_read(tmp_path):
    watch = Watch(tmp_path, rule(**{"for": "5m"}))
    watch.states(9, 9, 9)
    before, watch.rules = watch.rules, RuleSet([load(tmp_path, rule("v > 7", **{"for": "5m"}))])
    watch.head.change_needs(watch.rules.needs)
    watch.rules.restore(before.remember())
    assert watch.states(9, 9, 9) == ["pending", "pending", "firing"]


def test_a_clock_that_is_set_back_stops_no_group(tmp_path):
    watch = Watch(tmp_path, rule())
    watch.see(v=9)
    watch.now = START - timedelta(hours=1)
    watch.see()
    assert watch.rules.groups[0].is_due(to_milliseconds(watch.now + timedelta(minutes=5)))


def test_a_group_may_look_at_the_past(tmp_path):
    watch = Watch(tmp_path, rule().replace("name: g", "name: g\n  query_offset: 1m"))
    assert watch.states(1, 9, 1) == ["-", "-", "firing"]


def test_alerts_have_the_labels_and_url_of_the_installation(tmp_path):
    text = rule(annotations='{where: "{{ $externalLabels.region }} {{ externalURL }}"}')
    watch = Watch(tmp_path, text, external_labels={"region": "north"}, external_url="http://n")
    assert watch.see(v=9)[0].annotations == {"where": "north http://n"}


def test_a_pause_is_offered_after_each_group(tmp_path):
    text = "groups:\n- {name: a, rules: [{alert: A, expr: v}]}\n- {name: b, rules: [{alert: B, expr: v}]}\n"
    rules = RuleSet([load(tmp_path, text)])
    pauses: list[int] = []
    rules.evaluate(Head(rules.needs), START, between=lambda: pauses.append(1))
    assert len(pauses) == 2
