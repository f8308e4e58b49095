"""The user's language: gettext, switched at run time."""

from __future__ import annotations

import gettext
from pathlib import Path

LOCALE = Path(__file__).parent.parent / "locale"
_translations: gettext.NullTranslations = gettext.NullTranslations()


def use_language(*codes: str) -> None:
    """Speak a language from now on.

    Args:
        codes: such as `de`, `pt_BR`; of several the first there is. Where there is none, English.
    """
    global _translations
    _translations = gettext.translation("flexit", str(LOCALE), [*codes], fallback=True)


def speaks_english() -> bool:
    """Whether texts come as they are in the code."""
    return type(_translations) is gettext.NullTranslations


def _(text: str) -> str:
    """A text in the user's language."""
    return _translations.gettext(text)


def counted(one: str, many: str, number: int) -> str:
    """A text that depends on a number, in the user's language."""
    return _translations.ngettext(one, many, number)
