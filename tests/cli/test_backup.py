"""The commands of backups, as a person types them and as a program reads them."""

import json

import pytest
from replaying import PASSWORD, USER, devices
from small_router import CANARIES, CONFIGURATION, router
from typer.testing import CliRunner

from netops.cli.app import app
from netops.errors import NetopsError


@pytest.fixture(scope="module")
def start():
    with devices() as begin:
        yield begin


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "netops.yaml").write_text(
        "credentials:\n  c: {version: 2c, community: public}\n"
        f"ssh_credentials:\n  lab: {{user: {USER}, password: {PASSWORD}}}\n"
    )
    return folder / "netops.yaml"


@pytest.fixture
def write_devices(config):
    def write(*lines):
        text = (
            "defaults: {credential: c, ssh: {credential: lab, platform: cisco_ios}}\ndevices:\n"
            + "\n".join(lines)
        )
        (config.parent / "devices.yaml").write_text(text + "\n")

    return write


def netops(*arguments):
    return CliRunner().invoke(app, ["backup", *arguments])


def read_json(*arguments):
    result = netops(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def device(name, port):
    return f"  - {{name: {name}, address: 127.0.0.1, ssh: {{port: {port}}}}}"


def test_the_story_of_two_revisions(start, write_devices, tmp_path):
    write_devices(device("sw-1", start(router()).port), device("sw-2", start(router()).port))
    rows = read_json("run", "--all")
    assert {(row["device"], row["outcome"], row["error"]) for row in rows} == {
        ("sw-1", "changed", ""),
        ("sw-2", "changed", ""),
    }
    changed = CONFIGURATION.replace("description room 7\n", "description room 7a\n")
    write_devices(device("sw-1", start(router(changed)).port), device("sw-2", start(router()).port))
    # Another address of the same device: its key is the one that is trusted.
    [row] = read_json("run", "sw-1")
    assert (row["outcome"], row["lines_added"], row["lines_removed"]) == ("changed", 2, 2)

    log = read_json("log", "sw-1")
    assert [entry["subject"] for entry in log] == ["sw-1: 2 lines in, 2 out", log[1]["subject"]]
    diff = read_json("diff", "sw-1")["diff"]
    assert "+ description room 7a" in diff
    assert "interface Vlan7" in diff
    shown = netops("show", "sw-1").stdout
    assert "description room 7a" in shown
    assert all(canary not in shown for canary in CANARIES)
    old = netops("show", "sw-1", "--at", log[1]["revision"]).stdout
    assert "description room 7\n" in old
    whole = netops("restore-text", "sw-1").stdout
    assert all(canary in whole for canary in CANARIES)
    audit = json.loads((tmp_path / "device_backups" / "audit.log").read_text())
    assert (audit["what"], audit["device"]) == ("restore-text", "sw-1")
    hits = read_json("search", "room 7a")
    assert [(hit["device"], hit["section"]) for hit in hits] == [("sw-1", "interface Vlan7")]
    [hit] = read_json("search", "room 7a", "--context", "1")
    assert (hit["before"], hit["after"]) == (["interface Vlan7"], ["!"])
    shown = netops("search", "room 7a", "-C", "1").stdout.splitlines()
    assert [line.partition(" ")[2].strip() for line in shown] == [
        "interface Vlan7",
        "[interface Vlan7]  description room 7a",
        "!",
    ]
    assert netops("search", "nothing of the kind").exit_code == 1
    assert netops("search", "nothing of the kind", "-C", "2").exit_code == 1
    assert [row["device"] for row in read_json("list")] == ["sw-1", "sw-2"]
    assert "facts/show-version" in read_json("show", "sw-1")["parts"]

    read_json("manifest")
    found = read_json("verify")
    assert (found["sound"], found["manifests"], found["devices"]) == (True, 1, 2)


def test_a_failed_backup_is_exit_1_and_named(write_devices):
    write_devices(device("sw-1", 1))
    result = netops("run", "sw-1", "--json")
    assert result.exit_code == 1
    [row] = json.loads(result.stdout)
    assert (row["outcome"], row["reason"]) == ("failed", "not_reached")
    result = netops("show", "sw-1")
    assert result.exit_code == 1
    assert "was never backed up; sw-1: cannot connect" in str(result.exception)


def test_a_removed_device_keeps_its_history(start, write_devices):
    write_devices(device("sw-1", start(router()).port), device("sw-2", 1))
    read_json("run", "sw-1")
    write_devices(device("sw-2", 1))
    assert "hostname router1" in netops("show", "sw-1").stdout
    assert next((row["device"], row["platform"]) for row in read_json("list")) == ("sw-1", None)


def test_a_rename_keeps_history_and_host_key(start, write_devices):
    port = start(router()).port
    write_devices(device("sw-1", port))
    read_json("run", "sw-1")
    write_devices(device("core-1", port))
    assert netops("rename", "sw-1", "core-1").exit_code == 0
    assert read_json("run", "core-1")[0]["outcome"] == "unchanged"


def test_a_new_key_seals_and_the_old_ones_open(start, write_devices, tmp_path):
    port = start(router()).port
    write_devices(device("sw-1", port))
    read_json("run", "sw-1")
    told = read_json("rotate-key")
    assert told["keys"] == 2
    changed = CONFIGURATION.replace("description room 7\n", "description room 7a\n")
    write_devices(device("sw-1", start(router(changed)).port))
    assert read_json("run", "sw-1")[0]["outcome"] == "changed"
    [new, old] = read_json("log", "sw-1")
    for revision, words in ((new, "room 7a\n"), (old, "room 7\n")):
        whole = netops("restore-text", "sw-1", "--at", revision["revision"]).stdout
        assert words in whole
        assert CANARIES[0] in whole
    assert "the key" in netops("rotate-key").stdout
    audit = [
        json.loads(line) for line in (tmp_path / "device_backups" / "audit.log").read_text().splitlines()
    ]
    assert audit[0]["what"] == "rotate-key"
    assert audit[0]["key"] == told["key"]


def test_what_changed_since_is_not_told_as_a_change_after_a_new_key(start, write_devices):
    write_devices(device("sw-1", start(router()).port))
    read_json("run", "sw-1")
    read_json("rotate-key")
    assert read_json("run", "sw-1")[0]["outcome"] == "unchanged"


def test_members_of_a_pair_are_compared(start, write_devices, config):
    other = CONFIGURATION.replace("router1", "router2").replace("room 7\n", "room 77\n")
    recording = router(other, prompt="router2#")
    write_devices(
        device("fw-1", start(router()).port), device("fw-2", start(recording).port), device("fw-3", 1)
    )
    text = config.read_text()
    pairs = (
        "backup: {ha_pairs: [{name: edge, members: [fw-1, fw-2]%s}, {name: half, members: [fw-1, fw-3]}]}\n"
    )
    config.write_text(text + pairs % "")
    read_json("run", "fw-1", "fw-2")
    result = netops("drift", "edge", "--json")
    assert result.exit_code == 1
    [found] = json.loads(result.stdout)
    assert [(each["member"], each["section"], each["text"]) for each in found["differences"]] == [
        ("fw-1", "interface Vlan7", "description room 7"),
        ("fw-2", "interface Vlan7", "description room 77"),
    ]
    config.write_text(text + pairs % ", expected: ['^ description room (\\d+)$']")
    result = netops("drift", "edge")
    assert (result.exit_code, result.stdout) == (0, "edge: fw-1, fw-2 are alike\n")
    result = netops("drift")
    assert result.exit_code == 1
    assert "half: nobody knows whether its members differ: fw-3 was never backed up" in result.output


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ("[{name: edge, members: [sw-1]}]", "needs two devices or more"),
        ("[{name: edge, members: [sw-1, sw-8]}]", 'unknown device "sw-8"'),
        ("[{name: edge, members: [sw-1, sw-2], expected: ['(?=x)']}]", "is no regular expression of RE2"),
    ],
)
def test_a_pair_that_is_none_is_told_by_check(write_devices, config, pairs, told):
    write_devices(device("sw-1", 1), device("sw-2", 1))
    config.write_text(config.read_text() + f"backup: {{ha_pairs: {pairs}}}\n")
    result = CliRunner().invoke(app, ["check", "--config", str(config)])
    assert result.exit_code == 2
    assert told in result.output
    assert "netops.yaml" in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["drift"], "no pair is declared"),
        (["run"], "name a device, or give --all"),
        (["run", "sw-9"], "sw-9: no such device"),
        (["show", "sw-1", "--at", "never"], "was never backed up"),
    ],
)
def test_bad_use_is_told(write_devices, arguments, told):
    write_devices(device("sw-1", 1))
    result = netops(*arguments)
    assert isinstance(result.exception, NetopsError)
    assert told in str(result.exception)


def test_check_finds_an_unknown_platform_with_its_line(config, write_devices):
    write_devices("  - {name: a, address: 127.0.0.1, ssh: {platform: cisco_oss}}")
    result = CliRunner().invoke(app, ["check", "--config", str(config), "--json"])
    assert result.exit_code == 2
    [problem] = json.loads(result.stdout)
    assert (problem["line"], problem["key"]) == (3, "devices[0].ssh.platform")
    assert problem["suggestion"] == 'did you mean "cisco_ios"?'


@pytest.mark.parametrize(
    ("ssh", "told"),
    [
        ("{credential: lob}", 'unknown SSH credential "lob"'),
        ("{jump_host: j}", 'unknown jump host "j"'),
        ("{platfrom: x}", "unknown key"),
        ("{legacy_crypto: yes}", "must be true or false"),
        ("{port: 99999}", "port"),
    ],
)
def test_check_finds_mistakes_under_ssh(config, write_devices, ssh, told):
    write_devices(f"  - {{name: a, address: 127.0.0.1, ssh: {ssh}}}")
    result = CliRunner().invoke(app, ["check", "--config", str(config), "--json"])
    assert result.exit_code == 2
    assert told in result.stdout.replace('\\"', '"')
