"""What goes to strangers: without names, paths of the home folder, tokens and what users wrote."""

from __future__ import annotations

import getpass
import json
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

_TOKEN = re.compile(r"(?i)(bearer\s+|token\W{1,4})[\w.~+/=-]{8,}")
_QUOTED = re.compile(
    r"""
    (?<!\w)'(?:\\.|[^'\\\n])*'      # as `repr` writes it; Krita's is an apostrophe
    | (?<!File\ )"(?:\\.|[^"\\\n])*"  # the same, where the text has an apostrophe; no traceback
    | «[^»\n]*» | “[^”\n]*”
    """,
    re.VERBOSE,
)
_BEFORE = r"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{2}))"
"""Where a word begins, in an address as well."""
_CREDENTIALS = re.compile(r"(\w+://)[^/@\s]+@")


def redactor(home: Path, secrets: tuple[str, ...] = ()) -> Callable[[str], str]:
    """A function that makes a text fit for strangers.

    Args:
        home: the home folder, which becomes `~`.
        secrets: words that must not be in it, besides the user's and the machine's name.
    """
    names = {word: "…" for word in secrets if word}
    with suppress(OSError, KeyError, ImportError):
        names[getpass.getuser()] = "USER"
    names[home.name] = "USER"
    names[socket.gethostname()] = "HOST"

    places = _spellings(str(home), home.as_posix(), str(home.resolve()))
    spelled = {way: other for name, other in names.items() for way in _spellings(name)}

    def redact(text: str) -> str:
        for place in places:
            text = text.replace(place, "~")
        text = _CREDENTIALS.sub(r"\1…@", _TOKEN.sub(r"\1…", text))
        for name, other in spelled.items():
            text = re.sub(rf"{_BEFORE}{re.escape(name)}(?!\w)", other, text)
        return text

    return redact


def without_quotations(text: str, redact: Callable[[str], str] = str) -> str:
    """A log line, JSON or not, without what it quotes: texts, file names, words.

    Args:
        text: the line.
        redact: what else to do to each text in it, before it is encoded again.
    """

    def fit(value: str) -> str:
        return redact(_QUOTED.sub("'…'", value))

    with suppress(ValueError):
        if isinstance(facts := json.loads(text), dict):
            return as_json(facts, fit)
    return fit(text)


def as_json(value: object, redact: Callable[[str], str]) -> str:
    """A value as JSON, each text in it redacted first: an escape would hide what must go."""
    return json.dumps(_each(value, redact), ensure_ascii=False)


def _each(value: object, redact: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(str(key)): _each(inner, redact) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each(inner, redact) for inner in value]
    return value


def _spellings(*words: str) -> list[str]:
    """How words may be written in a text: as they are, escaped, or composed in another way."""
    ways = {normalize(form, word) for word in words for form in ("NFC", "NFD")} | {*words}
    for way in tuple(ways):
        ways |= {repr(way)[1:-1], ascii(way)[1:-1], json.dumps(way)[1:-1]}
        ways.add(json.dumps(way, ensure_ascii=False)[1:-1])
        ways.add(quote(way, errors="surrogateescape"))
        ways.add(way.encode("utf-8", "backslashreplace").decode())
    return sorted(ways, key=len, reverse=True)
