"""The daemon keeps a history, answers questions about it while it runs, and hands it on."""

from pathlib import Path

import pytest

from acceptance.running import Daemon, Simulator, wait_until, write_settings
from peers.prometheus import Prometheus, free_tcp_port


@pytest.mark.peer("prometheus")
def test_traffic_is_kept_asked_for_and_sent_to_a_store_that_was_away(tmp_path: Path) -> None:
    store = Prometheus(
        tmp_path / "prometheus", "global: {}\n", free_tcp_port(), ("--web.enable-remote-write-receiver",)
    )
    home = tmp_path / "netops"
    home.mkdir()
    with Simulator(tmp_path / "network", ("--kind", "switch48", "--devices", "1")) as network:
        write_settings(
            home,
            credentials=network.credentials_yaml,
            devices=network.devices_yaml,
            more=f"history:\n  remote_write: {{url: 'http://127.0.0.1:{store.port}/api/v1/write'}}\n",
        )
        (name,) = network.names
        try:
            with Daemon(home) as daemon:
                rows = wait_until(lambda: daemon.ask("traffic", "top", "--span", "5m"), "traffic")
                busiest = rows[0]
                assert busiest["device"] == name
                shown = daemon.ask("traffic", "show", name, busiest["interface"])
                assert shown["in"]["octets"] + shown["out"]["octets"] > 0
                wait_until(lambda: daemon.value("netops_remote_write_failing_seconds"), "a failure to send")
                store.__enter__()
                wait_until(lambda: daemon.value("netops_remote_write_sent_samples_total"), "samples sent")
                sent = f'netops_interface_in_bytes_total{{device="{name}"}}'
                wait_until(lambda: store.query(sent), "samples in the store")
                assert daemon.stop() == 0
            assert store.complaints() == []
        finally:
            store.stop()
        assert "Traceback" not in daemon.log
