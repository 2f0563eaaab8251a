"""Discovery beside a simulated network: proposed once, added, and then known."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from acceptance.running import Daemon, Simulator, run_here
from collectors.test_ping import needs_icmp


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("network")
    with Simulator(folder, ("--kind", "mixed", "--devices", "4", "--first-address", "127.7.0.1")) as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path, network: Simulator) -> Path:
    credentials = network.credentials_yaml
    text = f"web: {{port: 0}}\n{credentials}\n"
    (tmp_path / "netops.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "devices.yaml").write_text("devices: []\n", encoding="utf-8")
    return tmp_path


def discover(folder: Path, network: Simulator, *options: str) -> dict:
    words = ("discover", "127.7.0.1-8", "--port", str(network.port), "--rate", "10000", "--timeout", "0.3")
    done = run_here(*words, *options, "--config", "netops.yaml", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_new_devices_are_proposed_then_added_then_known(folder: Path, network: Simulator) -> None:
    with Daemon(folder):
        told = discover(folder, network)
        proposed = {row["address"]: row for row in told["proposals"]}
        assert set(proposed) == {device["address"] for device in network.devices}
        assert {row["name"] for row in told["proposals"]} == set(network.names)
        assert told["known"] == []
        told = discover(folder, network, "--add")
        assert all(row["added"] for row in told["proposals"])
        told = discover(folder, network)
        assert told["proposals"] == []
        assert {row["known_as"] for row in told["known"]} == set(network.names)
        listed = json.loads(
            run_here("device", "list", "--config", "netops.yaml", "--json", folder=folder).stdout
        )
        assert {(row["name"], row["source"]) for row in listed} == {
            (name, "discovery") for name in network.names
        }


def test_what_is_printed_can_be_put_into_the_file_of_devices(folder: Path, network: Simulator) -> None:
    words = ("discover", "127.7.0.1-4", "--port", str(network.port), "--rate", "10000")
    done = run_here(*words, "--config", "netops.yaml", folder=folder)
    assert done.returncode == 0
    assert "4 new devices" in done.stderr
    entries = yaml.safe_load(done.stdout)
    assert [entry["name"] for entry in entries] == network.names
    (folder / "devices.yaml").write_text("devices:\n" + done.stdout, encoding="utf-8")
    checked = run_here("check", "--config", "netops.yaml", folder=folder)
    assert checked.returncode == 0, checked.stderr


@needs_icmp
def test_wrong_community_is_told_as_a_refusal(folder: Path, network: Simulator) -> None:
    told = discover(folder, network, "--community", "wrong")
    assert told["proposals"] == []
    assert set(told["refused"]) >= {device["address"] for device in network.devices}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("discover",), "nothing to ask"),
        (("discover", "10.0.0.0/33"), "10.0.0.0/33"),
        (("discover", "10.0.0.0/8"), "10.0.0.0/8"),
        (("discover", "127.7.0.1", "--credential", "campis"), "unknown credential"),
        (("discover", "--neighbours"), "nothing was kept yet"),
    ],
)
def test_bad_use_is_told_in_one_line(folder: Path, words: tuple[str, ...], complaint: str) -> None:
    done = run_here(*words, "--config", "netops.yaml", folder=folder)
    assert done.returncode in {1, 2}
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
