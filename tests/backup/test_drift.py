"""Members of a pair are compared without what must differ."""

import pytest

from netops.backup.drift import find_differences
from netops.settings.patterns import compile_pattern

ONE = """\
hostname fw-1
!
interface Vlan7
 ip address 10.0.7.2 255.255.255.0
 description to fw-1
ip access-list extended IN
 permit tcp any any eq 22
 deny ip any any
snmp-server location rack 7
end
"""
OTHER = ONE.replace("fw-1", "fw-2").replace("10.0.7.2", "10.0.7.3").replace("rack 7", "rack 8")
EXPECTED = [r"^ ip address (\S+) ", "^snmp-server location .*"]


def compare(one, other, expected=EXPECTED, **texts):
    patterns = [compile_pattern(pattern) for pattern in expected]
    found = find_differences({"fw-1": one, "fw-2": other, **texts}, patterns)
    return [(each.member, each.line, each.section, each.text) for each in found]


def test_names_and_what_was_declared_may_differ():
    assert compare(ONE, OTHER) == []


def test_without_a_declaration_everything_but_names_is_told_with_its_section():
    assert compare(ONE, OTHER, expected=()) == [
        ("fw-1", 4, "interface Vlan7", "ip address 10.0.7.2 255.255.255.0"),
        ("fw-2", 4, "interface Vlan7", "ip address 10.0.7.3 255.255.255.0"),
        ("fw-1", 9, "", "snmp-server location rack 7"),
        ("fw-2", 9, "", "snmp-server location rack 8"),
    ]


def test_a_group_lets_only_its_part_differ():
    other = OTHER.replace("10.0.7.3 255.255.255.0", "10.0.7.3 255.255.0.0")
    assert [each[3] for each in compare(ONE, other)] == [
        "ip address 10.0.7.2 255.255.255.0",
        "ip address 10.0.7.3 255.255.0.0",
    ]


def test_a_missing_line_and_another_order_are_told():
    assert compare(ONE, OTHER.replace(" permit tcp any any eq 22\n", "")) == [
        ("fw-1", 7, "ip access-list extended IN", "permit tcp any any eq 22")
    ]
    swapped = OTHER.replace(
        " permit tcp any any eq 22\n deny ip any any\n", " deny ip any any\n permit tcp any any eq 22\n"
    )
    assert len(compare(ONE, swapped)) == 2


def test_comments_and_empty_lines_do_not_count():
    assert compare(ONE, OTHER.replace("!\n", "\n\n#\n")) == []


@pytest.mark.parametrize(
    "name", ["hostname {}", "sysname {}", " hostname {};", "set system host-name {}", 'set hostname "{}"']
)
def test_the_name_a_device_gives_itself_may_differ_everywhere(name):
    """Also where it is not the name that the settings give it."""
    texts = [f"{name.format(word)}\nntp source {word}\n" for word in ("node-a", "node-b")]
    assert compare(*texts) == []


def test_three_members_are_compared_with_the_first():
    third = OTHER.replace("fw-2", "fw-3").replace("eq 22", "eq 23")
    found = compare(ONE, OTHER, **{"fw-3": third})
    assert [(each[0], each[3]) for each in found] == [
        ("fw-1", "permit tcp any any eq 22"),
        ("fw-3", "permit tcp any any eq 23"),
    ]
