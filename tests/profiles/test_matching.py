import pytest

from netops.profiles.matching import GENERIC, Matcher, Probe, choose, find_base, rules_of

RULES = {
    "vendor": [{"object_id": "1.3.6.1.4.1.9"}],
    "family": [{"object_id": ["1.3.6.1.4.1.9.1", "1.3.6.1.4.1.9.12"]}],
    "described": [{"object_id": "1.3.6.1.4.1.9.1", "description": "(?i)ios.xe"}],
    "probed": [{"object_id": "1.3.6.1.4.1.8072.3.2.10", "probe": {"oid": "1.3.6.1.4.1.6574.1.5.1.0"}}],
    "valued": [
        {
            "object_id": "1.3.6.1.4.1.8072.3.2.10",
            "description": "^Linux",
            "probe": {"oid": "1.3.6.1.4.1.24681.1.2.12.0", "matches": "^TS-"},
        }
    ],
    "linux": [{"object_id": "1.3.6.1.4.1.8072.3.2.10"}],
    "nameless": [{"description": "^Room Alert"}],
}
MATCHER = Matcher(rule for name, given in RULES.items() for rule in rules_of(name, given))
SYNOLOGY = Probe.of("1.3.6.1.4.1.6574.1.5.1.0").root
QNAP = Probe.of("1.3.6.1.4.1.24681.1.2.12.0").root


def match(object_id, description="", found=None):
    return choose(MATCHER.candidates(object_id, description), found or {})


@pytest.mark.parametrize(
    ("object_id", "description", "profile"),
    [
        ("1.3.6.1.4.1.9.6.1", "", "vendor"),
        ("1.3.6.1.4.1.9.1.5", "", "family"),
        ("1.3.6.1.4.1.9.12.3", "", "family"),
        ("1.3.6.1.4.1.9.1.5", "Cisco IOS-XE Software", "described"),
        ("1.3.6.1.4.1.91.1", "", GENERIC),
        ("1.3.6.1.4.1.91.1", "Room Alert 12E", "nameless"),
        ("", "Room Alert 12E", "nameless"),
        ("", "", GENERIC),
    ],
)
def test_longest_object_id_then_description_decides(object_id, description, profile):
    assert match(object_id, description) == profile


@pytest.mark.parametrize(
    ("found", "profile"),
    [
        ({}, "linux"),
        ({SYNOLOGY: "DS214se"}, "probed"),
        ({QNAP: "TS-412"}, "valued"),
        ({QNAP: "XS-412"}, "linux"),
        ({QNAP: "TS-412", SYNOLOGY: "DS214se"}, "valued"),
        ({SYNOLOGY: None}, "linux"),
    ],
)
def test_probes_tell_devices_of_one_object_id_apart(found, profile):
    assert match("1.3.6.1.4.1.8072.3.2.10", "Linux nas 5.4", found) == profile


def test_candidates_end_with_the_first_that_needs_no_probe():
    candidates = MATCHER.candidates("1.3.6.1.4.1.8072.3.2.10", "Linux nas")
    assert [rule.profile for rule in candidates] == ["valued", "probed", "linux"]


EACH_BY_ITSELF = [{"object_id": ["1.3.6.1.4.1.8691.7.*"]}]


@pytest.mark.parametrize(
    ("object_id", "base"),
    [
        ("1.3.6.1.4.1.8691.7.119", "1.3.6.1.4.1.8691.7.119"),
        ("1.3.6.1.4.1.8691.7.119.1.2", "1.3.6.1.4.1.8691.7.119"),
        ("1.3.6.1.4.1.8691.7", ""),
        ("1.3.6.1.4.1.8691.8.1", ""),
        ("", ""),
    ],
)
def test_any_arc_fits_one_product_and_tells_where_its_tables_are(object_id, base):
    assert find_base(EACH_BY_ITSELF, object_id) == base
    matcher = Matcher(rules_of("moxa", EACH_BY_ITSELF))
    assert choose(matcher.candidates(object_id, ""), {}) == ("moxa" if base else GENERIC)


def test_a_named_arc_comes_before_any_arc():
    rules = [*rules_of("any", EACH_BY_ITSELF), *rules_of("one", [{"object_id": "1.3.6.1.4.1.8691.7.6"}])]
    assert choose(Matcher(rules).candidates("1.3.6.1.4.1.8691.7.6", ""), {}) == "one"
    assert choose(Matcher(rules).candidates("1.3.6.1.4.1.8691.7.7", ""), {}) == "any"
