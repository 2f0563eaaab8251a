"""``netops poll`` and ``netops walk`` where nothing is as it should be: one line that says which it was."""

import json
import socket
import subprocess
from contextlib import closing

import psutil
import pytest

from acceptance.running import NETOPS, Simulator, run_here
from collectors.test_ping import needs_icmp
from netops.model.access import AuthProtocol, PrivProtocol
from peers.snmpd import AUTH_PASSWORD, COMMUNITY, PRIV_PASSWORD, Snmpd, free_udp_port, has_ipv6, user_for

QUICK = ("--timeout", "0.5", "--retries", "1", "--no-ping")
USER = user_for(AuthProtocol.SHA256, PrivProtocol.AES).user
AUTH_USER = user_for(AuthProtocol.SHA256).user
GOOD_USER = ("--v3-user", USER, "--auth", f"SHA256:{AUTH_PASSWORD}", "--priv", f"AES:{PRIV_PASSWORD}")
WRONG = "wrong-pass-phrase"


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    with Snmpd(tmp_path_factory.mktemp("snmpd")) as running:
        yield running


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with Simulator(tmp_path_factory.mktemp("network"), ("--kind", "switch48")) as running:
        yield running


def poll(*words, folder, json_too=True):
    """Poll for people and for programs; give the one line that both must say, and the exit code."""
    run = run_here("poll", *words, folder=folder)
    (line,) = run.stderr.splitlines()
    assert "Traceback" not in run.stdout
    if json_too:
        again = run_here("poll", *words, "--json", folder=folder)
        facts = json.loads(again.stdout)
        assert again.returncode == run.returncode
        assert facts["errors"][0]["error"] in again.stderr
        assert facts["errors"][0]["kind"]
        assert len(again.stderr.splitlines()) == 1
    return run.returncode, line


REFUSALS = {
    "wrong community": (
        ("--community", "wrong"),
        "not to this community over v2c; check the community, the SNMP version and the agent's access list",
    ),
    "wrong community over v1": (("--v1", "--community", "wrong"), "not to this community over v1"),
    "unknown user": (("--v3-user", "nobody"), "the agent knows no SNMPv3 user nobody; check the user name"),
    "wrong auth password": (
        ("--v3-user", USER, "--auth", f"SHA256:{WRONG}", "--priv", f"AES:{PRIV_PASSWORD}"),
        f"rejects the authentication of user {USER}; check the password and that it uses SHA256",
    ),
    "wrong auth protocol": (
        ("--v3-user", USER, "--auth", f"SHA512:{AUTH_PASSWORD}", "--priv", f"AES:{PRIV_PASSWORD}"),
        "check the password and that it uses SHA512",
    ),
    "wrong priv password": (
        ("--v3-user", USER, "--auth", f"SHA256:{AUTH_PASSWORD}", "--priv", f"AES:{WRONG}"),
        "check the privacy password and that it uses AES",
    ),
    "level too low": (
        ("--v3-user", USER, "--auth", f"SHA256:{AUTH_PASSWORD}"),
        "check view, group and security level",
    ),
    "level too high": (
        ("--v3-user", AUTH_USER, "--auth", f"SHA256:{AUTH_PASSWORD}", "--priv", f"AES:{PRIV_PASSWORD}"),
        "the agent does not offer authPriv",
    ),
}


@pytest.mark.peer("snmpd", "snmpget")
@pytest.mark.parametrize("case", REFUSALS)
def test_an_agent_that_refuses_us_is_told_by_what_it_refuses(agent, tmp_path, case):
    options, says = REFUSALS[case]
    code, line = poll(f"127.0.0.1:{agent.port}", *options, *QUICK, folder=tmp_path)
    assert code == 1
    assert says in line
    assert WRONG not in line


@pytest.mark.peer("snmpd", "snmpget")
def test_walk_says_the_same_in_one_line(agent, tmp_path):
    quick = QUICK[:-1]
    run = run_here("walk", f"127.0.0.1:{agent.port}", "1.3.6.1.2.1.1", "-c", "wrong", *quick, folder=tmp_path)
    assert (run.returncode, run.stdout) == (1, "")
    (line,) = run.stderr.splitlines()
    assert "not to this community over v2c" in line


def test_a_closed_port_is_told_from_silence(tmp_path):
    code, line = poll(f"127.0.0.1:{free_udp_port()}", *QUICK, folder=tmp_path)
    assert code == 1
    assert "is closed; check that an SNMP agent runs there, and its port" in line


def test_a_silent_host_is_told_with_what_to_check(tmp_path):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
        silent.bind(("127.0.0.1", 0))
        code, line = poll(f"127.0.0.1:{silent.getsockname()[1]}", *QUICK, folder=tmp_path)
    assert code == 1
    assert "no SNMP answer" in line
    assert "check address, credential and access list" in line


@needs_icmp
def test_a_silent_host_that_was_pinged_says_so_in_the_same_line(tmp_path):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
        silent.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        run = run_here("poll", place, *QUICK[:-1], folder=tmp_path)
    (line,) = run.stderr.splitlines()
    assert "(ping: " in line


def test_a_name_without_an_address_is_named(tmp_path):
    code, line = poll("no-such-host.invalid", *QUICK, folder=tmp_path)
    assert code == 1
    assert "no-such-host.invalid" in line
    assert "check" in line


LIES = {
    "loop": "walks in a circle",
    "garbage": "not with valid SNMP",
    "truncated": "not with valid SNMP",
    "wrongid": "a wrong request-id; its agent is at fault",
    "generr": "genErr",
}


@pytest.mark.parametrize("lie", LIES)
def test_an_agent_that_lies_is_named_in_one_line(network, tmp_path, lie):
    place = f"{network.devices[0]['address']}:{network.port}"
    options = ("--timeout", "0.2", "--retries", "0", "--no-ping")
    code, line = poll(place, "--community", lie, *options, folder=tmp_path)
    assert code == 1
    assert LIES[lie] in line


@pytest.mark.parametrize("lie", LIES)
def test_walking_an_agent_that_lies_ends_in_one_line(network, tmp_path, lie):
    place = f"{network.devices[0]['address']}:{network.port}"
    options = ("--timeout", "0.2", "--retries", "0")
    run = run_here("walk", place, "1.3.6.1.2.1.2", "-c", lie, *options, folder=tmp_path)
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert LIES[lie] in line


BAD_USE = {
    "unknown auth protocol": (
        ("127.0.0.1", "--v3-user", "u", "--auth", f"ROT13:{WRONG}"),
        "MD5, SHA, SHA224",
    ),
    "unknown priv protocol": (
        ("127.0.0.1", "--v3-user", "u", "--auth", f"SHA:{WRONG}", "--priv", f"ROT13:{WRONG}"),
        "--priv needs PROTOCOL:PASSWORD with one of DES, AES",
    ),
    "short password": (("127.0.0.1", "--v3-user", "u", "--auth", "SHA:short"), "fewer than 8 characters"),
    "priv without auth": (("127.0.0.1", "--v3-user", "u", "--priv", f"AES:{WRONG}"), "add --auth"),
    "auth without user": (("127.0.0.1", "--auth", f"SHA:{WRONG}"), "add --v3-user"),
    "v1 and v3": (("127.0.0.1", "--v1", "--v3-user", "u"), "exclude each other"),
    "no such port": (("127.0.0.1:99999",), "99999 is not a port"),
    "no host": ((":161",), "names no host"),
    "nothing": ((), "HOST[:PORT]"),
    "unknown option": (("127.0.0.1", "--comunity", "x"), "--comunity"),
    "unknown engine": (("127.0.0.1", "--engine", "fast"), "netops or pysnmp"),
}


@pytest.mark.parametrize("case", BAD_USE)
def test_bad_use_is_one_line_that_points_to_the_help(tmp_path, case):
    words, says = BAD_USE[case]
    run = run_here("poll", *words, folder=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert says in line
    assert line.endswith("see `netops poll --help`")
    assert WRONG not in line


def test_walking_what_is_no_oid_is_bad_use(tmp_path):
    run = run_here("walk", "127.0.0.1", "NO-SUCH-MIB::thing", folder=tmp_path)
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1


# --- and where all is well


def own_interfaces():
    return set(psutil.net_if_addrs())


@pytest.mark.peer("snmpd", "snmpget")
def test_the_interfaces_of_a_real_agent_are_those_of_this_machine(agent, tmp_path):
    run = run_here("poll", f"127.0.0.1:{agent.port}", *GOOD_USER, "--json", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    facts = json.loads(run.stdout)
    assert facts["errors"] == []
    assert facts["device"]["name"] == "peer.example.net"
    assert facts["device"]["location"] == "room 12"
    assert {row["name"] for row in facts["interfaces"]} == own_interfaces()
    loopback = next(row for row in facts["interfaces"] if row["name"] == "lo")
    assert loopback["oper_status"] == "up"
    assert loopback["counters"]["in_octets"] >= 0


@pytest.mark.peer("snmpd", "snmpget")
def test_both_engines_see_the_same_interfaces(agent, tmp_path):
    run = run_here(
        "poll", f"127.0.0.1:{agent.port}", *GOOD_USER, "--engine", "pysnmp", "--json", folder=tmp_path
    )
    assert run.returncode == 0, run.stderr
    assert {row["name"] for row in json.loads(run.stdout)["interfaces"]} == own_interfaces()


@pytest.mark.peer("snmpd", "snmpget")
@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_device_is_polled_over_ipv6(agent, tmp_path):
    run = run_here("poll", f"[::1]:{agent.port}", "-c", COMMUNITY, "--json", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert {row["name"] for row in json.loads(run.stdout)["interfaces"]} == own_interfaces()


@pytest.mark.peer("snmpd", "snmpget")
def test_a_walk_gives_names_values_and_an_object_a_line(agent, tmp_path):
    words = ("walk", f"127.0.0.1:{agent.port}", "SNMPv2-MIB::sysName", "-c", COMMUNITY)
    assert run_here(*words, folder=tmp_path).stdout == "SNMPv2-MIB::sysName.0 = peer.example.net\n"
    told = json.loads(run_here(*words, "--json", folder=tmp_path).stdout)
    assert told["oid"] == "1.3.6.1.2.1.1.5.0"
    assert told["text"] == "peer.example.net"


@pytest.mark.peer("snmpd", "snmpget")
def test_a_secret_may_come_from_the_environment(agent, tmp_path):
    secrets = {"NETOPS_AUTH": f"SHA256:{AUTH_PASSWORD}", "NETOPS_PRIV": f"AES:{PRIV_PASSWORD}"}
    run = run_here("poll", f"127.0.0.1:{agent.port}", "--v3-user", USER, folder=tmp_path, environment=secrets)
    assert run.returncode == 0, run.stderr
    assert "peer.example.net" in run.stdout


def test_a_reader_who_goes_away_is_no_failure(network, tmp_path):
    """``netops walk … | head -1``"""
    place = f"{network.devices[0]['address']}:{network.port}"
    with subprocess.Popen(
        [*NETOPS, "walk", place, "1.3.6.1.2.1.2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as walking:
        assert walking.stdout.readline().startswith("IF-MIB::ifNumber.0 = ")
        walking.stdout.close()
        assert walking.stderr.read() == ""
        assert walking.wait(30) == 0
