"""Sealed bytes open for their key and their place, and for nothing else."""

import pytest

from netops.security.sealing import SealError, load_keys, rotate_keys


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "keys"


def test_what_is_sealed_opens_again(path):
    keys = load_keys(path)
    sealed = keys.seal(b"secret", "place")
    assert b"secret" not in sealed
    assert load_keys(path).open(sealed, "place") == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_same_content_is_never_sealed_alike(path):
    keys = load_keys(path)
    assert keys.seal(b"x", "place") != keys.seal(b"x", "place")


@pytest.mark.parametrize("at", [0, 3, 11, 20, -1])
def test_a_changed_byte_is_noticed(path, at):
    keys = load_keys(path)
    sealed = bytearray(keys.seal(b"secret", "place"))
    sealed[at] ^= 1
    with pytest.raises(SealError):
        keys.open(bytes(sealed), "place")


@pytest.mark.parametrize("sealed", [b"", b"NS1", b"NS1" + b"x" * 10, b"plain text"])
def test_what_is_not_sealed_is_told(path, sealed):
    with pytest.raises(SealError, match="place: "):
        load_keys(path).open(sealed, "place")


def test_another_place_does_not_open(path):
    keys = load_keys(path)
    with pytest.raises(SealError, match="changed or moved"):
        keys.open(keys.seal(b"secret", "here"), "there")


def test_after_a_rotation_old_seals_open_and_fingerprints_stay(path):
    old = load_keys(path)
    sealed, mark = old.seal(b"secret", "place"), old.fingerprint(b"secret", "place")
    new = rotate_keys(path)
    assert new.current_id != old.current_id
    assert new.open(sealed, "place") == b"secret"
    assert new.fingerprint(b"secret", "place") == mark


def test_a_destroyed_key_leaves_its_seals_shut(path):
    sealed = load_keys(path).seal(b"secret", "place")
    rotate_keys(path)
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(SealError, match="is gone"):
        load_keys(path).open(sealed, "place")


@pytest.mark.parametrize("text", ["", "nonsense\n", "00 11\n"])
def test_a_damaged_file_is_told(path, text):
    load_keys(path)
    path.write_text(text)
    with pytest.raises(SealError, match="is damaged"):
        load_keys(path)


def test_keys_stand_in_no_repr(path):
    keys = load_keys(path)
    assert path.read_text().split()[1] not in repr(keys)
