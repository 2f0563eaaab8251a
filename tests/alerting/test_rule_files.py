import pytest

from alerting.rule_text import load, read_rules
from netops.alerting.rules import AlertingRule, RecordingRule


def test_a_file_with_everything_in_it(tmp_path):
    file = load(
        tmp_path,
        """
        groups:
          - name: g
            interval: 30s
            query_offset: 10s
            limit: 5
            labels: {team: net}
            rules:
              - record: job:up:sum
                expr: sum by (job) (up)
                labels: {kind: sum}
              - alert: Down
                expr: up == 0
                for: 5m
                keep_firing_for: 1h30m
                labels: {severity: critical, level: 3, on: true}
                annotations:
                  summary: "{{ $labels.job }} is down"
                  empty:
          - name: nothing
            rules:
        """,
    )
    group, nothing = file.groups
    assert (group.interval_ms, group.offset_ms, group.limit, nothing.rules) == (30_000, 10_000, 5, ())
    record, alert = group.rules
    assert isinstance(record, RecordingRule)
    assert record.labels == {"team": "net", "kind": "sum"}
    assert isinstance(alert, AlertingRule)
    assert (alert.hold_ms, alert.keep_firing_ms) == (300_000, 5_400_000)
    assert {name: text.text for name, text in alert.labels.items()} == {
        "team": "net",
        "severity": "critical",
        "level": "3",
        "on": "true",
    }
    assert alert.annotations["empty"].text == ""


def test_every_mistake_is_told_at_once_with_its_place_group_and_rule(tmp_path):
    _file, problems = read_rules(
        tmp_path,
        """\
        groups:
          - name: one
            intervall: 30s
            rules:
              - alert: A
                expr: sum(
                fro: 5m
              - alert: B
                expr: avg_ovr_time(up[5m])
                annotations:
                  summary: "{{ humanise $value }}"
              - record: bad name
                expr: up
                for: 5m
          - name: one
            rules: []
        more: 1
        """,
    )
    told = [(problem.line, problem.column, problem.key, problem.message) for problem in sorted(problems)]
    assert told == [
        (3, 5, "groups[0].intervall", 'group "one": unknown key'),
        (6, 15, "groups[0].rules[0].expr", told[1][3]),
        (7, 9, "groups[0].rules[0].fro", 'group "one", rule "A": unknown key'),
        (9, 15, "groups[0].rules[1].expr", told[3][3]),
        (
            11,
            20,
            "groups[0].rules[1].annotations.summary",
            'group "one", rule "B": unknown function "humanise"',
        ),
        (12, 17, "groups[0].rules[2].record", 'group "one", rule "bad name": is no name of a metric'),
        (14, 9, "groups[0].rules[2].for", 'group "one", rule "bad name": only an alert can have this key'),
        (15, 11, "groups[1].name", 'group "one": the group of line 2 has this name'),
        (17, 1, "more", "unknown key"),
    ]
    assert "no valid PromQL" in told[1][3]
    suggestions = {problem.key: problem.suggestion for problem in problems}
    assert suggestions["groups[0].intervall"] == 'did you mean "interval"?'
    assert suggestions["groups[0].rules[0].fro"] == 'did you mean "for"?'
    assert suggestions["groups[0].rules[1].expr"] == 'did you mean "avg_over_time"?'


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{expr: up}", "must have either alert or record"),
        ("{alert: A, record: b, expr: up}", "must have either alert or record"),
        ("{alert: A}", "expr has no value"),
        ("{alert: A, expr: }", "expr has no value"),
        ("{alert: , expr: up}", "alert has no value"),
        ("{alert: A, expr: 'up[5m]'}", "gives neither numbers nor a vector"),
        ("{alert: A, expr: '\"text\"'}", "gives neither numbers nor a vector"),
        ("{alert: A, expr: '{job=\"x\"}'}", "does not say which metric it reads"),
        ("{alert: A, expr: 'up @ 10'}", "the modifier @ is not supported"),
        ("{alert: A, expr: up, for: 5}", "is not a duration"),
        ("{alert: A, expr: up, for: 5 minutes}", "is not a duration"),
        ("{alert: A, expr: up, for: 1s1m}", "is not a duration"),
        ("{alert: A, expr: up, labels: {a-b: c}}", "is no name of a label"),
        ("{alert: A, expr: up, labels: {__name__: c}}", "is no name of a label"),
        ("{alert: A, expr: up, labels: [a]}", "must hold keys with values"),
        ("{alert: A, expr: up, annotations: {a: [b]}}", "must be text"),
        ("{alert: A, expr: up, annotations: {a: '{{ $x }}'}}", "unknown variable $x"),
        ("{record: a, expr: up, annotations: {a: b}}", "only an alert can have this key"),
        ("{record: 'a b', expr: up}", "is no name of a metric"),
        ("text", "must hold keys with values"),
    ],
)
def test_a_wrong_rule_is_refused_and_the_right_one_beside_it_read(tmp_path, rule, told):
    file, problems = read_rules(
        tmp_path, f"groups: [{{name: g, rules: [{rule}, {{alert: Right, expr: up == 0}}]}}]"
    )
    assert [told in problem.message for problem in problems] == [True]
    assert file is not None
    assert [rule.name for _group, rule in file.rules()] == ["Right"]


@pytest.mark.parametrize(
    ("group", "told"),
    [
        ("{rules: []}", "name has no value"),
        ("{name: g, interval: 0s}", "must be longer than 0"),
        ("{name: g, interval: soon}", "is not a duration"),
        ("{name: g, limit: -1}", "must be a whole number"),
        ("{name: g, limit: many}", "must be a whole number"),
        ("{name: g, rules: {}}", "must be a list"),
        ("text", "must hold keys with values"),
    ],
)
def test_a_wrong_group_is_refused(tmp_path, group, told):
    _file, problems = read_rules(tmp_path, f"groups: [{group}]")
    assert [told in problem.message for problem in problems] == [True]


def test_a_file_that_is_no_yaml_or_not_there(tmp_path):
    file, problems = read_rules(tmp_path, "groups: [")
    assert file is None
    assert len(problems) == 1
