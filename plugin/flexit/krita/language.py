"""Krita's language, which may be another than the system's."""

from __future__ import annotations

from flexit.model import use_language

from .qt import QtCore


def use_krita_language() -> None:
    """Speak as Krita does."""
    locale = QtCore.QLocale()
    names = [locale.name()] if locale.name() != "C" else []
    names += locale.uiLanguages()
    use_language(*(name.replace("-", "_") for name in names))
