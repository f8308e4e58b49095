"""One spelling for what is the same word: case, width, kana, accents, number, articles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from flexit_engine.vocabulary.bag import singulars

HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
"""To katakana, which differ by a fixed distance."""

_DETERMINERS = """
a an the some my your his her its our their this that these those
der die das den dem des ein eine einen einem einer eines
mein meine meinen meiner dein deine unser unsere dieser diese dieses
le la les un une des du mon ma mes ton ta tes son sa ses notre nos ce cet cette ces
el los las una unos unas mi mis tu tus su sus este esta estos estas
"""
DETERMINERS = frozenset(_DETERMINERS.split())
"""Articles and the like, which say nothing of the thing."""

TELLING = {
    **dict.fromkeys(("a", "an", "the", "my", "some"), "en"),
    **dict.fromkeys(("der", "das", "den", "ein", "eine", "mein", "meine"), "de"),
    **dict.fromkeys(("le", "une", "mon", "ma", "des"), "fr"),
    **dict.fromkeys(("el", "los", "una", "unos", "unas"), "es"),
}
"""Determiners that tell the language of what follows."""

ELIDED = re.compile(r"^(?:l|d)'(?=\w)")
COUNTED = re.compile(r"^[一两三几这那][只个個辆条匹头朵棵把张件本座架艘台双颗片杯块幅些]")
"""A number or `this` with its measure word, before a Chinese noun."""

DASHES = re.compile("[‐‑‒–—―－]")
LOOSE = re.compile(r"(?<!\w)['-]+|['-]+(?!\w)")
"""Apostrophes and hyphens that stand in no word."""

EAST_ASIAN = "⺀"
"""The first character of the scripts that set no spaces."""

IRREGULAR = {
    "mice": "mouse",
    "geese": "goose",
    "feet": "foot",
    "teeth": "tooth",
    "children": "child",
    "men": "man",
    "women": "woman",
    "people": "person",
    "oxen": "ox",
}
ENDINGS = {
    "de": (
        *(("innen", "in"), ("ern", ""), ("en", ""), ("er", ""), ("es", ""), ("em", "")),
        *(("n", ""), ("e", ""), ("s", "")),
    ),
    "fr": (("aux", "al"), ("aux", "ail"), ("s", ""), ("x", "")),
    "es": (("ces", "z"), ("es", ""), ("s", "")),
    "ja": (("チャン", ""), ("サン", ""), ("タチ", "")),
    "zh": (("们", ""),),
}
"""What a word may end in, and what stands there in the dictionary, by language."""


def clean(text: str) -> str:
    """Folded case and width; marks nobody sees and punctuation gone, but for marks inside a word.

    Joiners, soft hyphens and variation selectors have no place in a word; no-break and ideographic
    spaces are spaces.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = text.replace("’", "'").replace("・", "").replace("·", "")
    text = DASHES.sub("-", "".join(_seen(character) for character in text))
    return " ".join(LOOSE.sub(" ", text).split())


def fold(text: str) -> str:
    """The form under which the tables hold a word."""
    return clean(text).replace("'", "").replace("-", " ").translate(HIRAGANA)


def plain(word: str) -> str:
    """Without accents on Latin letters, and `ae` for `ä`: what a foreign keyboard makes of a word.

    Marks of kana stay: カート and カード are different words.
    """
    letters = unicodedata.normalize("NFD", word.replace("œ", "oe").replace("æ", "ae"))
    kept: list[str] = []
    for letter in letters:
        if not unicodedata.combining(letter) or not (kept and kept[-1].isascii()):
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))


def written_out(word: str) -> str:
    """A German word without its umlauts, as in `Loewe`."""
    return word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")


def without_determiner(text: str) -> str:
    """A clean text less its article, possessive, honorific or measure word."""
    text = ELIDED.sub("", COUNTED.sub("", text))
    first, _, rest = text.partition(" ")
    if rest and first in DETERMINERS:
        return without_determiner(rest)
    return text[1:] if len(text) > 2 and text[0] in "お御" and is_unspaced(text) else text


def dictionary_forms(word: str, language: str) -> Iterator[str]:
    """What a plural or an inflected form may stand for in the dictionary, best guess first."""
    if language == "en":
        head, _, last = word.rpartition(" ")
        for form in [*([IRREGULAR[last]] if last in IRREGULAR else []), *singulars(last)]:
            yield f"{head} {form}".strip()
        return
    for ending, instead in ENDINGS[language]:
        if word.endswith(ending) and len(word) >= len(ending) + 2 - (language in ("zh", "ja")):
            yield word[: len(word) - len(ending)] + instead
    if language in ("fr", "es") and " " in word:
        # All words of a phrase are plural: pommes rouges, gafas oscuras.
        yield " ".join(part.rstrip("s") for part in word.split())


def telling(text: str) -> str | None:
    """The language a text shows to be in: by its kana, or its first word; mostly none."""
    return "ja" if has_kana(text) else TELLING.get(clean(text).partition(" ")[0])


def is_unspaced(text: str) -> bool:
    """Whether a text is in a script without spaces between words: Chinese or Japanese."""
    return any(letter >= EAST_ASIAN and letter.isalpha() for letter in text)


def has_kana(text: str) -> bool:
    """Whether a text is Japanese for certain."""
    return any("぀" <= letter <= "ヿ" for letter in text)


def _seen(character: str) -> str:
    """A character as it counts in a word: itself, a space, or nothing."""
    category = unicodedata.category(character)
    if category in ("Cf", "Me") or "\ufe00" <= character <= "\ufe0f":
        return ""
    if character == "'" or category == "Pd" or category[0] in "LNMS":
        return character
    return " "
