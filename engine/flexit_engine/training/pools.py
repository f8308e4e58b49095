"""Which pictures a training step is given: rare things as often as common ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from flexit_engine.training.corpus import Picture


class Pools:
    """Draws pictures: every subject equally often, then every kind that there is of it.

    Kinds are emoji, shapes drawn here, and photographs: of a lemon there are six drawings and
    sixty photographs.
    """

    def __init__(self, pictures: Iterable[Picture]) -> None:
        subjects: dict[int, dict[str, list[Picture]]] = {}
        for picture in pictures:
            kind = "drawn" if picture.origin == "drawn" else picture.kind
            subjects.setdefault(picture.subject, {}).setdefault(kind, []).append(picture)
        self.pools = [list(kinds.values()) for kinds in subjects.values()]

    @staticmethod
    def mostly_concepts(pictures: Sequence[Picture]) -> Pools:
        """Pools of everything, in which the concepts come twice as often as what has no cluster."""
        pools = Pools(pictures)
        pools.pools += Pools(picture for picture in pictures if picture.concept >= 0).pools
        return pools

    def draw(self, count: int, generator: torch.Generator) -> list[Picture]:
        """`count` pictures, with replacement."""
        chosen = []
        for first, second, third in torch.rand((count, 3), generator=generator).tolist():
            kinds = self.pools[int(first * len(self.pools))]
            pool = kinds[int(second * len(kinds))]
            chosen.append(pool[int(third * len(pool))])
        return chosen
