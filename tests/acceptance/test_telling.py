"""The road of an alert to people: messages over a webhook, escalation, the link that acknowledges, kills in between."""

import re

import httpx
import pytest

from acceptance.catcher import Catcher
from acceptance.running import Daemon, wait_until, write_settings

RULES = """\
groups:
- name: test
  interval: 1s
  rules:
  - alert: LinkDown
    expr: netops_interface_up{interface="Gi1/0/3"} == 0
    labels: {severity: critical}
    annotations: {summary: "{{ $labels.device }} {{ $labels.interface }} is down"}
"""
ONCALL = """\
channels:
  hook: {{type: webhook, url: "{url}", timeout: 5s}}
  second: {{type: webhook, url: "{url}", timeout: 5s}}
people:
  ann: {{name: Ann Ash, contacts: [{{channel: hook, address: ann}}, {{channel: second, address: ann-phone, at_least: critical}}]}}
  bob: {{name: Bob Birch, language: zh_CN, time_zone: Asia/Shanghai, contacts: [{{channel: hook, address: bob}}]}}
policies:
  net:
    steps:
      - {{notify: [person:ann], wait: {wait}}}
      - {{notify: [person:bob], wait: 1h}}
routes:
  - {{policy: net, group_interval: 1s}}
"""


@pytest.fixture
def catcher():
    with Catcher() as catcher:
        yield catcher


@pytest.fixture(autouse=True)
def sound_network(network):
    yield
    mend(network)
    mend(network, "access-2")


def prepare(network, folder, catcher, wait="1h", rules=RULES, more=""):
    write_settings(
        folder,
        credentials=network.credentials_yaml,
        devices=network.devices_yaml,
        web="  url: http://netops.example.net\n",
        more="alerting:\n  rule_files: [rules.yaml]\n  interval: 1s\n" + more,
        oncall=ONCALL.format(url=catcher.url, wait=wait),
    )
    (folder / "rules.yaml").write_text(rules)
    return Daemon(folder)


def cut(network, device="access-1"):
    network.control(f"fault {device} link-down Gi1/0/3")


def mend(network, device="access-1"):
    network.control(f"fault {device} link-up Gi1/0/3")


def wait_told(catcher, *wanted):
    """Wait until exactly this was told, in any order."""

    def ask():
        return sorted(catcher.told()) == sorted(wanted)

    wait_until(ask, f"{wanted} told")


def open_link(daemon, message, method="GET", **form):
    path = message["acknowledge_url"].removeprefix("http://netops.example.net")
    return httpx.request(method, daemon.url + path, data=form or None)


def test_a_link_goes_down_and_the_one_on_call_is_told_and_that_it_is_over(network, tmp_path, catcher):
    with prepare(network, tmp_path, catcher) as daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        cut(network)
        wait_told(catcher, ("ann", "access-1 LinkDown", "fires"), ("ann-phone", "access-1 LinkDown", "fires"))
        message = catcher.messages[0]
        assert "access-1" in message["first_line"]
        assert "access-1 Gi1/0/3 is down" in message["text"]
        assert message["person"] == "Ann Ash"
        mend(network)
        wait_until(lambda: len(catcher.told()) == 4, "the end told")
        assert sorted(catcher.told())[1::2] == [
            ("ann", "access-1 LinkDown", "resolved"),
            ("ann-phone", "access-1 LinkDown", "resolved"),
        ]
        rows = daemon.ask("alert", "deliveries")
        assert {row["status"] for row in rows} == {"sent"}
        assert daemon.value("netops_deliveries_total", channel="hook", outcome="taken") == 2
    assert "Traceback" not in daemon.log


def test_nobody_acknowledges_so_the_next_is_told_in_the_language_of_the_reader(network, tmp_path, catcher):
    with prepare(network, tmp_path, catcher, wait="2s") as daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        cut(network)
        wait_until(lambda: ("bob", "access-1 LinkDown", "still_fires") in catcher.told(), "bob told")
        message = next(one for one in catcher.messages if one["address"] == "bob")
        assert re.search(r"[\u4e00-\u9fff]", message["first_line"])
        assert message["step"] == 2


def test_the_link_shows_first_and_acknowledges_when_confirmed_and_the_next_is_not_told(
    network, tmp_path, catcher
):
    with prepare(network, tmp_path, catcher, wait="8s") as daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        cut(network)
        wait_until(lambda: len(catcher.messages) >= 2, "ann told")
        message = catcher.messages[0]
        looked = open_link(daemon, message)
        assert looked.status_code == 200
        assert "access-1 Gi1/0/3 is down" in looked.text
        assert daemon.ask("alert", "list")[0]["acknowledged"] is None, "a preview acknowledges nothing"
        done = open_link(daemon, message, "POST", hours="4", comment="on my way")
        assert "Ann Ash" in done.text
        (alert,) = daemon.ask("alert", "list")
        assert alert["acknowledged"]["by"] == "Ann Ash"
        events = daemon.ask("alert", "show", alert["id"])["events"]
        assert events[-1]["text"] == "on my way"
        mend(network)
        wait_until(lambda: "resolved" in [because for _a, _b, because in catcher.told()], "the end told")
        assert not [address for address, _b, _c in catcher.told() if address == "bob"]


def test_a_changed_link_is_refused(network, tmp_path, catcher):
    with prepare(network, tmp_path, catcher) as daemon:
        answer = httpx.get(f"{daemon.url}/acknowledge/1.ffffffff.AAAAAAAAAAAAAAAAAAAAAA")
        assert answer.status_code == 404
        assert "script" not in answer.text
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_what_a_receiver_does_not_take_is_told_when_it_does_also_over_a_kill(network, tmp_path, catcher):
    catcher.decide = lambda _message: 503
    daemon = prepare(network, tmp_path, catcher)
    with daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        cut(network)
        wait_until(lambda: len(catcher.refused) >= 2, "both refused")
        daemon.kill()
        cut(network, "access-2")
        catcher.decide = lambda _message: 200
        daemon.start()
        wait_until(
            lambda: (
                {what for _to, what, _why in catcher.told()} == {"access-1 LinkDown", "access-2 LinkDown"}
            ),
            "both told",
        )
    assert "Traceback" not in daemon.log


def test_a_silence_keeps_quiet_and_what_burns_at_its_end_is_told(network, tmp_path, catcher):
    with prepare(network, tmp_path, catcher) as daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        made = daemon.ask("alert", "silence", "device=access-1", "--for", "1h", "--comment", "move")
        cut(network)
        wait_until(lambda: [row for row in daemon.ask("alert", "list") if row["silence"]], "silenced")
        assert catcher.messages == []
        daemon.run("alert", "unsilence", str(made["silence"]))
        wait_told(
            catcher,
            ("ann", "access-1 LinkDown", "still_fires"),
            ("ann-phone", "access-1 LinkDown", "still_fires"),
        )


def test_a_reload_that_names_another_person_tells_that_one_and_a_broken_one_changes_nothing(
    network, tmp_path, catcher
):
    with prepare(network, tmp_path, catcher) as daemon:
        wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
        oncall = tmp_path / "oncall.yaml"
        text = oncall.read_text()
        oncall.write_text(text.replace("person:ann", "person:nobody"))
        daemon.hang_up()
        wait_until(lambda: daemon.value("netops_settings_last_reload_successful") == 0, "refused")
        oncall.write_text(text.replace("person:ann", "person:bob"))
        daemon.hang_up()
        wait_until(lambda: daemon.value("netops_settings_last_reload_successful") == 1, "reloaded")
        cut(network)
        wait_told(catcher, ("bob", "access-1 LinkDown", "fires"))
