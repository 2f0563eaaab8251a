"""The two languages: every text is found, translated and used as written."""

import ast
import functools
import gettext
import re
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from netops import i18n
from netops.i18n import _, choose_language, ngettext, set_language, translator
from netops.settings.models import Settings

PACKAGE = Path(i18n.__file__).parent
TEMPLATE = i18n.LOCALE_FOLDER / "netops.pot"
CHINESE = i18n.LOCALE_FOLDER / "zh_CN" / "LC_MESSAGES" / "netops.po"
RUN = "run `make messages`, then translate what is new (docs/translating.md)"

SAME_IN_BOTH: frozenset[str] = frozenset({"VLAN", "bit/s", "sysDescr", "sysDescr %(pattern)s"})
"""Texts whose Chinese is the English: units and names only."""

UNTRANSLATED_ERRORS = {
    # What is wrong with bytes: it explains a log line and a test. An operator reads snmp/complaints.py instead.
    "MalformedReply",
}

TRANSLATORS = ("_", "gettext", "ngettext")
"""What a text passes through: in the language of the process, or of a reader."""

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
"""As pyproject.toml has them for `make messages`."""

VARIABLES = ("NETOPS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as stream:
        return read_po(stream, locale=None if path == TEMPLATE else path.parts[-3])


def messages_of(catalogue: Catalog) -> dict[tuple[str, ...], object]:
    return {_key(message.id): message for message in catalogue if message.id}


def _key(identity: object) -> tuple[str, ...]:
    return (identity,) if isinstance(identity, str) else tuple(identity)


def translations() -> list[tuple[str, str]]:
    pairs = []
    for key, message in messages_of(read_catalogue(CHINESE)).items():
        pairs += [
            (key[-1], text)
            for text in ((message.string,) if isinstance(message.string, str) else message.string)
        ]
    return pairs


@functools.cache
def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text("utf-8"))) for path in sorted(PACKAGE.rglob("*.py"))]


def called(node: ast.AST) -> str:
    """Give the name a call calls, without what stands before the last dot."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def calls(*names: str) -> list[tuple[str, ast.Call]]:
    return [
        (f"{path.relative_to(PACKAGE.parent)}:{node.lineno}", node)
        for path, tree in trees()
        for node in ast.walk(tree)
        if called(node) in names
    ]


@pytest.fixture(scope="module")
def in_source() -> set[tuple[str, ...]]:
    keywords = {**DEFAULT_KEYWORDS, "ngettext": (1, 2)}
    found = extract_from_dir(PACKAGE, METHODS, keywords=keywords)
    return {_key(message) for _file, _line, message, *_rest in found}


@pytest.fixture
def chinese(tmp_path, monkeypatch):
    """Speak Chinese out of a catalogue compiled from the file as it is now."""
    folder = tmp_path / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "netops.mo").open("wb") as stream:
        write_mo(stream, read_catalogue(CHINESE))
    monkeypatch.setattr(i18n, "LOCALE_FOLDER", tmp_path)
    set_language("zh_CN")
    yield
    set_language("en")


@pytest.mark.parametrize("path", [TEMPLATE, CHINESE], ids=["template", "zh_CN"])
def test_catalogue_holds_what_the_source_says_and_nothing_else(path, in_source):
    catalogue = read_catalogue(path)
    known = set(messages_of(catalogue))
    assert sorted(in_source - known) == [], RUN
    assert sorted(known - in_source) == [], RUN
    assert list(catalogue.obsolete) == [], RUN


def test_no_translation_is_missing_or_fuzzy():
    for key, message in messages_of(read_catalogue(CHINESE)).items():
        assert all(_key(message.string)), f"{key} is not translated; {RUN}"
        assert not message.fuzzy, key


def test_every_call_is_seen_by_the_extractor(in_source):
    """Babel looks into no f-string, for one: a call in there would never be translated."""
    for place, call in calls(*TRANSLATORS):
        texts = call.args[:2] if called(call) == "ngettext" else call.args[:1]
        if all(isinstance(text, ast.Constant) for text in texts):
            assert tuple(text.value for text in texts) in in_source, place


def test_texts_are_constants_that_are_filled_in_after_translation():
    for place, call in calls(*TRANSLATORS):
        texts = call.args[:2] if called(call) == "ngettext" else call.args[:1]
        if place.startswith("netops/i18n.py"):
            continue
        for text in texts:
            assert isinstance(text, ast.Constant), f"{place}: {ast.unparse(call)}"
            assert isinstance(text.value, str), place


def test_english_is_plain_and_never_empty(in_source):
    for key in in_source:
        for text in key:
            assert text.strip(), key
            assert re.sub("[→…×–]", "", text).isascii(), text


PARTS = {
    "placeholders": r"%\(\w+\)[a-z]",
    "placeholders in braces": r"\$?\{[^}]*\}",
    "commands": r"`[^`]*`",
    "options": r"(?<!\w)--[a-z][a-z0-9-]*",
    "settings": r"\b[a-z_]+\.(?:yaml|host|port|url)\b",
}


@pytest.mark.parametrize("part", PARTS)
def test_translation_keeps(part):
    for english, chinese_text in translations():
        ours, theirs = (sorted(re.findall(PARTS[part], text)) for text in (english, chinese_text))
        assert ours == theirs, f"{english!r} → {chinese_text!r}"


def test_every_placeholder_has_a_name():
    """A bare %s could not be moved about, and two of them could be swapped by mistake."""
    for english, chinese_text in translations():
        for text in (english, chinese_text):
            assert not re.search(r"%[a-zA-Z]", text.replace("%%", "")), text


def test_translation_differs_unless_listed():
    same = {english for english, chinese_text in translations() if english == chinese_text}
    assert same == SAME_IN_BOTH


def test_chinese_is_punctuated_as_chinese():
    for _english, text in translations():
        assert not re.search(
            r"[㐀-鿿](?:[,;?!]|: )|[㐀-鿿]\(|\)[㐀-鿿]", re.sub(r"%\(\w+\)[a-z]", "词", text)
        ), text
        assert not re.search(r"[，。；：？！（）] (?=[㐀-鿿])", text.strip()), text


def test_chinese_is_built_and_spoken(chinese):
    assert _("unreachable") == "不可达"
    text = ngettext("%(count)d change made", "%(count)d changes made", 1) % {"count": 1}
    assert text == "已做 1 处变更"
    assert ngettext("%(count)d change made", "%(count)d changes made", 2) % {"count": 2} == "已做 2 处变更"


def test_unknown_text_comes_back_as_it_is(chinese):
    text = "a text of a plug-in"
    assert _(text) == text


def test_english_needs_no_catalogue(tmp_path, monkeypatch):
    monkeypatch.setattr(i18n, "LOCALE_FOLDER", tmp_path / "missing")
    set_language("en")
    assert _("unreachable") == "unreachable"
    assert ngettext("%(count)d device", "%(count)d devices", 2) == "%(count)d devices"


def test_uncompiled_catalogue_leaves_english(tmp_path, monkeypatch):
    """A checkout that was never installed speaks English rather than not at all."""
    monkeypatch.setattr(i18n, "LOCALE_FOLDER", tmp_path)
    set_language("zh_CN")
    assert _("unreachable") == "unreachable"
    set_language("en")


def test_compiled_catalogue_is_what_gettext_reads(chinese):
    loaded = gettext.translation("netops", i18n.LOCALE_FOLDER, ["zh_CN"])
    for key, message in messages_of(read_catalogue(CHINESE)).items():
        if len(key) == 1:
            assert loaded.gettext(key[0]) == message.string
        else:
            assert loaded.ngettext(*key, 5) == message.string[0]


def test_a_reader_is_spoken_to_in_his_own_language_whatever_the_process_speaks(chinese):
    assert translator("en").gettext("unreachable") == "unreachable"
    assert _("unreachable") == "不可达"
    set_language("en")
    assert translator("zh_CN").gettext("unreachable") == "不可达"
    assert _("unreachable") == "unreachable"


def test_a_language_that_is_not_there_is_english():
    assert translator("tlh").gettext("unreachable") == "unreachable"


def test_languages_of_the_settings_are_those_there_are():
    literal, _none = get_args(Settings.model_fields["language"].annotation)
    assert get_args(literal) == i18n.LANGUAGES
    catalogues = {path.parts[-3] for path in i18n.LOCALE_FOLDER.glob("*/LC_MESSAGES/netops.po")}
    assert catalogues == set(i18n.LANGUAGES) - {"en"}


# --- whose wish counts


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("zh", "zh_CN"),
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh-Hans", "zh_CN"),
        ("ZH_cn", "zh_CN"),
        ("en", "en"),
        ("en_GB.UTF-8", "en"),
        ("de_DE.UTF-8", "en"),
        ("C", "en"),
        ("POSIX", "en"),
    ],
)
def test_wish_picks_language(wish, language, monkeypatch):
    for name in VARIABLES:
        monkeypatch.setenv(name, "zh_CN.UTF-8" if language == "en" else "C")
    assert choose_language(wish) == language


@pytest.mark.parametrize("first", range(len(VARIABLES)))
def test_environment_counts_in_order(first, monkeypatch):
    for number, name in enumerate(VARIABLES):
        if number < first:
            monkeypatch.setenv(name, "")  # POSIX: set but empty counts as absent
        else:
            monkeypatch.setenv(name, "zh_CN.UTF-8" if number == first else "en_US.UTF-8")
    assert choose_language() == "zh_CN"


def test_c_locale_stands_over_a_chinese_lang(monkeypatch):
    """As everywhere on the machine: a script that sets LC_ALL=C reads English."""
    monkeypatch.delenv("NETOPS_LANG", raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert choose_language() == "en"


def test_empty_environment_is_english(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert choose_language() == "en"


# --- no text goes past gettext


def is_translated(node: ast.expr | None) -> bool:
    return called(node) in TRANSLATORS if node is not None else False


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


@pytest.mark.parametrize("name", ["Option", "Argument", "Commands", "verb"])
def test_every_help_is_translated(name):
    found = calls(name)
    assert found
    for place, call in found:
        # A noun on the shelf of commands has its help there.
        if not place.startswith("netops/cli/commands.py") and (name != "Commands" or call.keywords):
            assert is_translated(keyword(call, "help")), f"{place}: {ast.unparse(call)}"


def test_every_command_on_the_shelf_has_a_translated_help():
    found = calls("Entry")
    assert found
    for place, call in found:
        assert is_translated(call.args[2]), f"{place}: {ast.unparse(call)}"


def test_commands_are_made_in_one_way():
    """Typer's own Typer and command() show English words around ours."""
    places = {place.partition(":")[0] for place, _call in calls("Typer", "command")}
    assert {place for place in places if place.startswith("netops/cli/")} == {"netops/cli/commands.py"}


def test_texts_outside_the_command_line_are_translated_when_used():
    """The daemon's language is known only once its settings are read; what was translated at import stays English."""
    for path, tree in trees():
        if path.parts[-2] == "cli" or path.name == "i18n.py":
            continue
        functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        inside = {
            id(inner) for outer in ast.walk(tree) if isinstance(outer, functions) for inner in ast.walk(outer)
        }
        for node in ast.walk(tree):
            if is_translated(node if isinstance(node, ast.expr) else None):
                assert id(node) in inside, f"{path}:{node.lineno}"


def our_errors() -> set[str]:
    bases: dict[str, set[str]] = {}
    for _path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
    errors = {"NetopsError"}
    while more := {name for name, parents in bases.items() if parents & errors} - errors:
        errors |= more
    return errors


def english_words(node: ast.expr) -> list[str]:
    """Give the words of a literal, glued or formatted text that is not translated."""
    if is_translated(node) or isinstance(node, ast.Subscript | ast.Attribute):
        return []
    if isinstance(node, ast.Call):
        return []
    if isinstance(node, ast.FormattedValue):
        return []
    if isinstance(node, ast.Constant):
        return re.findall(r"[A-Za-z]{2,}", node.value) if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr | ast.BinOp | ast.IfExp):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return english_words(node.left)
        return [
            word
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.expr)
            for word in english_words(child)
        ]
    return []


SPEAKERS = {
    *("say", "complain", "fail", "print_table", "progress_bar", "with_progress", "prompt", "confirm"),
    *("BadParameter", "Problem", "problem", "refuse", "refuse_file"),
}
"""What hands a text to an operator, beside errors."""


def test_what_an_operator_reads_is_translated():
    for place, call in calls(*SPEAKERS, *our_errors() - UNTRANSLATED_ERRORS):
        for argument in call.args:
            assert english_words(argument) == [], f"{place}: {ast.unparse(call)}"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("'not found'", ["not", "found"]),
        ("f'{name}: not found'", ["not", "found"]),
        ("'not %s' % name", ["not"]),
        ("'not ' + name", ["not"]),
        ("'on' if up else _('off')", ["on"]),
        ("_('not found')", []),
        ("_('%(name)s: not found') % {'name': name}", []),
        ("f'{name}: {error}'", []),
        ("names['key']", []),
    ],
)
def test_english_words_are_seen(source, words):
    assert english_words(ast.parse(source, mode="eval").body) == words


def test_exceptions_from_translation_still_exist():
    assert our_errors() >= UNTRANSLATED_ERRORS
