import pytest

from netops.alerting.errors import HeadTooSmall
from netops.alerting.head import Head
from netops.alerting.labels import Labels
from netops.alerting.needs import HeadNeeds, RuleNeed
from netops.alerting.promql.compiler import compile_expression

MINUTE = 60_000


def needs(**expressions: str) -> HeadNeeds:
    return HeadNeeds(
        RuleNeed(rule, need) for rule, text in expressions.items() for need in compile_expression(text).needs
    )


def up(device: str, metric: str = "up") -> Labels:
    return Labels({"__name__": metric, "device": device})


def choose(head: Head, text: str) -> list[str]:
    (selection,) = compile_expression(text).selections()
    return sorted(one.labels.get("device") for one in head.select(selection))


def test_only_metrics_that_rules_name_are_kept():
    head = Head(needs(R="up == 0", P='{__name__=~"netops_.*_total"}'))
    assert head.wants("up")
    assert head.wants("netops_x_total")
    assert not head.wants("down")
    head.append(up("a", "down"), 0, 1.0)
    head.absorb()
    assert head.size().series == 0


def test_samples_are_there_after_they_are_absorbed():
    head = Head(needs(R="up"))
    head.append(up("a"), 0, 1.0)
    assert choose(head, "up") == []
    head.absorb()
    assert choose(head, "up") == ["a"]


def test_a_choice_is_remembered_until_a_series_comes():
    asked = needs(R='up{device!="b"}')
    head = Head(asked)
    (selection,) = asked.selections()
    head.append(up("a"), 0, 1.0)
    head.absorb()
    first = head.select(selection)
    head.append(up("a"), 1, 1.0)
    head.absorb()
    assert head.select(selection) is first
    head.append(up("c"), 1, 1.0)
    head.absorb()
    assert [one.labels.get("device") for one in head.select(selection)] == ["a", "c"]


def test_a_choice_made_up_for_one_alert_is_found_by_its_labels_and_not_remembered():
    head = Head(needs(R="up"))
    for device in ("a", "b"):
        head.append(up(device), 0, 1.0)
    head.absorb()
    for _time in range(3):
        assert choose(head, 'up{device="b"}') == ["b"]
        assert choose(head, 'up{device="c"}') == []
        assert choose(head, 'up{device="b", device!~"b.*"}') == []
    assert head._chosen == {}
    head.append(up("c"), 0, 1.0)
    head.absorb()
    assert choose(head, 'up{device="c"}') == ["c"]


def test_samples_beyond_the_longest_range_are_dropped():
    head = Head(needs(short="up", long="max_over_time(up[10m])"))
    for minute in range(60):
        head.append(up("a"), minute * MINUTE, 1.0)
        head.absorb()
    assert 11 <= head.size().samples <= 16


def test_a_series_that_nobody_can_read_any_more_is_dropped():
    head = Head(needs(R="up"))
    head.append(up("a"), 0, 1.0)
    for minute in range(12):
        head.append(up("b"), minute * MINUTE, 1.0)
        head.absorb()
    assert choose(head, "up") == ["b"]
    assert head.size().series == 1


def test_what_a_poll_no_longer_tells_has_ended():
    head = Head(needs(R="up"))
    head.take("switch", 0, [up("a"), up("b")], [1.0, 1.0])
    head.take("other", 0, [up("c")], [1.0])
    head.take("switch", MINUTE, [up("a")], [1.0])
    head.absorb()
    ended = {one.labels.get("device"): one.latest(0, MINUTE) is None for one in _all(head)}
    assert ended == {"a": False, "b": True, "c": True}  # c has only a sample at 0, outside of the open edge
    head.take("switch", 2 * MINUTE, [], [])
    head.absorb()
    assert all(one.latest(-1, 2 * MINUTE) is None for one in _all(head) if one.labels.get("device") != "c")


def _all(head: Head):
    (selection,) = compile_expression("up").selections()
    return head.select(selection)


def test_a_full_head_takes_no_new_series_and_counts_them():
    head = Head(needs(R="up"), most_samples=2)
    for device in ("a", "b", "c"):
        head.append(up(device), 0, 1.0)
    head.append(up("a"), MINUTE, 1.0)
    head.absorb()
    assert choose(head, "up") == ["a", "b"]
    assert (head.size().samples, head.size().refused) == (3, 1)


def test_late_samples_are_counted_and_not_taken():
    head = Head(needs(R="up"))
    head.append(up("a"), MINUTE, 1.0)
    head.append(up("a"), 0, 1.0)
    head.absorb()
    assert head.size().refused == 1


def test_after_a_reload_other_metrics_are_kept():
    head = Head(needs(R="up"))
    head.append(up("a"), 0, 1.0)
    head.absorb()
    head.change_needs(needs(R="down"))
    assert head.size().series == 0
    assert choose(head, "up") == []


def test_a_rule_that_needs_more_than_the_head_may_hold_is_named_with_the_figure():
    asked = needs(small="up", large="max_over_time(up[30d])")
    asked.check_room({"up": 10}, MINUTE, 1_000_000)
    with pytest.raises(
        HeadTooSmall, match=r"rule large needs 4320100 samples \(one every 1m\), more than the 4000000"
    ):
        asked.check_room({"up": 100, "down": 5}, MINUTE, 4_000_000)


def test_without_needs_everything_is_kept():
    head = Head()
    for minute in range(600):
        head.append(up("a"), minute * MINUTE, 1.0)
    head.absorb()
    assert head.size().samples == 600
