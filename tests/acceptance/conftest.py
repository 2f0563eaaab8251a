"""The whole daemon beside a simulated network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.running import Daemon, Simulator, wait_until, write_settings


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """Thirteen simulated devices; every fault that a test sets it also takes back."""
    with Simulator(tmp_path_factory.mktemp("network")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The daemon's folder."""
    return tmp_path_factory.mktemp("daemon")


@pytest.fixture(scope="module")
def daemon(network: Simulator, home: Path) -> Iterator[Daemon]:
    """A daemon that watches the network, and this machine, and has polled every device once."""
    write_settings(
        home,
        credentials=network.credentials_yaml,
        devices=network.devices_yaml + "- name: this-host\n  local: true\n",
    )
    with Daemon(home) as running:
        expected = {*network.names, "this-host"}
        wait_until(lambda: running.devices_shown() == expected, "every device on /metrics")
        yield running
