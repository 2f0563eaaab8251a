import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netops.settings import document as document_module
from netops.settings.document import Document, read_document

if TYPE_CHECKING:
    from netops.settings.errors import Problem


def read(folder: Path, content: str | bytes) -> tuple[Document | None, list[str]]:
    path = folder / "file.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    problems: list[Problem] = []
    document = read_document(path, problems)
    return document, [str(problem).removeprefix(f"{folder}/") for problem in problems]


@pytest.fixture(params=["with libyaml", "without libyaml"])
def _either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without libyaml":
        monkeypatch.setattr(document_module, "_LOADER", yaml.SafeLoader)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("-5", -5),
        ("0", 0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("0161", "0161"),
        ("0x1F", "0x1F"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("2.5", "2.5"),
        ("+1", "+1"),
        ("-0", "-0"),
        ("2026-01-01", "2026-01-01"),
        ("9" * 30, "9" * 30),
        ('"1"', "1"),
        ("'true'", "true"),
        ("!!str 1", "1"),
    ],
)
def test_plain_words_mean_what_they_look_like(tmp_path: Path, written: str, value: Any) -> None:
    document, problems = read(tmp_path, f"key: {written}\n")
    assert problems == []
    assert document
    assert document.value["key"] == value
    assert type(document.value["key"]) is type(value)


@pytest.mark.usefixtures("_either_parser")
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "1:1: the file is empty; write at least one key"),
        ("# nothing\n", "1:1: the file is empty; write at least one key"),
        ("~", "1:1: the file is empty; write at least one key"),
        ("\n- a\n", "2:1: the file must hold keys with values, and holds a list"),
        ("word", "1:1: the file must hold keys with values, and holds text"),
        ("a: 1\nb: {c: 2,\n  c: 3}\n", "3:3: b.c: key given twice, first on line 2"),
        ("a:\n\tb: 1\n", "2:1: a tab stands in the indentation; use spaces"),
        ("a:\n  b: 1\n \tc: 2\n", "3:2: a tab stands in the indentation; use spaces"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document begins; keep one document in a file, without ---"),
        ('a: 1\nb: "x\n', "2:4: a quoted text is not closed, or holds a wrong escape; check its quotes"),
        ("a: b: c\n", "1:5: a colon where none can be; put text that holds ': ' in quotes"),
        ("a: @x\n", "1:4: text cannot begin with this character; put the text in quotes"),
        ("a: *x\n", "1:4: a: points to no anchor; put text that begins with * in quotes"),
        ("a: &x {b: *x}\n", "1:11: a.b: points to no anchor; put text that begins with * in quotes"),
        ("a: !x y\n", "1:4: a: has a YAML tag; put text that begins with ! in quotes"),
        ("a: !!python/name:os.system x\n", "1:4: a: has a YAML tag; put text that begins with ! in quotes"),
        ("a: !!set {b}\n", "1:4: a: has a YAML tag; put text that begins with ! in quotes"),
        ("? [a]\n: 1\n", "1:3: a key must be plain text; put it in quotes"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "3:3: c: merge keys (<<) are not read; use groups or defaults"),
        ("a: 1\nb: \x07\n", "2:4: a control character stands here; remove it"),
        (b"a: 1\nb: \xb9\xfa\n", "2:4: is not UTF-8 text; save it as UTF-8"),
        ("a: 1".encode("utf-16"), "1:1: is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_wrong_file_is_told_with_line_and_column(
    tmp_path: Path, content: str | bytes, problem: str
) -> None:
    _document, problems = read(tmp_path, content)
    assert problems == [f"file.yaml:{problem}"]


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    document, problems = read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: x\r\n")
    assert problems == []
    assert document
    assert document.value == {"a": 1, "b": "x"}


@pytest.mark.parametrize(
    "content", ["a: " + "[" * 100_000, "- " * 100_000 + "x", "\n".join(" " * i + "a:" for i in range(99))]
)
def test_deep_nesting_is_refused_and_ends_nothing(tmp_path: Path, content: str) -> None:
    _document, problems = read(tmp_path, content)
    assert len(problems) == 1
    assert "is nested too deeply" in problems[0]


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    _document, problems = read(tmp_path, "\n".join(lines))
    assert len(problems) == 1
    assert "aliases repeat too many values; write the values out" in problems[0]


def test_an_honest_alias_is_read(tmp_path: Path) -> None:
    document, problems = read(tmp_path, "a: &a {b: [1]}\nc: *a\n")
    assert problems == []
    assert document
    assert document.value["c"] == {"b": [1]}
    assert str(document.problem(("c",), "x")).endswith(":2:4: c: x")
    assert str(document.problem(("c", "b", 0), "x")).endswith(":1:12: c.b[0]: x")


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.touch()
    os.truncate(path, document_module.LARGEST_FILE + 1)
    problems: list[Problem] = []
    assert read_document(path, problems) is None
    assert [problem.message for problem in problems] == ["is larger than 32 MiB"]


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    problems: list[Problem] = []
    for name in ("absent", "pipe", ".", "loop", "pipe/x"):
        assert read_document(tmp_path / name, problems) is None
    assert [problem.message for problem in problems] == [
        "no such file",
        "is not a plain file",
        "is not a plain file",
        "cannot be read: Too many levels of symbolic links",
        "cannot be read: Not a directory",
    ]


@given(st.text(max_size=60) | st.text(alphabet="ab:-{}[]&*!|>'\"#%@, \n\t?<~", max_size=40))
def test_no_text_gets_past_the_reader_but_as_values_or_problems(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.yaml"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    problems: list[Problem] = []
    document = read_document(path, problems)
    assert document is not None or problems
