"""What an edit aims at: weighted texts and the target point, Eq. 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from flexit_engine.errors import TextError
from flexit_engine.networks.interfaces import ImageTextEncoder

MAX_CHARACTERS = 1000
MAX_WEIGHT = 1000.0
WEIGHTED = re.compile(r"^(?P<text>.*\S)\s*:\s*(?P<weight>\d+(\.\d*)?|\.\d+)$", re.DOTALL)


class WeightedText(NamedTuple):
    """One of the texts on a side of the query, and its share."""

    text: str
    weight: float


class Query(NamedTuple):
    """What is there and what it should become; no source texts mean λ_S = 0."""

    source: Sequence[WeightedText]
    target: Sequence[WeightedText]


def parse_query(source: str, target: str) -> Query:
    """Read both sides of a query.

    Raises:
        TextError: as `parse_texts`, or there is no target.
    """
    query = Query(parse_texts(source), parse_texts(target))
    if not query.target:
        raise TextError("It is not said what the picture should become.", "Type a target text.")
    return query


def parse_texts(query: str) -> list[WeightedText]:
    """Read `cat`, `cat, animal` or `dog:0.7, wolf:0.3`; nothing gives an empty list.

    Raises:
        TextError: the query is too long, holds control characters, or its weights are out of range.
    """
    if len(query) > MAX_CHARACTERS:
        raise TextError(
            f"The text has {len(query)} characters, more than {MAX_CHARACTERS}.",
            "Say it in a few words.",
        )
    if not all(character.isprintable() or character in "\t\n" for character in query):
        raise TextError("The text holds control characters.", "Type it again without them.")
    parts = [" ".join(part.split()) for part in query.split(",")]
    texts = [_parse_weight(part) for part in parts if part]
    if not all(0 < item.weight <= MAX_WEIGHT for item in texts):
        raise TextError(
            f"A text's weight must be above 0 and at most {MAX_WEIGHT:.0f}.",
            "Write it as in «dog:0.7, wolf:0.3».",
        )
    return texts


def _parse_weight(part: str) -> WeightedText:
    match = WEIGHTED.match(part)
    if match is None:
        return WeightedText(part, 1.0)
    return WeightedText(match["text"], float(match["weight"]))


def encode_texts(encoder: ImageTextEncoder, texts: Sequence[WeightedText]) -> Tensor:
    """C_t of a side of the query: the weighted mean of its texts' embeddings, of unit length, `D`.

    Raises:
        UnknownWords: the encoder does not know a word.
    """
    embeddings = encoder.encode_text([item.text for item in texts])
    weights = torch.tensor([item.weight for item in texts]).to(embeddings)
    return normalize(weights @ embeddings, dim=0)


def target_point(
    target: Tensor, source: Tensor, image: Tensor, source_weight: float, image_weight: float
) -> Tensor:
    """Eq. 1: P = C_t(T) + λ_I·C_i(I0) − λ_S·C_t(S); not normalised, as in the released code.

    Args:
        target: C_t(T), any shape that ends in D.
        source: C_t(S), the same.
        image: C_i(I0), the same.
        source_weight: λ_S.
        image_weight: λ_I.
    """
    return target + image_weight * image - source_weight * source
