import logging
import os
import traceback
from pathlib import Path

import pytest
from pydantic_core import PydanticCustomError

from netops.settings import SettingsErrors, diff_settings, load_settings
from netops.settings.references import ReferenceContext, resolve_references

CANARY = "canary-in-the-mine"


@pytest.fixture
def context(tmp_path: Path) -> ReferenceContext:
    (tmp_path / "secret").write_text("from-file\n", encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "latin").write_bytes(CANARY.encode() + b"\xff")
    (tmp_path / "large").write_text("x" * 70_000, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    return ReferenceContext(tmp_path, {"NAME": "from-env", "EMPTY": "", "TRICK": "${env:NAME}"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${env:NAME}", "from-env"),
        ("a${env:NAME}b${file:secret}c", "afrom-envbfrom-filec"),
        ("$${env:NAME}", "${env:NAME}"),
        ("cost$", "cost$"),
        ("$5{x}", "$5{x}"),
        ("${env:TRICK}", "${env:NAME}"),
    ],
)
def test_references_are_put_in_once(context: ReferenceContext, text: str, value: str) -> None:
    assert resolve_references(text, context) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${env:GONE}", 'environment variable "GONE" is not set'),
        ("${env:EMPTY}", 'environment variable "EMPTY" is empty'),
        ("${file:absent}", 'absent" does not exist'),
        ("${file:empty}", 'empty" is empty'),
        ("${file:latin}", 'latin" is not UTF-8 text'),
        ("${file:large}", "no plain file of at most 64 KiB"),
        ("${file:pipe}", "no plain file of at most 64 KiB"),
        ("${file:.}", "no plain file of at most 64 KiB"),
        ("${file:a\0b}", "malformed reference"),
        ("${env:}", "malformed reference"),
        ("${ENV:NAME}", "malformed reference"),
        ("${NAME}", "malformed reference"),
        ("${vault:x}", "malformed reference"),
        ("${env:NAME", "malformed reference"),
        ("${}", "malformed reference"),
    ],
)
def test_a_reference_to_nothing_is_refused(context: ReferenceContext, text: str, message: str) -> None:
    with pytest.raises(PydanticCustomError, match=message):
        resolve_references(text, context)


HOSTILE = [
    "x: {version: 2c, community: CANARY, user: y}",
    "x: {version: 2, community: CANARY}",
    "x: CANARY",
    "x: {version: 2c, community: !CANARY }",
    "x: {version: 2c, community: *CANARY }",
    "x: {version: 2c, community: &CANARY }",
    "x: {version: 2c, community: @CANARY }",
    "x: {version: 2c, community: [CANARY]}",
    "x: {version: 2c, community: {CANARY: CANARY}}",
    "x: {version: 2c, community: '${CANARY'}",
    "x: {version: 2c, community: '${CANARY}'}",
    "x: {version: 2c, community=CANARY}",
    "x: {version: 2c, 'community CANARY': 1}",
    'x: {version: 2c, community: "CANARY}',
    "x: {version: 2c, community: CANARY: x}",
    "x: {version: CANARY, community: public}",
    "x: {version: 3, user: y, auth: CANARY, auth_password: CANARY}",
    "x: {version: 3, user: y, auth: SHA, auth_password: CANARY, priv: CANARY, priv_password: CANARY}",
    "x: {version: 3, user: y, auth_password: CANARY, nonsense: CANARY}",
]


@pytest.mark.parametrize("line", HOSTILE)
def test_no_mistake_shows_a_secret(tmp_path: Path, line: str) -> None:
    path = tmp_path / "netops.yaml"
    path.write_text(
        f"credentials:\n  {line.replace('CANARY', CANARY)}\nstorage: {{url: {CANARY}, x: 1}}\n",
        encoding="utf-8",
    )
    (tmp_path / "devices.yaml").write_text("devices: []\n", encoding="utf-8")
    with pytest.raises(SettingsErrors) as caught:
        load_settings(path)
    shown = str(caught.value) + repr(caught.value) + repr(caught.value.problems)
    shown += "".join(traceback.format_exception(caught.value))
    assert CANARY not in shown


def test_no_repr_dump_log_or_diff_shows_a_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "netops.yaml"
    (tmp_path / "devices.yaml").write_text(
        "devices: [{name: a, address: b, credential: v3}]\n", encoding="utf-8"
    )
    text = (
        "credentials:\n  v2: {version: 2c, community: SECRET}\n  v3: {version: 3, user: y, auth: SHA, "
        "auth_password: SECRET, priv: AES, priv_password: '${env:P}'}\nstorage: {url: 'postgresql://u:SECRET@h/d'}\n"
    )
    path.write_text(text.replace("SECRET", CANARY), encoding="utf-8")
    old = load_settings(path, environ={"P": CANARY})
    path.write_text(text.replace("SECRET", CANARY + "-2"), encoding="utf-8")
    new = load_settings(path, environ={"P": CANARY + "-2"})
    changes = diff_settings(old.settings, new.settings)
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%s %s", old, changes)
    access = old.access_for(old.devices["a"])
    device = old.devices["a"].model_dump_json()
    shown = [
        repr(old),
        str(old),
        repr(access),
        device,
        old.settings.model_dump_json(),
        str(old.settings.model_dump()),
    ]
    shown += [caplog.text, *map(str, changes), repr(changes)]
    assert CANARY not in "".join(shown)
    assert list(map(str, changes)) == [
        "storage.url: (changed)",
        "credentials.v2.community: (changed)",
        "credentials.v3.auth_password: (changed)",
        "credentials.v3.priv_password: (changed)",
    ]
    assert access.credential.auth_password == CANARY  # type: ignore[union-attr]  # it is a user's
