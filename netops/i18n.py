"""The words people read, in their language.

Texts are written in English in the code and pass through ``_`` or ``ngettext``; catalogues stand in
``netops/locale/<language>/LC_MESSAGES/netops.po`` and are compiled when the package is built. Log lines
stay English on purpose: they are searched for and pasted into bug reports (docs/adr/0002).

The process speaks one language, through ``_``. A message to a person speaks the reader's: ``translator`` gives
its ``gettext`` and ``ngettext``, which the extraction of texts knows as well.
"""

import gettext
import os
from functools import lru_cache
from pathlib import Path

LOCALE_FOLDER = Path(__file__).parent / "locale"
LANGUAGES = ("en", "zh_CN")

_translations: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def choose_language(wish: str | None = None) -> str:
    """Pick the catalogue for a wish such as ``zh``, ``zh_CN.UTF-8`` or ``en-GB``; English for all others.

    Without a wish the environment decides, in the order of POSIX: NETOPS_LANG, LC_ALL, LC_MESSAGES, LANG.
    """
    names = ("NETOPS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    wish = wish or next((value for name in names if (value := os.environ.get(name))), "en")
    return "zh_CN" if wish.lower().startswith("zh") else "en"


def translator(language: str) -> gettext.NullTranslations:
    """Give the words of one language, whatever the process speaks; English where there is no such catalogue."""
    return _load(language, LOCALE_FOLDER)


@lru_cache(maxsize=16)
def _load(language: str, folder: Path) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation("netops", folder, [language], fallback=True)


def set_language(language: str) -> None:
    """Make ``_`` speak this language in this process from now on."""
    global _translations, _language
    _translations, _language = translator(language), language


def get_language() -> str:
    """Give the language that this process speaks."""
    return _language


def _(message: str) -> str:
    """Give the text in the process's language."""
    return _translations.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Give the singular or plural text for a number, in the process's language."""
    return _translations.ngettext(singular, plural, number)
