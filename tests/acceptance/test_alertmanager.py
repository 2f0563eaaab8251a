"""Alerts in and out in Alertmanager's form, beside a real Prometheus and a real Alertmanager."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from acceptance.catcher import Catcher
from acceptance.running import wait_until
from acceptance.test_telling import cut, mend, prepare
from peers.alertmanager import Alertmanager
from peers.prometheus import Prometheus

PROMETHEUS = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
scrape_configs:
- job_name: boiler
  static_configs: [{{targets: ["127.0.0.1:{boiler}"]}}]
alerting:
  alertmanagers:
  - static_configs: [{{targets: ["127.0.0.1:{netops}"]}}]
    {authorization}
"""
RULES = """\
groups:
- name: foreign
  rules:
  - alert: BoilerHot
    expr: boiler_celsius > 90
    labels: {severity: major, device: boiler}
    annotations: {summary: "it is {{ $value }} degrees"}
"""


class Boiler:
    """Something that a Prometheus scrapes."""

    def __init__(self):
        boiler = self
        self.celsius = 95

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                text = f"boiler_celsius {boiler.celsius}\n".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(autouse=True)
def sound_network(network):
    yield
    mend(network)


def states(daemon, rule):
    return [row["state"] for row in daemon.ask("alert", "list", "--all") if row["rule"] == rule]


@pytest.mark.peer("prometheus")
def test_a_real_prometheus_sends_its_alerts_here_and_people_are_told(network, tmp_path):
    more = "  alertmanager: {receive: true, token: open-sesame}\n"
    with (
        Catcher() as catcher,
        Boiler() as boiler,
        prepare(network, tmp_path / "netops", catcher, more=more) as daemon,
    ):
        folder = tmp_path / "prometheus"
        folder.mkdir()
        (folder / "rules.yml").write_text(RULES)
        port = int(daemon.url.rpartition(":")[2])
        configuration = PROMETHEUS.format(
            boiler=boiler.server.server_port,
            netops=port,
            authorization="authorization: {credentials: open-sesame}",
        )
        with Prometheus(folder, configuration):
            wait_until(lambda: ("ann", "boiler BoilerHot", "fires") in catcher.told(), "the alert told")
            (row,) = [row for row in daemon.ask("alert", "list") if row["rule"] == "BoilerHot"]
            assert row["annotations"] == {"summary": "it is 95 degrees"}
            assert daemon.value("netops_alerts_received_total") > 0
            daemon.kill()
            daemon.start()
            assert states(daemon, "BoilerHot") == ["firing"]
        # The Prometheus is gone: that says nothing of the boiler.
        assert states(daemon, "BoilerHot") == ["firing"]
    assert "Traceback" not in daemon.log


@pytest.mark.peer("prometheus")
def test_what_a_real_prometheus_says_is_over_is_over(network, tmp_path):
    with (
        Catcher() as catcher,
        Boiler() as boiler,
        prepare(network, tmp_path / "netops", catcher, more="  alertmanager: {receive: true}\n") as daemon,
    ):
        folder = tmp_path / "prometheus"
        folder.mkdir()
        (folder / "rules.yml").write_text(RULES)
        configuration = PROMETHEUS.format(
            boiler=boiler.server.server_port, netops=daemon.url.rpartition(":")[2], authorization=""
        )
        with Prometheus(folder, configuration):
            wait_until(lambda: ("ann", "boiler BoilerHot", "fires") in catcher.told(), "the alert told")
            boiler.celsius = 60
            wait_until(lambda: ("ann", "boiler BoilerHot", "resolved") in catcher.told(), "the end told")
            assert states(daemon, "BoilerHot") == ["resolved"]


def test_whoever_shows_no_token_is_refused_and_without_the_setting_nobody_is_let_in(network, tmp_path):
    alert = [{"labels": {"alertname": "X"}}]
    with Catcher() as catcher:
        more = "  alertmanager: {receive: true, token: open-sesame}\n"
        with prepare(network, tmp_path / "a", catcher, more=more) as daemon:
            path = f"{daemon.url}/api/v2/alerts"
            assert httpx.post(path, json=alert).status_code == 401
            wrong = httpx.post(path, json=alert, headers={"Authorization": "Bearer open"})
            assert wrong.status_code == 401
            right = {"Authorization": "Bearer open-sesame"}
            assert httpx.post(path, json=alert, headers=right).status_code == 200
            for bad in ({}, [{}], [{"labels": {}}], [{"labels": {"a-b": "1"}}], [{"labels": {"a": 1}}]):
                assert httpx.post(path, json=bad, headers=right).status_code == 400, bad
            assert httpx.post(path, content=b"[" * 100_000, headers=right).status_code == 400
            big = httpx.post(path, content=b" " * (9 * 1024 * 1024), headers=right)
            assert big.status_code == 413
        with prepare(network, tmp_path / "b", catcher) as daemon:
            assert httpx.post(f"{daemon.url}/api/v2/alerts", json=alert).status_code == 404


@pytest.mark.peer("prometheus-alertmanager")
def test_a_real_alertmanager_gets_our_alerts_and_their_end_also_when_it_was_away(network, tmp_path):
    with Catcher() as catcher, Alertmanager(tmp_path / "am") as alertmanager:
        more = f"  alertmanager: {{send_to: ['{alertmanager.url}']}}\n"
        with prepare(network, tmp_path / "netops", catcher, more=more) as daemon:
            wait_until(lambda: daemon.devices_shown() == set(network.names), "every device polled")
            cut(network)
            (alert,) = wait_until(alertmanager.alerts, "the alert in Alertmanager")
            assert alert["labels"]["device"] == "access-1"
            assert alert["annotations"]["summary"] == "access-1 Gi1/0/3 is down"
            mend(network)
            wait_until(lambda: alertmanager.alerts() == [], "the end in Alertmanager")
        assert "Traceback" not in daemon.log
