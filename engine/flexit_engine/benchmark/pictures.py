"""Pictures of the benchmark: square, RGB, from files and to tensors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from flexit_engine.errors import PictureError


def open_picture(path: Path, mode: str = "RGB") -> Image.Image:
    """Read a whole picture.

    Raises:
        PictureError: there is none, or it cannot be read.
    """
    try:
        with Image.open(path) as file:
            return file.convert(mode)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise PictureError(
            f"The picture {str(path)!r} of the data set cannot be read: {error}."
        ) from None


def middle_square(picture: Image.Image, side: int) -> Image.Image:
    """The largest square in the middle, at a side of `side` pixels."""
    edge = min(picture.size)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    box = (left, top, left + edge, top + edge)
    return picture.resize((side, side), Image.Resampling.BICUBIC, box)


def to_tensor(pictures: Sequence[Image.Image]) -> Tensor:
    """RGB pictures of one size as `B×3×H×W` in [0, 1]."""
    arrays = np.stack([np.asarray(picture, dtype=np.float32) for picture in pictures])
    return torch.from_numpy(arrays).permute(0, 3, 1, 2).contiguous() / 255


def to_pictures(images: Tensor) -> list[Image.Image]:
    """The reverse of `to_tensor`."""
    samples = (images.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return [Image.fromarray(array) for array in samples]
