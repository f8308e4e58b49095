"""What kind of picture it is: everything about it but its pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Model = Literal["gray", "rgb", "cmyk", "palette"]
Format = Literal["jpeg", "png", "webp", "tiff", "gif"]

COLOUR_BANDS: dict[Model, int] = {"gray": 1, "rgb": 3, "cmyk": 4, "palette": 1}
"""Bands of each colour model, alpha not counted; a palette picture's one band is the index."""


@dataclass(frozen=True)
class Kind:
    """How the samples of a picture are to be read, and what its file carries besides them."""

    model: Model
    bits: int
    """Bits a sample: 1, 2, 4 (in a uint8 scaled to 0…255), 8, 16, or 32 for float32."""
    alpha: bool = False
    """Whether the last band is alpha; for a palette, whether an entry is not opaque."""
    linear: bool = False
    """Whether samples are proportional to light rather than coded as sRGB (float files are)."""
    profile: bytes | None = None
    """ICC profile of the samples; sRGB, and its grey, where there is none."""
    palette: bytes = b""
    """RGBA of every palette entry, in the colour space of the profile."""
    format: Format = "png"
    """Format of the file it came from."""
    resolution: tuple[float, float] = (1.0, 1.0)
    """Pixels a millimetre, across and down."""
    metadata: Mapping[str, str | bytes] = field(default_factory=dict)
    """EXIF, XMP and IPTC as libvips names them; never an orientation or a thumbnail."""

    @property
    def colours(self) -> int:
        """Number of bands without alpha."""
        return COLOUR_BANDS[self.model]

    @property
    def entries(self) -> NDArray[np.uint8]:
        """The palette as `N×4` RGBA."""
        return np.frombuffer(self.palette, np.uint8).reshape(-1, 4)
