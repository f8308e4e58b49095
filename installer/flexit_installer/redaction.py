"""What goes to strangers: without names, paths of the home folder, tokens and what users wrote."""

from __future__ import annotations

import getpass
import json
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_TOKEN = re.compile(r"(?i)(bearer\s+|token\W{1,4})[\w.~+/=-]{8,}")
_QUOTED = re.compile(
    r"""
    (?<!\w)'(?:\\.|[^'\\\n])*'      # as `repr` writes it; Krita's is an apostrophe
    | (?<!File\ )"(?:\\.|[^"\\\n])*"  # the same, where the text has an apostrophe; no traceback
    | «[^»\n]*» | “[^”\n]*”
    """,
    re.VERBOSE,
)
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

    def redact(text: str) -> str:
        for place in sorted({str(home), str(home.resolve())}, key=len, reverse=True):
            text = text.replace(place, "~")
        text = _CREDENTIALS.sub(r"\1…@", _TOKEN.sub(r"\1…", text))
        for name, other in names.items():
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", other, text)
        return text

    return redact


def without_quotations(text: str) -> str:
    """A log line, JSON or not, without what it quotes: texts, file names, words."""
    with suppress(ValueError):
        if isinstance(facts := json.loads(text), dict):
            return json.dumps({key: _unquoted(value) for key, value in facts.items()})
    return _QUOTED.sub("'…'", text)


def _unquoted(value: object) -> object:
    return _QUOTED.sub("'…'", value) if isinstance(value, str) else value
