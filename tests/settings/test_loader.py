import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from netops.model.access import AuthProtocol, CommunityCredential, PrivProtocol, UserCredential
from netops.settings import LoadedSettings, Problem, Settings, SettingsError, SettingsErrors, load_settings
from netops.settings.oncall import OncallSettings

CREDENTIALS = """\
credentials:
  campus: {version: 2c, community: public}
  core: {version: 3, user: bob, auth: SHA256, auth_password: long-enough, priv: AES, priv_password: long-enough-too}
"""
ONE_DEVICE = "devices: [{name: sw-1, address: 10.0.0.1, credential: campus}]\n"


def load(folder: Path, netops: str = CREDENTIALS, devices: str = ONE_DEVICE) -> LoadedSettings:
    (folder / "netops.yaml").write_text(netops, encoding="utf-8")
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    return load_settings(folder / "netops.yaml", environ={})


def find_problems(folder: Path, netops: str = CREDENTIALS, devices: str = ONE_DEVICE) -> list[str]:
    with pytest.raises(SettingsErrors) as caught:
        load(folder, netops, devices)
    return str(caught.value).replace(f"{folder}/", "").split("\n")


SETTINGS_MISTAKES = [
    ("site_nme: x", '1:1: site_nme: unknown key; did you mean "site_name"?'),
    ("web: {prot: 80}", '1:7: web.prot: unknown key; did you mean "port"?'),
    ("web: {zzz: 80}", "1:7: web.zzz: unknown key; known: host, link_key_file, port, url"),
    ("web: {port: 65536}", "1:13: web.port: must be at most 65535, and is 65536"),
    ("web: {port: true}", "1:13: web.port: must be a whole number"),
    (
        "web: {port: '80'}",
        "1:13: web.port: must be a whole number; write it without quotes and without zeros in front",
    ),
    (
        "web: {port: 0101}",
        "1:13: web.port: must be a whole number; write it without quotes and without zeros in front",
    ),
    ("web: {port: }", "1:13: web.port: has no value; remove the key or give one"),
    ("web: 8470", "1:6: web: must hold keys with values; indent them below it"),
    ("web: {host: a b}", "1:13: web.host: is neither an IP address nor a host name"),
    ("site_name: true", "1:12: site_name: must be text; put it in quotes"),
    ("site_name: ''", "1:12: site_name: is empty"),
    ("language: zh", '1:11: language: must be one of en, zh_CN; did you mean "zh_CN"?'),
    ("language: fr", "1:11: language: must be one of en, zh_CN"),
    ("exporter: {timestamps: off}", "1:24: exporter.timestamps: must be true or false; write false"),
    ("exporter: {timestamps: 'true'}", "1:24: exporter.timestamps: must be true or false; write true"),
    ("exporter: {timestamps: maybe}", "1:24: exporter.timestamps: must be true or false"),
    (
        "polling: {interval: 1:30}",
        "1:21: polling.interval: is not a duration; write it like 90s, 15m or 1h30m",
    ),
    ("polling: {interval: 0}", "1:21: polling.interval: must be between 1s and 7d"),
    (
        "polling: {periods: {interface: 1m}}",
        '1:21: polling.periods.interface: unknown key; did you mean "interfaces"?',
    ),
    ("polling: {concurrency: 0}", "1:24: polling.concurrency: must be at least 1, and is 0"),
    (
        "notifications: {listen: 127.0.0.1:162}",
        "1:25: notifications.listen: must be a list; write it like [one, two], or a line with a dash for each",
    ),
    (
        "notifications: {listen: [127.0.0.1]}",
        "1:26: notifications.listen[0]: is not an address and a port; write it like 127.0.0.1:1162 or [::1]:1162",
    ),
    (
        "notifications: {communities: [campus, core, capmus]}",
        (
            "1:39: notifications.communities[1]: needs a credential of version 1 or 2c\n"
            '1:45: notifications.communities[2]: unknown credential "capmus"; did you mean "campus"?'
        ),
    ),
    ("notifications: {users: [campus]}", "1:25: notifications.users[0]: needs a credential of version 3"),
    (
        "site_name: ${env:SITE}",
        "1:12: site_name: cannot be a reference; only secrets and storage.url may use ${env:…} and ${file:…}",
    ),
    ("storage: {url: '${env:DB}'}", '1:16: storage.url: environment variable "DB" is not set'),
    ("logging: {level: verbose}", "1:18: logging.level: must be one of debug, info, warning, error"),
    ("site_name: " + 1001 * "x", "1:12: site_name: is longer than 1000 characters"),
    ('devices_file: "a\\0b"', "1:15: devices_file: holds a NUL character"),
]


@pytest.mark.parametrize(("line", "expected"), SETTINGS_MISTAKES)
def test_a_mistake_in_the_settings_is_told_in_plain_words(tmp_path: Path, line: str, expected: str) -> None:
    problems = find_problems(tmp_path, f"{line}\n{CREDENTIALS}")
    assert problems == [f"netops.yaml:{problem}" for problem in expected.split("\n")]


@pytest.mark.parametrize(
    ("credential", "expected"),
    [
        ("{community: x}", "5: x.version: is missing; give version: 1, 2c or 3"),
        ("{version: 2, community: x}", '15: x.version: must be 1, 2c or 3; did you mean "2c"?'),
        ("{version: v3, user: x}", '15: x.version: must be 1, 2c or 3; did you mean "3"?'),
        ("{version: 4, user: x}", "15: x.version: must be 1, 2c or 3"),
        ("{version: 2c}", "5: x.community: is missing"),
        ("{version: 2c, community: }", "30: x.community: has no value; give it one"),
        ("{version: 2c, community: ''}", "30: x.community: is empty"),
        ("{version: 2c, community: x, user: y}", "33: x.user: unknown key; it belongs to version 3"),
        (
            "{version: 3, user: y, community: x}",
            "27: x.community: unknown key; it belongs to versions 1 and 2c",
        ),
        ("{version: 3}", "5: x.user: is missing"),
        ("{version: 3, user: y, auth: SHA256}", "33: x.auth: needs auth_password beside it"),
        ("{version: 3, user: y, auth_password: 12345678}", "42: x.auth_password: needs auth beside it"),
        (
            "{version: 3, user: y, auth: sha-256, auth_password: 12345678}",
            '33: x.auth: unsupported protocol; did you mean "SHA256"?',
        ),
        (
            "{version: 3, user: y, auth: SHA1, auth_password: 12345678}",
            '33: x.auth: unsupported protocol; did you mean "SHA"?',
        ),
        (
            "{version: 3, user: y, auth: SHA, auth_password: 1234567}",
            "53: x.auth_password: is too short: SNMPv3 passwords have at least 8 characters (RFC 3414 section 11.2)",
        ),
        (
            "{version: 3, user: y, priv: AES, priv_password: 12345678}",
            "33: x.priv: SNMPv3 has no privacy without authentication; add auth",
        ),
        (
            "{version: 3, user: y, auth: SHA, auth_password: 12345678, priv: AES128, priv_password: 12345678}",
            '69: x.priv: unsupported protocol; did you mean "AES"?',
        ),
        ("public", "5: x: must hold keys with values; indent them below it"),
    ],
)
def test_a_wrong_credential_is_told_in_plain_words(tmp_path: Path, credential: str, expected: str) -> None:
    column, _space, rest = expected.partition(" ")
    problems = find_problems(tmp_path, f"credentials:\n x: {credential}\n", "devices: []\n")
    assert problems == [f"netops.yaml:2:{column} credentials.{rest}"]


DEVICE_MISTAKES = [
    ("{name: a, adress: 10.0.0.1}", '15: .adress: unknown key; did you mean "address"?'),
    ("{name: a, ip: 10.0.0.1}", '15: .ip: unknown key; did you mean "address"?'),
    ("{name: a}", "5: : has no address; add address, addresses or local: true"),
    ("{address: 10.0.0.1}", "5: .name: is missing"),
    ("{name: a, address: 10.0.0.300}", "24: .address: is neither an IP address nor a host name"),
    (
        "{name: a, address: '10.0.0.1:161'}",
        "24: .address: is not an address; write the port beside it, as port: …, and no brackets",
    ),
    ("{name: a, address: 10.0.0.1-9}", "24: .address: is not one address; write ranges as addresses: [ … ]"),
    (
        "{name: a, address: b, credential: campsu}",
        '39: .credential: unknown credential "campsu"; did you mean "campus"?',
    ),
    ("{name: a, address: b, groups: [up]}", '36: .groups[0]: unknown group "up"; did you mean "ups"?'),
    ("{name: a, address: b, parents: [sww]}", '37: .parents[0]: unknown device "sww"; did you mean "sw"?'),
    ("{name: a, address: b, parents: [a]}", "36: .parents: these parents lead in a circle: a → a"),
    ("{name: a, address: b, port: 0}", "33: .port: must be at least 1, and is 0"),
    ("{name: a, address: b, timeout: 5m}", "36: .timeout: must be between 0.05s and 2m"),
    (
        "{name: a, address: b, engine: pysmnp}",
        '35: .engine: must be one of netops, pysnmp; did you mean "pysnmp"?',
    ),
    (
        "{name: a, address: b, collectors: {weather: false}}",
        (
            "40: .collectors.weather: unknown key; known: addresses, arp, components, "
            "forwarding, health, interfaces, neighbours, sensors, system, vlans"
        ),
    ),
    ("{name: a, address: b, enabled: no}", "36: .enabled: must be true or false; write false"),
    ("{name: sw, address: b}", '12: .name: "sw" is already the device of line 4'),
    (
        "{name: a/b, address: b}",
        "12: .name: is not a name for a device; no slash, brace, control character, dash in front or space at an end",
    ),
    ("{name: 'a{n}', address: b}", "12: .name: only entries with addresses fill in {…}; write the name out"),
    (
        "{name: a, addresses: [b, c]}",
        "12: .name: several devices cannot have one name; add {n}, {last_octet} or {address}",
    ),
    ("{name: 'a{n}', addresses: [10.0.0.9-1]}", "32: .addresses[0]: is a range that ends before it begins"),
    (
        "{name: 'a{last_octet}', addresses: [b]}",
        "12: .name: uses {last_octet}, which only IPv4 addresses have; use {n} or {address}",
    ),
    ("{name: 'a{n}', addresses: [b], address: c}", "31: .addresses: stands beside address; keep one of them"),
    (
        "{name: a, local: true, address: b}",
        "37: .address: a local device is read without SNMP and has none; remove it",
    ),
    ("a", "5: : must hold keys with values; indent them below it"),
]


@pytest.mark.parametrize(("entry", "expected"), DEVICE_MISTAKES)
def test_a_wrong_device_is_told_in_plain_words(tmp_path: Path, entry: str, expected: str) -> None:
    column, place, message = expected.split(" ", 2)
    devices = f"defaults: {{credential: campus}}\ngroups: {{ups: }}\ndevices:\n  - {{name: sw, address: b}}\n  - {entry}\n"
    problems = find_problems(tmp_path, devices=devices)
    assert problems == [f"devices.yaml:5:{column} devices[1]{place} {message}"]


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    problems = find_problems(
        tmp_path,
        "web: {prot: 1}\ncredentials: {campus: {version: 2c}}\nsite_name: a\nsite_name: b\n",
        "defaults: {credentail: campus}\ngroups: {g: {tags: x}}\ndevices:\n  - {name: a, address: 1.2.3}\n"
        "  - {name: b, address: c, credential: nope, parents: [a, z]}\n",
    )
    assert problems == [
        'devices.yaml:1:12: defaults.credentail: unknown key; did you mean "credential"?',
        "devices.yaml:2:20: groups.g.tags: must be a list; write it like [one, two], or a line with a dash for each",
        "devices.yaml:4:24: devices[0].address: is neither an IP address nor a host name",
        'devices.yaml:5:39: devices[1].credential: unknown credential "nope"; known: campus',
        'devices.yaml:5:58: devices[1].parents[1]: unknown device "z"; known: b',
        'netops.yaml:1:7: web.prot: unknown key; did you mean "port"?',
        "netops.yaml:2:23: credentials.campus.community: is missing",
        "netops.yaml:4:1: site_name: key given twice, first on line 3",
    ]


def test_broken_settings_do_not_hide_wrong_devices_nor_blame_right_ones(tmp_path: Path) -> None:
    problems = find_problems(tmp_path, "a: [", ONE_DEVICE.replace("address", "adress"))
    assert [problem.split(": ")[0] for problem in problems] == ["devices.yaml:1:24", "netops.yaml:2:1"]


def test_a_device_without_credential_is_told(tmp_path: Path) -> None:
    assert find_problems(tmp_path, devices="devices:\n- {name: a, address: b}\n") == [
        "devices.yaml:2:3: devices[0]: has no credential; name one here, in a group or under defaults"
    ]


def test_a_circle_of_parents_is_told_once(tmp_path: Path) -> None:
    lines = "".join(f"- {{name: {a}, address: x, parents: [{b}]}}\n" for a, b in ("ab", "bc", "ca", "da"))
    assert find_problems(tmp_path, devices="defaults: {credential: campus}\ndevices:\n" + lines) == [
        "devices.yaml:3:34: devices[0].parents: these parents lead in a circle: a → b → c → a"
    ]


def test_a_missing_devices_file_is_told_by_its_name(tmp_path: Path) -> None:
    assert find_problems(tmp_path, "devices_file: sub/absent.yaml\n") == ["sub/absent.yaml:1:1: no such file"]


def test_a_missing_settings_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsErrors, match=r"absent\.yaml:1:1: no such file$") as caught:
        load_settings(tmp_path / "absent.yaml")
    assert len(caught.value.problems) == 1


def test_digits_stay_the_text_that_was_written(tmp_path: Path) -> None:
    netops = "site_name: 0123\ncredentials:\n  1: {version: 1, community: 007}\n  2: {version: 2c, community: 12345678}\n"
    loaded = load(
        tmp_path,
        netops,
        "devices: [{name: 10, address: 10.0.0.1, credential: 1, site: NO, tags: [1, 2.50]}]\n",
    )
    assert loaded.settings.site_name == "0123"
    assert loaded.settings.credential("1") == CommunityCredential("1", "007")
    assert loaded.settings.credential("2") == CommunityCredential("2c", "12345678")
    assert loaded.devices["10"].site == "NO"
    assert loaded.devices["10"].tags == ("1", "2.50")


def test_access_holds_all_that_a_session_needs(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        devices="devices: [{name: a, address: '::1', credential: core, port: 1161, timeout: 500ms}]\n",
    )
    access = loaded.access_for(loaded.devices["a"])
    assert (access.host, access.port, access.timeout_seconds, access.engine) == ("::1", 1161, 0.5, "netops")
    assert access.credential == UserCredential(
        "bob", AuthProtocol.SHA256, "long-enough", PrivProtocol.AES, "long-enough-too"
    )


def test_access_to_this_machine_and_unknown_credentials_are_refused(tmp_path: Path) -> None:
    loaded = load(tmp_path, devices="devices: [{name: here, local: true}]\n")
    with pytest.raises(SettingsError, match="here: this machine itself is read without SNMP"):
        loaded.access_for(loaded.devices["here"])
    with pytest.raises(SettingsError, match='unknown credential "campos"; did you mean "campus"'):
        loaded.settings.credential("campos")


def test_empty_sections_are_empty(tmp_path: Path) -> None:
    loaded = load(tmp_path, "web:\nstorage:\ncredentials:\npolling:\n", "defaults:\ngroups:\ndevices:\n")
    assert loaded.devices == {}
    assert loaded.settings.web.port == 8470


def test_listening_addresses_come_apart(tmp_path: Path) -> None:
    loaded = load(
        tmp_path, CREDENTIALS + "notifications: {listen: ['0.0.0.0:162', '[::1]:0'], users: [core]}\n"
    )
    assert loaded.settings.notifications.endpoints == [("0.0.0.0", 162), ("::1", 0)]


def test_ten_thousand_devices_load(tmp_path: Path) -> None:
    lines = "".join(
        f"- {{name: sw-{n}, address: 10.{n >> 8}.{n & 255}.1, groups: [g], parents: [sw-{n - 1}]}}\n"
        for n in range(1, 10_000)
    )
    head = "defaults: {credential: campus}\ngroups: {g: {tags: [x]}}\ndevices:\n- {name: sw-0, address: x}\n"
    loaded = load(tmp_path, devices=head + lines)
    assert len(loaded.devices) == 10_000
    assert loaded.devices["sw-9999"].tags == ("x",)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["campus", "3", "10.0.0.0/30", "a{n}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "address",
                    "addresses",
                    "groups",
                    "parents",
                    "version",
                    "user",
                    "credential",
                    "local",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@hypothesis_settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(Settings.model_fields)), VALUES),
    st.dictionaries(st.sampled_from(["defaults", "groups", "devices"]), VALUES),
    st.dictionaries(st.sampled_from(sorted(OncallSettings.model_fields)), VALUES),
)
def test_whatever_stands_in_the_files_they_load_or_are_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory,
    netops: dict[str, object],
    devices: dict[str, object],
    oncall: dict[str, object],
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    netops.pop("devices_file", None)
    (folder / "oncall.yaml").write_text(json.dumps(oncall), encoding="utf-8")
    problems: tuple[Problem, ...] = ()
    try:
        loaded = load(folder, json.dumps(netops), json.dumps(devices))
    except SettingsErrors as errors:
        problems = errors.problems
    else:
        assert all(device.local or loaded.access_for(device) for device in loaded.devices.values())
    assert all(problem.message and problem.line > 0 for problem in problems)
    assert "has a value that is not allowed here" not in {problem.message for problem in problems}
