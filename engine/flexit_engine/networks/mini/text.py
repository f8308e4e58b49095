"""The text side of `mini`: known words only, their order ignored."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.errors import UnknownWords
from flexit_engine.vocabulary.bag import learned_form, split_words


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
        return learned_form(word, self._place)

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
