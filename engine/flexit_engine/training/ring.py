"""What was computed at some cost and is used again."""

from __future__ import annotations

import torch
from torch import Tensor


class Ring:
    """The newest rows of some tensors that belong together."""

    def __init__(self, size: int) -> None:
        """An empty one for `size` rows."""
        self.size = size
        self.added = 0
        """Rows that were ever added."""
        self._rows: dict[str, Tensor] = {}

    def add(self, **batch: Tensor) -> None:
        """Put rows in; when it is full they take the place of the oldest."""
        count = len(next(iter(batch.values())))
        at = torch.arange(self.added, self.added + count) % self.size
        for name, rows in batch.items():
            if name not in self._rows:
                self._rows[name] = rows.new_empty((self.size, *rows.shape[1:]))
            self._rows[name][at.to(rows.device)] = rows
        self.added += count

    def draw(self, count: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Some rows at random, with replacement."""
        at = torch.randint(min(self.added, self.size), (count,), generator=generator)
        return {name: rows[at.to(rows.device)] for name, rows in self._rows.items()}
