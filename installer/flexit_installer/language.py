"""The user's language, spoken by the window; commands speak English.

The catalogues below `locale/` are brought up to date by `scripts/translate.py`.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from pathlib import Path

DOMAIN = "flexit-setup"
LOCALE = Path(__file__).with_name("locale")
_translations: gettext.NullTranslations = gettext.NullTranslations()


def use_language(codes: Sequence[str]) -> None:
    """Speak a language from now on.

    Args:
        codes: such as `de`, `pt_BR`; of several the first there is. Where there is none, English.
    """
    global _translations
    _translations = gettext.translation(DOMAIN, str(LOCALE), codes, fallback=True)


def _(text: str) -> str:
    """A text in the user's language."""
    return _translations.gettext(text)
