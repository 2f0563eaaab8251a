"""Alerts end to end: a link goes down, a device falls silent; acknowledged, silenced, killed in between, repaired."""

from collections import Counter

import pytest

from acceptance.running import Daemon, run_here, wait_until, write_settings

RULES = """\
groups:
- name: test
  interval: 1s
  rules:
  - alert: LinkDown
    expr: netops_interface_up == 0 and on (device, interface) netops_interface_admin_status == 1 and on (device, interface) netops_interface_speed_bytes
    labels: {severity: major}
    annotations: {summary: "{{ $labels.device }} {{ $labels.interface }} is down"}
  - alert: Silent
    expr: netops_device_up == 0
    labels: {severity: critical}
"""
WAITING = """\
groups:
- name: waiting
  interval: 1s
  rules:
  - {alert: LinkDownForLong, expr: 'netops_interface_up{device="access-1",interface="Gi1/0/3"} == 0', for: 8s}
"""
BROKEN = "groups:\n- name: test\n  rules:\n  - {alert: A, expr: 'rate(v)'}\n  - {alert: B, expr: netops_device_up == 0}\n"
LINK = "Gi1/0/3"


def prepare(network, folder, rules=RULES, more=""):
    write_settings(
        folder,
        credentials=network.credentials_yaml,
        devices="defaults: {timeout: 500ms, retries: 1}\n" + network.devices_yaml,
        more="alerting:\n  rule_files: [rules.yaml]\n  interval: 1s\n" + more,
    )
    (folder / "rules.yaml").write_text(rules)
    return Daemon(folder)


@pytest.fixture(autouse=True)
def sound_network(network):
    yield
    network.control(f"fault access-1 link-up {LINK}")
    network.control("clear *")


def alerts_of(daemon, rule, device, state="firing", *more):
    return [
        alert
        for alert in daemon.ask("alert", "list", *more)
        if (alert["rule"], alert["device"], alert["state"]) == (rule, device, state)
        and alert["labels"].get("interface", LINK) == LINK
    ]


def wait_for(daemon, rule, device, state="firing", *more):
    found = wait_until(lambda: alerts_of(daemon, rule, device, state, *more), f"{rule} {state}")
    assert len(found) == 1
    return found[0]


def kinds(daemon, alert):
    return [event["kind"] for event in daemon.ask("alert", "show", alert["id"])["events"]]


def told_of_rules(daemon):
    return [event for event in daemon.events(kind="settings_refused") if "alert rules" in event.text]


def test_a_link_goes_down_and_is_told_once_over_a_kill_until_it_is_repaired(network, tmp_path):
    daemon = prepare(network, tmp_path)
    with daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        network.control(f"fault access-1 link-down {LINK}")
        alert = wait_for(daemon, "LinkDown", "access-1")
        assert alert["annotations"] == {"summary": f"access-1 {LINK} is down"}
        assert alert["severity"] == "major"
        assert daemon.value("netops_alerts", state="firing", severity="major") >= 1
        taken = daemon.ask("alert", "ack", alert["id"][:10], "--author", "ann", "--comment", "on my way")
        assert taken["acknowledged"]["by"] == "ann"
        daemon.kill()
        assert alerts_of(daemon, "LinkDown", "access-1") != []
        daemon.start()
        wait_until(lambda: daemon.value("netops_alert_evaluations_total") > 3, "some evaluations")
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        again = wait_for(daemon, "LinkDown", "access-1")
        assert again["active_at"] == alert["active_at"]
        assert again["fired_at"] == alert["fired_at"]
        assert again["acknowledged"] == taken["acknowledged"]
        network.control(f"fault access-1 link-up {LINK}")
        over = wait_for(daemon, "LinkDown", "access-1", "resolved", "--all")
        assert over["id"] == alert["id"]
        assert over["acknowledged"] is None
        assert kinds(daemon, alert) == ["fired", "acknowledged", "resolved"]
    assert "Traceback" not in daemon.log


def test_a_device_that_falls_silent_is_told_and_over_when_it_answers(network, tmp_path):
    with prepare(network, tmp_path) as daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        network.control("fault ups-1 silent")
        alert = wait_for(daemon, "Silent", "ups-1")
        assert alert["severity"] == "critical"
        network.control("clear ups-1")
        wait_for(daemon, "Silent", "ups-1", "resolved", "--all")
        assert kinds(daemon, alert) == ["fired", "resolved"]


def test_the_time_of_for_goes_on_over_a_kill(network, tmp_path):
    daemon = prepare(network, tmp_path, WAITING)
    with daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        network.control(f"fault access-1 link-down {LINK}")
        pending = wait_for(daemon, "LinkDownForLong", "access-1", "pending")
        daemon.kill()
        daemon.start()
        firing = wait_for(daemon, "LinkDownForLong", "access-1")
        assert firing["active_at"] == pending["active_at"]
        assert kinds(daemon, firing) == ["fired"]


def test_killed_again_and_again_every_alert_is_told_once(network, tmp_path):
    daemon = prepare(network, tmp_path)
    for number in range(4):
        daemon.start()
        network.control(f"fault access-1 link-{'up' if number % 2 else 'down'} {LINK}")
        wait_until(lambda: daemon.value("netops_alert_evaluations_total") > 1, "some evaluations")
        daemon.kill()
    with daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        wait_until(lambda: not alerts_of(daemon, "LinkDown", "access-1"), "the link to be well")
        shown = [
            one for one in daemon.ask("alert", "list", "--all") if one["labels"].get("interface") == LINK
        ]
        counts = Counter(kinds(daemon, shown[0])) if shown else Counter()
        assert counts["fired"] == counts["resolved"] == len(shown)
        check = run_here("db", "check", "--config", "netops.yaml", folder=tmp_path)
        assert check.returncode == 0


def test_what_is_silenced_is_marked_and_what_burns_at_its_end_is_told(network, tmp_path):
    with prepare(network, tmp_path) as daemon:
        network.control(f"fault access-1 link-down {LINK}")
        alert = wait_for(daemon, "LinkDown", "access-1")
        condition = ("device=access-1", f"interface={LINK}")
        words = ("--for", "1h", "--comment", "new cable", "--author", "ann")
        preview = daemon.ask("alert", "silence", *condition, *words, "--dry-run")
        assert (preview["silence"], [one["id"] for one in preview["alerts"]]) == (None, [alert["id"]])
        assert daemon.ask("alert", "silences") == []
        made = daemon.ask("alert", "silence", *condition, *words)["silence"]
        assert wait_for(daemon, "LinkDown", "access-1")["silence"] == made
        burning = daemon.ask("alert", "unsilence", str(made), "--author", "bob")["alerts"]
        assert [one["id"] for one in burning] == [alert["id"]]
        assert kinds(daemon, alert) == ["fired", "silenced", "unsilenced"]
        refused = daemon.run("alert", "unsilence", str(made))
        assert (refused.returncode, f"silence {made} ended" in refused.stderr) == (1, True)


def test_a_device_behind_a_dead_one_is_told_as_such_with_the_root_cause(network, tmp_path):
    parent = network.devices_yaml.replace("- name: ups-1\n", "- name: ups-1\n  parents: [access-2]\n")
    assert parent != network.devices_yaml
    daemon = prepare(network, tmp_path)
    (tmp_path / "devices.yaml").write_text(parent)
    with daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        network.control("fault access-2 silent")
        root = wait_for(daemon, "Silent", "access-2")
        network.control("fault ups-1 silent")
        behind = wait_for(daemon, "Silent", "ups-1")
        wait_until(lambda: wait_for(daemon, "Silent", "ups-1")["behind"] == "access-2", "the root cause")
        wait_until(lambda: wait_for(daemon, "Silent", "access-2")["hides"] == ["ups-1"], "the list")
        assert kinds(daemon, root) == ["fired", "root_cause"]
        network.control("clear access-2")
        wait_until(lambda: "on_its_own" in kinds(daemon, behind), "its own poll after the return")


def test_broken_rules_at_a_reload_leave_the_former_in_force(network, tmp_path):
    with prepare(network, tmp_path) as daemon:
        network.control(f"fault access-1 link-down {LINK}")
        wait_for(daemon, "LinkDown", "access-1")
        (tmp_path / "rules.yaml").write_text(BROKEN)
        daemon.hang_up()
        wait_until(lambda: daemon.value("netops_alert_rules_last_reload_successful") == 0, "the refusal")
        assert daemon.value("netops_alert_rules") == 2
        assert "rules.yaml:4" in daemon.log
        wait_until(lambda: told_of_rules(daemon), "the event of it")
        assert alerts_of(daemon, "LinkDown", "access-1") != []
        (tmp_path / "rules.yaml").write_text(RULES.replace("Silent", "Quiet"))
        daemon.hang_up()
        wait_until(lambda: daemon.value("netops_alert_rules_last_reload_successful") == 1, "the new rules")
        assert alerts_of(daemon, "LinkDown", "access-1") != []


def test_with_broken_rules_at_a_start_the_sound_ones_are_in_force(network, tmp_path):
    with prepare(network, tmp_path, BROKEN) as daemon:
        assert daemon.value("netops_alert_rules") == 1
        assert daemon.value("netops_alert_rules_last_reload_successful") == 0
        assert "alert rules refused: rules.yaml:4" in daemon.log
        network.control("fault ups-1 silent")
        wait_for(daemon, "B", "ups-1")


def test_a_removed_device_takes_its_alerts_with_it(network, tmp_path):
    with prepare(network, tmp_path) as daemon:
        place = f"{network.address('ups-1')}:{network.port}"
        assert daemon.run("device", "add", "extra", place, "--credential", "sim-v2c").returncode == 0
        wait_until(lambda: "extra" in daemon.devices_shown(), "the device")
        network.control("fault ups-1 silent")
        alert = wait_for(daemon, "Silent", "extra")
        assert daemon.run("device", "remove", "extra", "--yes").returncode == 0
        wait_for(daemon, "Silent", "extra", "resolved", "--all")
        events = daemon.ask("alert", "show", alert["id"])["events"]
        assert events[-1]["data"] == {"reason": "device_removed"}


def test_without_a_daemon_a_silence_is_kept_and_works_from_the_next_start(network, tmp_path):
    daemon = prepare(network, tmp_path)
    with daemon:
        network.control(f"fault access-1 link-down {LINK}")
        alert = wait_for(daemon, "LinkDown", "access-1")
    words = ("--for", "1h", "--comment", "new cable")
    made = daemon.ask("alert", "silence", "device=access-1", *words)["silence"]
    assert daemon.run("alert", "comment", alert["id"], "spare is in room 12").returncode == 0
    with daemon:
        wait_until(lambda: wait_for(daemon, "LinkDown", "access-1")["silence"] == made, "the silence")
        assert kinds(daemon, alert) == ["fired", "commented", "silenced"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("alert", "ack", "ffff"), 1, "no alert has the id ffff"),
        (("alert", "show", "zz"), 1, "no alert has the id zz"),
        (("alert", "silence", "device", "--for", "1h", "--comment", "c"), 1, '"device" is no condition'),
        (("alert", "silence", "device=~.*", "--for", "1h", "--comment", "c"), 1, "so for all"),
        (("alert", "silence", "device=x", "--for", "1h", "--comment", " "), 1, "in a comment"),
        (("alert", "silence", "device=x", "--for", "0s", "--comment", "c"), 1, "longer than nothing"),
        (("alert", "silence", "device=x", "--for", "soon", "--comment", "c"), 2, "soon"),
        (("alert", "silence", "device=x", "--comment", "c"), 2, "--for"),
        (("alert", "unsilence", "99"), 1, "there is no silence 99"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(daemon, words, code, said):
    run = daemon.run(*words)
    assert run.returncode == code
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
