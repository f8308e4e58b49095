"""From a picture and a selection to what the networks see, and back to the picture.

`reading` and `writing` know files, `picture` samples, `colour` and `palette` what they mean;
`mask` and `frame` say where to look, `compose` carries an edit over.
"""

import os

# Before libvips starts: what is wrong with a file is told in a PictureError, not on stderr.
os.environ.setdefault("VIPS_WARNING", "1")

from flexit_engine.canvas.box import Box
from flexit_engine.canvas.compose import compose
from flexit_engine.canvas.frame import Frame, choose_frame, mask_to_working, to_working
from flexit_engine.canvas.kind import Kind
from flexit_engine.canvas.mask import check_mask, read_mask
from flexit_engine.canvas.picture import Picture
from flexit_engine.canvas.reading import read_picture
from flexit_engine.canvas.texts import read_texts
from flexit_engine.canvas.writing import check_output, write_picture

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
