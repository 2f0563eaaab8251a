"""Platforms as data: all of ours load, and a mistake in an operator's is told with its place."""

import pytest

from netops.backup.platform_files import load_platforms
from netops.settings.errors import SettingsErrors

ASKED_FOR = [
    "cisco_ios",
    "iosxe",
    "cisco_iosxr",
    "cisco_nxos",
    "cisco_asa",
    "cisco_ftd",
    "cisco_s300",
    "cisco_wlc",
    "huawei_vrp",
    "usg",
    "hp_comware",
    "h3c",
    "ruijie_os",
    "zte_zxros",
    "juniper_junos",
    "juniper_junos_set",
    "arista_eos",
    "hp_procurve",
    "aruba_aoscx",
    "aruba_os",
    "dell_os6",
    "dell_os9",
    "dell_os10",
    "mikrotik_routeros",
    "extreme_exos",
    "extreme_voss",
    "ruckus_fastiron",
    "brocade_fos",
    "fortinet",
    "paloalto_panos",
    "checkpoint_gaia",
    "f5_tmos",
    "a10_acos",
    "mellanox_onyx",
    "cumulus",
    "vyos",
    "edgeos",
    "opnsense",
    "pfsense",
    "frr",
    "linux",
    "apc_aos",
    "eaton_network",
    "tplink_jetstream",
    "alcatel_aos8",
    "allied_telesis_awplus",
    "ciena_saos",
    "perle_iolan",
    "netgear",
]


@pytest.mark.parametrize("name", ASKED_FOR)
def test_a_platform_is_known_by_its_name(name):
    platform = load_platforms().get(name)
    assert platform.configuration
    assert platform.title


def test_names_of_other_programs_lead_to_the_same_platforms():
    platforms = load_platforms()
    assert platforms.get("cisco-ios") is platforms.get("ios") is platforms.by_name["cisco_ios"]
    assert platforms.get("FortiGate") is platforms.by_name["fortinet"]


def test_every_alias_is_used_once():
    platforms = load_platforms().by_name.values()
    aliases = [alias for platform in platforms for alias in platform.aliases]
    assert sorted(aliases) == sorted(set(aliases))


def test_an_operators_file_replaces_ours_and_may_extend_it(tmp_path):
    (tmp_path / "cisco_ios.yaml").write_text("extends: _cisco\nconfiguration: [show my-config]\n")
    (tmp_path / "acme.yaml").write_text("extends: arista_eos\nsecrets: ['^token (\\S+)']\n")
    platforms = load_platforms(tmp_path)
    assert platforms.get("cisco_ios").configuration[0].ways == ("show my-config",)
    acme = platforms.get("acme")
    assert len(acme.secrets) == len(platforms.get("arista_eos").secrets) + 1
    assert acme.aliases == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("configuration: [x]\nprompts: y\n", '2:1: prompts: unknown key; did you mean "prompt"?'),
        ("configuration: [x]\nprompt: '('\n", "2:9: prompt: is no regular expression"),
        ("configuration: [x]\nsecrets: ['abc']\n", "2:11: secrets[0]: hides nothing; put (…) around"),
        ("title: x\n", ["1:1: configuration: is missing", " say how to print it"][0]),
        ("extends: cisco_oss\n", 'unknown platform "cisco_oss"; did you mean "cisco_ios"?'),
        ("extends: mine\nconfiguration: [x]\n", "leads in a circle"),
        ("configuration:\n  - {optional: true}\n", "names neither command nor file"),
        ("mode: telepathy\nconfiguration: [x]\n", "must be one of shell, exec"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, told):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(SettingsErrors) as caught:
        load_platforms(tmp_path)
    assert told in str(caught.value)
    assert "mine.yaml:" in str(caught.value)
