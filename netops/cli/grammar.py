"""What Typer says of its own accord, in the words and the language of netops.

Typer speaks English only. Its sentences are recognised here by their form and said anew; one that a later
Typer words otherwise is passed on as it is. tests/cli/test_grammar.py provokes every sentence of this list.
"""

import re

from netops.i18n import _

_PARAMETER = r"'[^']*'(?: / '[^']*')*(?: \(env var: '[^']*'\))?"


def reword(sentence: str) -> str:
    """Say a sentence of Typer's, or of the parts of one, in the process's language; others come back as they are."""
    for pattern, wording in _list_sayings():
        found = re.fullmatch(pattern, sentence.rstrip("."), re.DOTALL)
        if found:
            return wording % {name: reword(part) for name, part in found.groupdict().items()}
    return sentence


def reword_notes(text: str) -> str:
    """Reword what Typer adds in brackets behind an option's help: environment variable, default, required."""
    about, bracket, notes = text.rpartition("[")
    if not bracket or not notes.endswith("]"):
        return reword(text)
    # No translatable text stands inside an f-string: the extractor does not see it there.
    words = _("; ").join(reword(note) for note in notes.removesuffix("]").split("; "))
    return f"{reword(about.rstrip())}  [{words}]".strip()


def _list_sayings() -> tuple[tuple[str, str], ...]:
    return (
        (rf"Invalid value for (?P<what>{_PARAMETER}): (?P<why>.*)", _("invalid value for %(what)s: %(why)s")),
        (r"Invalid value: (?P<why>.*)", _("invalid value: %(why)s")),
        (
            r"(?P<what>'.*') \(env var: (?P<variable>'[^']*')\)",
            _("%(what)s (environment variable %(variable)s)"),
        ),
        (rf"Missing argument (?P<what>{_PARAMETER})", _("argument %(what)s is missing")),
        (rf"Missing option (?P<what>{_PARAMETER})", _("option %(what)s is missing")),
        (r"Missing command", _("name a command")),
        (r"No such command (?P<what>'[^']*')", _("there is no command %(what)s")),
        (
            r"No such command (?P<what>'[^']*')\. Did you mean (?P<near>'.*')\?",
            _("there is no command %(what)s (did you mean %(near)s?)"),
        ),
        (r"No such option: (?P<what>\S+)", _("there is no option %(what)s")),
        (
            r"No such option: (?P<what>\S+) \(Possible options: (?P<near>.*)\)",
            _("there is no option %(what)s (did you mean %(near)s?)"),
        ),
        (r"Option (?P<what>'.*') requires an argument", _("option %(what)s needs a value")),
        (r"Option (?P<what>'.*') does not take a value", _("option %(what)s takes no value")),
        (r"Got unexpected extra argument\(s\) \((?P<what>.*)\)", _("more words than are due: %(what)s")),
        (r"Input should be a valid integer.*", _("a whole number is due")),
        (r"Input should be a valid number.*", _("a number is due")),
        (r"Input should be greater than or equal to (?P<bound>\S+)", _("at least %(bound)s is due")),
        (r"Input should be less than or equal to (?P<bound>\S+)", _("at most %(bound)s is allowed")),
        (r"env var: (?P<name>.*)", _("environment: %(name)s")),
        (r"default: (?P<value>.*)", _("default: %(value)s")),
        (r"required", _("required")),
        (r"\[OPTIONS\]", _("[OPTIONS]")),
        (r"COMMAND \[ARGS\]", _("COMMAND [ARGUMENTS] …")),
        (r"Show this message and exit", _("Show this help.")),
        (r"Install completion for the current shell", _("Install completion for this shell.")),
        (r"Show completion for the current shell, .*", _("Show the completion script of this shell.")),
    )
