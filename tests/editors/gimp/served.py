"""The engine of a test, as the dialog asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.editors.engines import FakeEngine, Pixels
from tests.plugin.client.stand_in import Exchange


class ServedEngine(FakeEngine):
    """Gives back what it gets, at once or when told to; and says which networks there are.

    Args:
        folder: the data folder.
        **facts: for the discovery file.
    """

    def __init__(self, folder: Path, **facts: Any) -> None:  # noqa: ANN401
        self.missing: set[str] = set()
        """Networks that are not installed."""
        self.quick: set[str] = set()
        """Numbers of edits that are not stopped when they are half done."""
        super().__init__(folder, **facts)

    def _answer(self, exchange: Exchange) -> None:
        if exchange.path == "/v1/profiles":
            names = ("mini", "paper", "paper5")
            exchange.answer([{"name": n, "installed": n not in self.missing} for n in names])
        else:
            super()._answer(exchange)

    def _wait(self, exchange: Exchange) -> bool:
        return exchange.path.split("/")[3] in self.quick or super()._wait(exchange)


SHADE = 5
"""Of 255: how much brighter a picture is with each step."""


def by_step(pixels: Pixels, step: int) -> Pixels:
    """A picture that says which step it is."""
    pixels[..., :3] = SHADE * step
    return pixels


def inverted(pixels: Pixels, _step: int) -> Pixels:
    """Other colours, the same opacity."""
    one = 1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max
    pixels[..., :3] = one - pixels[..., :3]
    return pixels
