"""How pixels are read and written, so that nothing is lost on the way.

GEGL converts to sRGB and back by itself, whatever the image's colours are.
"""

from __future__ import annotations

from gi.repository import Gimp

FORMATS = {"uint8": "R'G'B'A u8", "uint16": "R'G'B'A u16", "float32": "R'G'B'A float"}
"""GEGL's names of straight sRGB by the protocol's depths."""
MASK = "Y u8"
"""Of selections and masks as they are stored; `Y' u8` would bend them by gamma."""

_EIGHT_BIT = (Gimp.Precision.U8_NON_LINEAR, Gimp.Precision.U8_PERCEPTUAL)
_FLOATS = ("half", "float", "double")


def depth_for(image: Gimp.Image) -> str:
    """The protocol's depth that holds every colour of an image."""
    precision = image.get_precision()
    if image.get_color_profile() is not None or precision.value_nick.startswith(_FLOATS):
        return "float32"  # the only one that reaches beyond sRGB
    return "uint8" if precision in _EIGHT_BIT else "uint16"
