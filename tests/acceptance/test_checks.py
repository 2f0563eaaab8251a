"""Service checks end to end: from devices.yaml to metrics, the command line and an alert, and out of the file again."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from acceptance.running import Daemon, run_here, wait_until, write_settings
from collectors.services import HOME, Authority

RULES = Path(__file__).parents[2] / "alerts" / "services.yaml"
DEVICES = "devices:\n- {{name: here, local: true, interval: 1s, checks: [{checks}]}}\n"


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"all is well")

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def page_server(folder: Path, *, days: float) -> Iterator[int]:
    """Serve a page over TLS with a certificate that runs out in so many days."""
    tls, _until = Authority(folder).certify(HOME, days=days)
    with ThreadingHTTPServer((HOME, 0), Page) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def rules_firing(daemon: Daemon) -> set[str]:
    return {alert["rule"] for alert in daemon.ask("alert", "list") if alert["state"] == "firing"}


def test_a_certificate_that_runs_out_is_told_until_its_check_is_taken_out(tmp_path):
    with page_server(tmp_path, days=5) as port:
        url = f"https://{{address}}:{port}/"
        check = f"{{name: portal, type: http, url: '{url}', ca_file: ca.pem, expect_text: well}}"
        write_settings(
            tmp_path,
            credentials="credentials: {c: {version: 1, community: x}}\n",
            devices=DEVICES.format(checks=check),
            more=f"alerting: {{rule_files: ['{RULES}'], interval: 1s}}\n",
        )
        with Daemon(tmp_path) as daemon:
            labels = {"device": "here", "check": "portal"}
            assert wait_until(
                lambda: daemon.value("netops_service_check_up", **labels, type="http"), "the check"
            )
            assert daemon.value("netops_service_certificate_trusted", **labels) == 1
            wait_until(lambda: rules_firing(daemon) == {"CertificateExpiresSoon"}, "the alert")
            shown = run_here("device", "show", "here", "--config", "netops.yaml", "--json", folder=tmp_path)
            (portal,) = json.loads(shown.stdout)["checks"]
            assert (portal["is_up"], portal["status_code"], portal["certificate"]["days_left"]) == (
                True,
                200,
                4,
            )
            (tmp_path / "devices.yaml").write_text(DEVICES.format(checks=""))
            daemon.hang_up()
            wait_until(lambda: not rules_firing(daemon), "the alert to be over")
            assert daemon.value("netops_service_check_up", **labels, type="http") is None
    assert "Traceback" not in daemon.log
