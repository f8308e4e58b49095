"""Between the files of an edit's folder and pictures: raw pixels are mapped, never copied."""

from __future__ import annotations

import secrets
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flexit_engine import __version__
from flexit_engine.canvas import (
    Kind,
    Picture,
    check_mask,
    read_mask,
    read_picture,
    write_picture,
)
from flexit_engine.canvas.colour import from_unit, to_unit
from flexit_engine.errors import OutputError
from flexit_engine.recipe import FileReference, Recipe, hash_of
from flexit_engine.worker.messages import BANDS, Channels, Depth, EditOrder, Form, Laid, PixelFormat

DTYPES: dict[Depth, np.dtype[np.generic]] = {
    "uint8": np.dtype("u1"),
    "uint16": np.dtype("<u2"),
    "float32": np.dtype("<f4"),
}
BGRA = [2, 1, 0, 3]
"""The order that turns BGRA into RGBA, and back."""

CHANNELS: dict[int, Channels] = {1: "GRAY", 2: "GRAYA", 3: "RGB", 4: "RGBA"}


def read_image(order: EditOrder) -> Picture:
    """The picture to edit.

    Raises:
        PictureError: it is not one we can edit.
    """
    path = order.folder / "image"
    if order.image is None:
        return read_picture(path, Path(order.names.image).name)
    pixels = _map(path, order.image)
    if order.image.channels == "BGRA":
        pixels = pixels[..., BGRA]
    bands = BANDS[order.image.channels]
    bits = 8 * pixels.dtype.itemsize
    return Picture(pixels, Kind("gray" if bands < 3 else "rgb", bits, alpha=bands % 2 == 0))


def read_selection(order: EditOrder, picture: Picture) -> NDArray[np.float32] | None:
    """The selection, `H×W` in [0, 1], if there is one.

    Raises:
        MaskError: it does not fit the picture, or selects nothing of it.
    """
    if not order.has_mask:
        return None
    path = order.folder / "mask"
    if order.mask is None:
        return read_mask(path, picture, Path(order.names.mask).name)
    mask = to_unit(_map(path, order.mask)[..., 0])
    check_mask(mask, picture)
    return mask


def write_result(
    picture: Picture, order: EditOrder, form: Form | None, step: int, file: str
) -> Laid:
    """Write an edited picture whole or not at all.

    Args:
        picture: what came of the edit.
        order: what the edit was.
        form: of the file; None: as the image came.
        step: how far the edit went.
        file: its name in the edit's folder, without suffix.

    Returns:
        What is in it.

    Raises:
        OutputError: it cannot be written, or the form cannot hold the picture.
    """
    form = form or ("raw" if order.image else picture.kind.format)
    path = order.folder / file
    laid = Laid(form=form, width=picture.width, height=picture.height, step=step)
    if form == "raw":
        pixels, channels, depth = _samples(picture, order.image)
        write_whole(path, np.ascontiguousarray(pixels))
        return laid.model_copy(update={"channels": channels, "depth": depth})
    suffixed = path.with_name(f"{file}.{form}")
    texts = {} if order.image else _recipe(order, step).texts()
    write_picture(picture, suffixed, texts=texts)
    suffixed.replace(path)
    return laid


def write_whole(path: Path, pixels: NDArray[np.generic]) -> None:
    """Write raw pixels under a name that never holds a half.

    Raises:
        OutputError: the disk is full or read-only.
    """
    part = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        pixels.tofile(part)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            f"The result cannot be written: {error.strerror or error}.", "Make room on the disk."
        ) from None


def _map(path: Path, laid: PixelFormat) -> NDArray[np.generic]:
    shape = (laid.height, laid.width, BANDS[laid.channels])
    return np.asarray(np.memmap(path, DTYPES[laid.depth], "r", shape=shape))


def _samples(
    picture: Picture, came: PixelFormat | None
) -> tuple[NDArray[np.generic], Channels, Depth]:
    """Raw pixels as they came; those of a file in sRGB."""
    if came is not None:
        pixels = picture.pixels[..., BGRA] if came.channels == "BGRA" else picture.pixels
        return pixels, came.channels, came.depth
    kind = picture.kind
    if kind.model in ("rgb", "gray") and kind.profile is None and not kind.linear:
        depth = next(name for name in DTYPES if name == picture.pixels.dtype.name)
        return picture.pixels, CHANNELS[picture.pixels.shape[-1]], depth
    pixels = np.empty((picture.height, picture.width, 4), np.uint8)
    for strip in picture.box.strips():
        rows = pixels[strip.rows, strip.columns]
        rows[..., :3] = from_unit(picture.srgb(strip), 8)
        rows[..., 3] = from_unit(picture.alpha(strip), 8)
    return pixels, "RGBA", "uint8"


def _recipe(order: EditOrder, step: int) -> Recipe:
    """As `flexit edit` writes it, so that `--again` works on what the service made."""

    def reference(file: str, name: str) -> FileReference:
        return FileReference(name=name, sha256=hash_of(order.folder / file))

    return Recipe(
        version=__version__,
        profile=order.profile,
        source=order.source,
        target=order.target,
        settings=order.settings,
        steps=step,
        input=reference("image", order.names.image),
        mask=reference("mask", order.names.mask) if order.has_mask else None,
    )
