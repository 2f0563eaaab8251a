"""Service checks in devices.yaml: what may be said, and what a device gets of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from netops.settings import DeviceSettings, SettingsErrors, load_settings
from netops.settings.checks import fill_url, parse_statuses
from netops.settings.diff import diff_devices

NETOPS = "credentials: {c: {version: 1, community: x}}\n"


def load(folder: Path, devices: str) -> dict[str, DeviceSettings]:
    (folder / "netops.yaml").write_text(NETOPS, encoding="utf-8")
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    return dict(load_settings(folder / "netops.yaml").devices)


def load_one(folder: Path, check: str, **more: str) -> DeviceSettings:
    address = more.get("address", "10.0.0.7")
    entry = f"{{name: a, address: '{address}', credential: c, checks: [{check}]}}"
    return load(folder, f"devices: [{entry}]\n")["a"]


def complaint(folder: Path, check: str) -> str:
    with pytest.raises(SettingsErrors) as caught:
        load_one(folder, check)
    assert len(caught.value.problems) == 1
    return str(caught.value.problems[0])


def test_checks_of_defaults_groups_and_device_add_up_by_name(tmp_path: Path) -> None:
    a, b = load(
        tmp_path,
        "defaults: {credential: c, checks: [{name: ssh, type: tcp, port: 22}]}\n"
        "groups:\n"
        "  web: {checks: [{name: web, type: tls}]}\n"
        "  quiet: {checks: [{name: ssh, type: tcp, enabled: false}]}\n"
        "devices:\n"
        "- {name: a, address: x, groups: [web], checks: [{name: web, type: tls, port: 8443}]}\n"
        "- {name: b, address: x, groups: [web, quiet]}\n",
    ).values()
    assert [(check.name, check.port) for check in a.checks] == [("ssh", 22), ("web", 8443)]
    assert [(check.name, check.port) for check in b.checks] == [("web", 443)]


def test_a_device_without_checks_has_none(tmp_path: Path) -> None:
    assert load(tmp_path, "devices: [{name: a, address: x, credential: c}]\n")["a"].checks == ()


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("10.0.0.7", "https://10.0.0.7:8443/x"),
        ("2001:db8::7", "https://[2001:db8::7]:8443/x"),
        ("sw.example", "https://sw.example:8443/x"),
    ],
)
def test_the_address_is_filled_into_a_url(tmp_path: Path, address: str, url: str) -> None:
    check = "{name: web, type: http, url: 'https://{address}:8443/x'}"
    (made,) = load_one(tmp_path, check, address=address).checks
    assert made.url == url
    assert made.timeout == timedelta(seconds=5)


def test_doubled_braces_stay_in_a_url() -> None:
    assert fill_url("http://{address}/{{x}}", "h") == "http://h/{x}"


def test_this_machines_services_are_looked_for_at_home(tmp_path: Path) -> None:
    devices = load(
        tmp_path,
        "devices: [{name: me, local: true, checks: [{name: w, type: http, url: 'http://{address}/'}]}]\n",
    )
    assert devices["me"].checks[0].url == "http://127.0.0.1/"


def test_checks_come_back_from_what_the_store_keeps(tmp_path: Path) -> None:
    check = "{name: web, type: http, url: 'https://{address}/', ca_file: own.pem, expect_text: '^a', timeout: 900ms}"
    device = load_one(tmp_path, check)
    assert DeviceSettings.model_validate(device.model_dump(mode="json")) == device
    assert hash(device.checks)


def test_a_changed_check_is_told_by_its_key(tmp_path: Path) -> None:
    before = load_one(tmp_path, "{name: ssh, type: tcp, port: 22}")
    after = load_one(tmp_path, "{name: ssh, type: tcp, port: 2222}")
    (change,) = diff_devices({"a": before}, {"a": after})
    assert (change.key, change.before, change.after) == ("a.checks[0].port", "22", "2222")


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("200", ((200, 200),)),
        ("200-399", ((200, 399),)),
        (" 200 - 204 , 401", ((200, 204), (401, 401))),
    ],
)
def test_status_codes_are_ranges(text: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert parse_statuses(text) == ranges


@pytest.mark.parametrize("text", ["99", "600", "2000", "300-200", "200-", "-200", "200,,201", "ok", "٢٠٠"])
def test_what_is_no_status_code_is_refused(tmp_path: Path, text: str) -> None:
    said = complaint(
        tmp_path, f"{{name: w, type: http, url: 'http://{{address}}/', expect_status: '{text}'}}"
    )
    assert "checks[0].expect_status: is no list of status codes" in said


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("{name: w, type: htp}", 'type: must be one of tcp, tls, http; did you mean "http"?'),
        ("{name: w, type: tls, verfy: true}", 'verfy: unknown key; did you mean "verify"?'),
        ("{name: w, type: tls, sni: x}", 'sni: unknown key; did you mean "server_name"?'),
        ("{name: w, type: tcp}", "checks[0]: a check of type tcp needs port"),
        ("{name: w, type: http}", "checks[0]: a check of type http needs url"),
        ("{name: w, type: tls, url: 'http://x/'}", "url: a check of type tls has none"),
        ("{name: w, type: tcp, port: 1, verify: false}", "verify: a check of type tcp has none"),
        ("{name: w, type: tcp, port: 0}", "port: must be at least 1"),
        ("{name: w, type: tls, timeout: 31s}", "timeout: must be between 0.05s and 30s"),
        ("{name: w, type: tls, expect_text: '(?=x)'}", "expect_text: is no regular expression of RE2"),
        ("{type: tls}", "name: is missing"),
        ("{name: w, type: tls}, {name: w, type: tls}", "checks[1].name: another check of this list"),
    ],
)
def test_mistakes_are_told_at_their_key(tmp_path: Path, check: str, words: str) -> None:
    assert words in complaint(tmp_path, check)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://{address}/", "is not a URL"),
        ("{address}", "is not a URL"),
        ("http://", "is not a URL"),
        ("http://{address}:99999/", "is not a URL"),
        ("http://a b/", "is not a URL"),
        ("http://{host}/", "{host} is not filled in here"),
        ("http://{address}/{", "a brace stands alone"),
        ("http://1.2.3.999/", "is neither an IP address nor a host name"),
    ],
)
def test_what_is_no_url_is_refused(tmp_path: Path, url: str, words: str) -> None:
    assert words in complaint(tmp_path, f"{{name: w, type: http, url: '{url}'}}")


@pytest.mark.parametrize("url", ["https://joe:geheim@{address}/", "https://geheim@{address}/"])
def test_a_url_with_a_password_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    said = complaint(tmp_path, f"{{name: w, type: http, url: '{url}'}}")
    assert "holds a user or a password" in said
    assert "geheim" not in said


def test_a_check_that_is_switched_off_needs_no_more_than_its_name_and_type(tmp_path: Path) -> None:
    assert load_one(tmp_path, "{name: ssh, type: tcp, enabled: false}").checks == ()
