"""The text side of `mini`: known words only, their order ignored."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.errors import UnknownWords

SILENT = frozenset({"a", "an", "the", "of", "with", "in", "on", "and", "picture", "photo"})
"""Words that say nothing about what is seen, and are skipped."""


def split_words(text: str) -> list[str]:
    """Lower-case words of a text, silent ones left out: `A red-brown Fox` -> red brown fox."""
    words = re.findall(r"[^\W_]+", text.lower().replace("’", "").replace("'", ""))
    return [word for word in words if word not in SILENT]


def singulars(word: str) -> list[str]:
    """What an English plural may be the plural of, best guess first."""
    guesses = []
    if word.endswith("ies"):
        guesses.append(word[:-3] + "y")
    if word.endswith("ves"):
        guesses += [word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith("es"):
        guesses.append(word[:-2])
    if word.endswith("s"):
        guesses.append(word[:-1])
    return guesses


class Vocabulary:
    """The words a network has learned, in the order of their vectors."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        self._place = {word: place for place, word in enumerate(self.words)}

    @staticmethod
    def of_texts(texts: Iterable[str]) -> Vocabulary:
        """All words of some texts, sorted."""
        return Vocabulary(sorted({word for text in texts for word in split_words(text)}))

    def known(self, word: str) -> str | None:
        """The learned form of a word: itself, its singular or its plural."""
        forms = [word, *singulars(word), word + "s", word + "es"]
        return next((form for form in forms if form in self._place), None)

    def places(self, text: str) -> list[int]:
        """Places of a text's words.

        Raises:
            UnknownWords: a word was not learned, or the text has no word at all.
        """
        words = split_words(text)
        found = {word: self.known(word) for word in words}
        unknown = [word for word, form in found.items() if form is None]
        if unknown or not words:
            raise self._unknown(unknown, text)
        return [self._place[form] for word in words if (form := found[word]) is not None]

    def _unknown(self, unknown: Sequence[str], text: str) -> UnknownWords:
        if not unknown:
            return UnknownWords(
                f"The text {text[:60]!r} names nothing that can be seen.",
                "Name one thing, such as: cat, red apple, blue circle.",
            )
        near = [difflib.get_close_matches(word, self.words, n=3, cutoff=0.6) for word in unknown]
        hints = [
            f"Near {word!r} they know: {', '.join(known)}."
            for word, known in zip(unknown, near, strict=True)
            if known
        ]
        named = ", ".join(repr(word[:40]) for word in unknown[:5])
        return UnknownWords(
            f"The embedded networks do not know {named}.",
            " ".join(hints[:3]) or "Try a simpler or more common word.",
        )


class TextTower(nn.Module):
    """Mean of word vectors, then a small network beside a linear map: N texts -> `N×D`."""

    def __init__(self, vocabulary: Vocabulary, dimension: int, width: int = 192) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.vectors = nn.EmbeddingBag(len(vocabulary.words), width, mode="mean")
        self.linear = nn.Linear(width, dimension, bias=False)
        self.deep = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, dimension))

    def forward(self, places: Tensor, offsets: Tensor) -> Tensor:
        """Embed bags of words, in the form that `EmbeddingBag` takes them."""
        mean = self.vectors(places, offsets)
        return functional.normalize(cast(Tensor, self.linear(mean) + self.deep(mean)), dim=1)

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Embed texts as `N×D` vectors of unit length."""
        return self.encode_places([self.vocabulary.places(text) for text in texts])

    def encode_places(self, bags: Sequence[Sequence[int]]) -> Tensor:
        """As `encode`, from word places found before."""
        lengths = torch.tensor([0, *(len(bag) for bag in bags[:-1])])
        device = self.linear.weight.device
        places = torch.tensor([place for bag in bags for place in bag], device=device)
        return cast(Tensor, self(places, lengths.cumsum(0).to(device)))
