"""`flexit words`: which words the embedded networks understand, and what each comes to."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome
from flexit_engine.vocabulary import Meaning, Vocabulary
from flexit_engine.vocabulary.tables import LANGUAGES

SHOWN_CLASSES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("prefix", nargs="?", default="", help="how the words begin")
    parser.add_argument(
        "--language", choices=LANGUAGES, help="words of one language; all languages when left out"
    )
    add_common_options(parser)


def run(arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """List the words that begin so; a text that begins none is explained by itself.

    Raises:
        UnknownWords: the text is not understood.
    """
    vocabulary = Vocabulary.load()
    languages = [arguments.language] if arguments.language else LANGUAGES
    meanings = [
        vocabulary.find(word, language=language)
        for language in languages
        for word in vocabulary.words(arguments.prefix, language)
    ] or [vocabulary.find(arguments.prefix, language=arguments.language)]
    rows = [_row(vocabulary, meaning) for meaning in meanings]
    return Outcome("\n".join(_line(row) for row in rows), rows)


def _row(vocabulary: Vocabulary, meaning: Meaning) -> Mapping[str, Any]:
    return {
        **meaning._asdict(),
        "photographed": [vocabulary.class_name(index) for index in meaning.classes],
    }


def _line(row: Mapping[str, Any]) -> str:
    """`kitten: a kind of cat; photographs: tabby cat, … (5); drawings: cat`."""
    names = row["photographed"]
    more = f", … ({len(names)})" if len(names) > SHOWN_CLASSES else ""
    sides = [
        f"photographs: {', '.join(names[:SHOWN_CLASSES])}{more}" if names else "",
        f"drawings: {row['drawn']}" if row["drawn"] else "",
        f"colour: {', '.join(row['colours'])}" if row["colours"] else "",
    ]
    return f"{row['text']}: {row['relation']} {row['name']}; " + "; ".join(filter(None, sides))
