"""Mount points of hrStorageTable."""

import pytest

from netops.collectors.storage import is_pseudo_path


@pytest.mark.parametrize(
    ("name", "pseudo"),
    [
        ("/", False),
        ("/run/lock", True),
        ("/run/user/0", True),
        ("/run", False),
        ("/dev/pts", True),
        ("/dev/hd4", False),
        ("/, type: ufs, dev: /dev/da0s1a", False),
        ("/var/dhcpd/dev, type: devfs, dev: devfs", True),
        ("/dev/da0s1a, mounted on: /", False),
        ("/dev/ad2s1e, mounted on: /config", False),
        ("devfs, mounted on: /dev", True),
        ("/device", False),
    ],
)
def test_a_file_system_is_known_by_where_it_is_mounted(name: str, *, pseudo: bool) -> None:
    assert is_pseudo_path(name) is pseudo
