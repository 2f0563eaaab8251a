"""What every test can use: peers are looked for once, and their absence is said."""

import os
import shutil
from pathlib import Path

import pytest

SYSTEM_FOLDERS = (
    "/usr/sbin",
    "/usr/local/sbin",
    "/sbin",
    *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin"))),
)
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
os.environ["NETOPS_LANG"] = "en"


def is_present(program: str) -> bool:
    """Say whether a peer of this name can be started here."""
    return shutil.which(program) is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs an absent program; with NETOPS_REQUIRE_PEERS=1 the absence is a failure instead."""
    required = os.environ.get("NETOPS_REQUIRE_PEERS") == "1"
    for item in items:
        for mark in item.iter_markers("peer"):
            absent = [program for program in mark.args if not is_present(program)]
            if absent and required:
                message = f"{item.nodeid} needs {', '.join(absent)}, and peers are required; run `make peers` as root"
                raise pytest.UsageError(message)
            if absent:
                reason = f"needs {', '.join(absent)} (as root, `make peers` installs it)"
                item.add_marker(pytest.mark.skip(reason=reason))
