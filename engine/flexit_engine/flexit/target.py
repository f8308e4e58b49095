"""What an edit aims at: the texts' embeddings and the target point, Eq. 1."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from flexit_engine.flexit.query import WeightedText
from flexit_engine.networks.interfaces import ImageTextEncoder


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
