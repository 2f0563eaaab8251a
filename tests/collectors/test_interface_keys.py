from hypothesis import given
from hypothesis import strategies as st

from netops.collectors.interface_keys import decide_keys, follow_rows

NAMES = st.sampled_from([b"", b"a", b"a#1", b"a#1#1", b"a#2", b"1", b"2", b"\0"])


def test_the_key_is_name_then_description_then_index():
    indexes = [(1,), (2,), (3,)]
    keys = decide_keys(indexes, {(1,): b"Gi1", (2,): b""}, {(1,): b"x", (2,): b"port 2"}, set())
    assert keys == {"Gi1": (1, "Gi1"), "port 2": (2, ""), "3": (3, "")}


def test_a_shared_name_that_meets_another_of_that_very_spelling_still_gets_a_key_of_its_own():
    indexes = [(1,), (2,), (3,)]
    keys = decide_keys(indexes, {(1,): b"a", (2,): b"a", (3,): b"a#1"}, {}, set())
    assert list(keys) == ["a#1#1", "a#2", "a#1"]


@given(st.lists(NAMES, max_size=8), st.lists(NAMES, max_size=8))
def test_keys_are_never_shared(names, descriptions):
    indexes = [(number + 1,) for number in range(max(len(names), len(descriptions)))]
    keys = decide_keys(
        indexes,
        dict(zip(indexes, names, strict=False)),
        dict(zip(indexes, descriptions, strict=False)),
        set(),
    )
    assert [if_index for if_index, _name in keys.values()] == [index[0] for index in indexes]


def test_a_row_that_moved_keeps_what_is_known_of_it():
    rows = follow_rows({}, {"a": (1, "a"), "b": (2, "b")})
    rows["a"].alias = "words"
    moved = follow_rows(rows, {"a": (7, "a")})
    assert list(moved) == ["a"]
    assert (moved["a"].if_index, moved["a"].alias, moved["a"].moved) == (7, "words", True)
    assert not follow_rows(moved, {"a": (7, "a")})["a"].moved
