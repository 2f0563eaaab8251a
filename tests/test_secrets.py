"""Canaries: secrets planted in every place that takes one, and looked for in every place that tells something."""

import sqlite3
import zlib
from pathlib import Path

import pytest
import yaml

from acceptance.running import Daemon, Simulator, run_here, wait_until, write_settings
from peers.snmpd import free_udp_port

CANARY = "canary"  # part of every secret here, and of nothing else
ENVIRONMENT = {
    "SECRET_COMMUNITY": "env-canary-community",
    "SECRET_AUTH": "env-canary-authentication",
    "SECRET_PRIV": "env-canary-privacy",
    "SECRET_URL": "env-canary-database",
}
FILES = {
    "community": "file-canary-community",
    "auth": "file-canary-authentication",
    "priv": "file-canary-privacy",
}


def community(secret):
    return {"version": "2c", "community": secret}


def user(auth, priv, name="simulator"):
    return {
        "version": 3,
        "user": name,
        "auth": "SHA256",
        "auth_password": auth,
        "priv": "AES",
        "priv_password": priv,
    }


def planted(folder: Path, generation: str):
    """Give credentials whose secrets come by every way; the literal ones differ in each generation."""
    for name, secret in FILES.items():
        (folder / name).write_text(f"{secret}-{generation}\n")
    return {
        "c-literal": community(f"literal-canary-{generation}"),
        "c-env": community("${env:SECRET_COMMUNITY}"),
        "c-file": community("${file:%s}" % (folder / "community")),
        "u-literal": user(f"literal-canary-auth-{generation}", f"literal-canary-priv-{generation}"),
        "u-env": user("${env:SECRET_AUTH}", "${env:SECRET_PRIV}"),
        "u-file": user("${file:%s}" % (folder / "auth"), "${file:%s}" % (folder / "priv")),
        # The right authentication, so that only the privacy password is wrong.
        "u-priv": user("simulator-auth", f"literal-canary-priv-{generation}"),
        "u-stranger": user(f"literal-canary-auth-{generation}", "${env:SECRET_PRIV}", "stranger"),
    }


def write(folder: Path, network: Simulator, generation: str, *, site: str = "one") -> list[str]:
    """Write settings in which every device fails, and one more whose port is closed; give the devices' names."""
    credentials = planted(folder, generation)
    entries = []
    for number, name in enumerate(credentials):
        device = network.devices[number]
        entry = {"address": device["address"], "port": network.port, "credential": name, "site": site}
        entries.append({"name": f"by-{name}", **entry})
        if name.endswith("literal"):
            entries.append({"name": f"second-{name}", **entry, "engine": "pysnmp"})
    closed = {"address": "127.0.0.1", "port": free_udp_port(), "credential": "c-literal"}
    entries.append({"name": "closed", **closed})
    defaults = {"timeout": "200ms", "retries": 0}
    write_settings(
        folder,
        credentials=yaml.safe_dump({"credentials": credentials}),
        devices=yaml.safe_dump({"defaults": defaults, "devices": entries}),
        more=(
            "logging:\n  level: debug\n"
            "notifications:\n  enabled: true\n  listen: ['127.0.0.1:0']\n"
            "  communities: [c-literal, c-env, c-file]\n  users: [u-literal, u-env, u-file]\n"
        ),
    )
    return [entry["name"] for entry in entries]


def every_row(database: Path) -> list[str]:
    """Give every value of every table as text, packed readings unpacked."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        values = [
            value
            for table in tables
            for row in connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the schema
            for value in row
        ]
    finally:
        connection.close()
    return [
        zlib.decompress(value).decode() if isinstance(value, bytes) and value[:1] == b"\x78" else str(value)
        for value in values
    ]


def assert_clean(told: dict[str, str | bytes]):
    """None of what was told, by where it was told, holds a canary."""
    for where, text in told.items():
        plain = text if isinstance(text, bytes) else text.encode()
        at = plain.lower().find(CANARY.encode())
        assert at < 0, f"{where}: …{plain[max(0, at - 80) : at + 60]!r}…"


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with Simulator(tmp_path_factory.mktemp("network")) as running:
        yield running


@pytest.fixture
def daemon(network, tmp_path):
    write(tmp_path, network, "first")
    with Daemon(tmp_path, ENVIRONMENT) as running:
        yield running


def all_that_is_told(daemon: Daemon, names: list[str]) -> dict[str, str | bytes]:
    told: dict[str, str | bytes] = {"log": daemon.log, "output": daemon.output}
    for path in ("/metrics", "/sd", *(f"/probe?target={name}" for name in names), "/probe?target=x", "/"):
        told[path] = daemon.get(path).text
    for path in ("/status", "/nothing"):
        told[f"control {path}"] = daemon.control("GET", path).text
    commands = [("device", "list"), ("check",), ("db", "check"), ("device", "apply", "--dry-run")]
    commands += [("device", "show", name) for name in names]
    commands += [("device", "poll", name) for name in names[:3]]
    for words in commands:
        for form in ((), ("--json",)):
            run = daemon.run(*words, *form)
            told[" ".join((*words, *form))] = run.stdout + run.stderr
    for path in daemon.folder.glob("netops.db*"):
        told[path.name] = path.read_bytes()
    told["rows"] = "\n".join(every_row(daemon.folder / "netops.db"))
    return told


def test_no_secret_of_a_device_is_told_anywhere(daemon, network):
    names = sorted(
        entry["name"] for entry in yaml.safe_load((daemon.folder / "devices.yaml").read_text())["devices"]
    )
    wait_until(lambda: daemon.devices_shown() == set(names), "every device to have been tried")
    wait_until(
        lambda: {event.device_name for event in daemon.events(kind="device_unreachable")} == set(names),
        "every device to have failed",
    )
    assert_clean(all_that_is_told(daemon, names))
    write(daemon.folder, network, "second", site="two")
    daemon.hang_up()
    wait_until(lambda: daemon.events(kind="settings_applied"), "new secrets")
    assert "credentials.c-literal.community: (changed)" in daemon.log
    assert_clean(all_that_is_told(daemon, names))
    spoil(daemon.folder)
    daemon.hang_up()
    wait_until(lambda: daemon.events(kind="settings_refused"), "the refusal of broken secrets")
    assert_clean({"log": daemon.log, "rows": "\n".join(every_row(daemon.folder / "netops.db"))})
    for form in ((), ("--json",)):
        run = daemon.run("check", *form)
        assert run.returncode == 2
        assert_clean({"check": run.stdout + run.stderr})
    assert daemon.stop() == 0
    assert_clean({"log": daemon.log})


def spoil(folder: Path) -> None:
    """Write mistakes around secrets: too short, of a wrong type, below wrong keys, references that lead nowhere."""
    path = folder / "netops.yaml"
    text = path.read_text()
    text = text.replace("version: 2c", "version: 4c")
    text = text.replace("${env:SECRET_AUTH}", "${env:SECRET_AUTH}${env:ABSENT}")
    text = text.replace("literal-canary-priv-second", "[literal-canary-priv-second, 1]")
    path.write_text(text + "more:\n  comunity: canary-under-a-wrong-key\n  auth_password: canary\n")


COMMANDS = {
    "community": ("--community", "canary-community"),
    "passwords": ("--v3-user", "u", "--auth", "SHA256:canary-auth", "--priv", "AES:canary-priv"),
    "bare": ("--v3-user", "u", "--auth", "canary-password"),
    "unknown": ("--v3-user", "u", "--auth", "ROT13:canary-password"),
    "short": ("--v3-user", "u", "--auth", "SHA:canary"),
    "second engine": ("--community", "canary-community", "--engine", "pysnmp"),
}


@pytest.mark.parametrize("verb", ["poll", "walk"])
@pytest.mark.parametrize("case", COMMANDS)
def test_no_secret_of_a_command_line_is_repeated(network, tmp_path, case, verb):
    place = f"{network.devices[0]['address']}:{network.port}"
    options = ("--timeout", "0.2", "--retries", "0", *COMMANDS[case])
    run = run_here(verb, place, *options, folder=tmp_path)
    assert run.returncode in {1, 2}
    assert run.stderr
    assert_clean({"output": run.stdout, "errors": run.stderr})


@pytest.mark.parametrize(
    "words",
    [
        ("device", "list"),
        ("device", "show", "x"),
        ("db", "upgrade"),
        ("db", "check"),
        ("db", "backup", "saved"),
        ("db", "restore", "saved"),
        ("check",),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("way", ["literal-canary-database", "${env:SECRET_URL}"])
def test_the_password_of_a_database_that_fails_is_not_told(tmp_path, words, way):
    (tmp_path / "saved").write_text("no backup")
    url = f"postgresql+psycopg://netops:{way}@/netops?host={tmp_path}/nowhere"
    write_settings(tmp_path, storage=f'"{url}"')
    run = run_here(*words, "--config", "netops.yaml", folder=tmp_path, environment=ENVIRONMENT)
    assert run.returncode == (0 if words == ("check",) else 1)
    assert_clean({"output": run.stdout, "errors": run.stderr})


def test_a_daemon_whose_database_fails_does_not_tell_its_password(tmp_path):
    url = f"postgresql+psycopg://netops:literal-canary-database@/netops?host={tmp_path}/nowhere"
    write_settings(tmp_path, storage=f'"{url}"', more="logging:\n  level: debug\n")
    daemon = Daemon(tmp_path)
    daemon.spawn()
    assert daemon.process.wait(30) == 1
    assert daemon.log
    assert_clean({"log": daemon.log, "output": daemon.output})
