"""Faults as words."""

import pytest

from netops.simulator.errors import SimulatorError
from netops.simulator.faults import COMMUNITIES, NO_FAULTS, WORDS, Faults, is_fault, of_community, with_fault


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_changes_something(word: str) -> None:
    assert with_fault(NO_FAULTS, word, []) != NO_FAULTS
    assert is_fault(word)


def test_faults_add_up() -> None:
    faults = with_fault(with_fault(NO_FAULTS, "dup", []), "latency", ["200", "50.5"])
    assert faults == Faults(duplicate=True, latency_ms=200, jitter_ms=50.5)


def test_too_big_takes_a_whole_number() -> None:
    assert with_fault(NO_FAULTS, "toobig", ["10"]).too_big_over == 10


@pytest.mark.parametrize(
    ("word", "numbers", "message"),
    [
        ("silence", ["1"], "takes no number"),
        ("latency", [], "takes 1 to 2 numbers"),
        ("latency", ["1", "2", "3"], "takes 1 to 2 numbers"),
        ("latency", ["-1"], "not between 0 and 600000"),
        ("loss", ["100.1"], "not between 0 and 100"),
        ("loss", ["half"], "not a number: half"),
        ("loss", ["nan"], "not between"),
        ("sabotage", [], "no such fault: sabotage"),
    ],
)
def test_a_wrong_fault_says_what_is_wrong(word: str, numbers: list[str], message: str) -> None:
    with pytest.raises(SimulatorError, match=message):
        with_fault(NO_FAULTS, word, numbers)


def test_public_leaves_the_devices_own_faults_as_they_are() -> None:
    own = Faults(duplicate=True)
    assert of_community(own, b"public") is own
    assert of_community(NO_FAULTS, b"unheard-of") is None
    assert all(of_community(NO_FAULTS, name) != NO_FAULTS for name in COMMUNITIES if name != b"public")
