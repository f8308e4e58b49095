"""From a picture and a selection to what the networks see, and back to the picture.

`reading` and `writing` know files, `picture` samples, `colour` and `palette` what they mean;
`mask` and `frame` say where to look, `composing` carries an edit over.

Importing this package imports no torch, so that the service can know sizes and formats; the names
below are found at their first use.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flexit_engine.canvas.box import Box
    from flexit_engine.canvas.composing import compose
    from flexit_engine.canvas.files import check_output
    from flexit_engine.canvas.frame import Frame, choose_frame, mask_to_working, to_working
    from flexit_engine.canvas.kind import Kind
    from flexit_engine.canvas.mask import check_mask, read_mask
    from flexit_engine.canvas.picture import Picture
    from flexit_engine.canvas.reading import read_picture
    from flexit_engine.canvas.texts import read_texts
    from flexit_engine.canvas.writing import write_picture

# Before libvips starts: what is wrong with a file is told in a PictureError, not on stderr.
os.environ.setdefault("VIPS_WARNING", "1")

__all__ = [
    "Box",
    "Frame",
    "Kind",
    "Picture",
    "check_mask",
    "check_output",
    "choose_frame",
    "compose",
    "mask_to_working",
    "read_mask",
    "read_picture",
    "read_texts",
    "to_working",
    "write_picture",
]

# No module may be called like a name in here: once imported, it would be found in its place.
_HOMES = {
    "Box": "box",
    "Frame": "frame",
    "Kind": "kind",
    "Picture": "picture",
    "check_mask": "mask",
    "check_output": "files",
    "choose_frame": "frame",
    "compose": "composing",
    "mask_to_working": "frame",
    "read_mask": "mask",
    "read_picture": "reading",
    "read_texts": "texts",
    "to_working": "frame",
    "write_picture": "writing",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
