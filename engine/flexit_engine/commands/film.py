"""An edit as a strip of pictures, from the first step to the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flexit_engine.editor import EditStep

FRAMES = 8


class Film:
    """Collects evenly spaced steps of an edit, step 0 and the last among them.

    Args:
        steps: how many steps the edit takes; fewer than seven show each of them once.
    """

    def __init__(self, steps: int) -> None:
        self._shown = {round(frame * steps / (FRAMES - 1)) for frame in range(FRAMES)}
        self._frames: list[NDArray[np.uint8]] = []

    def add(self, rows: Sequence[EditStep]) -> None:
        """Keep the previews of a step if it is one of those shown, variants below each other."""
        import numpy as np

        if rows[0].index in self._shown:
            self._frames.append(np.concatenate([row.preview for row in rows], axis=0))

    def strip(self) -> NDArray[np.uint8]:
        """The steps kept so far, side by side, `h×w×3`."""
        import numpy as np

        return np.concatenate(self._frames, axis=1)
