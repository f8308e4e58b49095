"""The latents of an edit, step by step: one can come back to each, and go on from the last."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from flexit_engine.errors import StorageError


class Trail:
    """A file of latents, float32, one after the other.

    What a killed process left half-written at its end does not count.

    Args:
        folder: of the edit.
        shape: of one latent, `C×h×w`.
    """

    def __init__(self, folder: Path, shape: torch.Size) -> None:
        # In the name, because the same edit at another resolution must not be taken for this one.
        self._path = folder / "-".join(["trail", *map(str, shape)])
        self._shape = tuple(shape)
        self._size = 4 * shape.numel()
        self._length = self._path.stat().st_size // self._size if self._path.exists() else 0

    def __len__(self) -> int:
        return self._length

    def keep(self, step: int, latent: Tensor) -> None:
        """Keep the latent of a step: the one that follows the last, or one that is kept already.

        Raises:
            StorageError: the disk is full or read-only.
        """
        if step < self._length:
            return
        try:
            with self._path.open("r+b" if self._length else "wb") as file:
                file.seek(step * self._size)
                file.write(latent.detach().to("cpu", torch.float32).numpy().tobytes())
        except OSError as error:
            raise StorageError(
                f"The steps of the edit cannot be kept: {error.strerror or error}.",
                "Make room on the disk of the engine's folder.",
            ) from None
        self._length = step + 1

    def read(self, step: int) -> Tensor:
        """The latent of a step below `len`."""
        count = self._size // 4
        latent = np.fromfile(self._path, np.float32, count, offset=step * self._size)
        return torch.from_numpy(latent.reshape(self._shape))
