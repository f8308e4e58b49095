"""A picture as a file format can hold it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from flexit_engine.canvas import palette
from flexit_engine.canvas.colour import from_unit, to_unit
from flexit_engine.canvas.kind import Format, Kind, Model
from flexit_engine.canvas.picture import Picture


def fit(picture: Picture, format: Format) -> Picture:  # noqa: A002 -- the word for it
    """The picture itself if the format holds its kind, else the nearest kind that it does hold.

    JPEG and WebP have 8 bits a sample, PNG up to 16; PNG and WebP know no CMYK, WebP no grey;
    GIF has a palette, which JPEG, WebP and our TIFF do not. JPEG has no alpha: white shows through.
    """
    kind = picture.kind
    if format == "gif":
        return _with_palette(picture)
    if kind.model == "palette":
        return picture if format == "png" else fit(_from_palette(picture), format)
    if format == "tiff":
        return picture
    if kind.model == "cmyk" and format != "jpeg":
        return fit(_plain(picture, "rgb"), format)
    if kind.model == "gray" and format == "webp":
        return fit(_plain(picture, "rgb"), format)
    if kind.bits == 32:
        return fit(_plain(picture, kind.model), format)
    if format == "png":
        return picture
    if format == "jpeg" and kind.alpha:
        picture = _over_white(picture)
    return _eight_bits(picture)


def _with_palette(picture: Picture) -> Picture:
    """A GIF's palette: one entry at most is transparent, and that wholly."""
    kind = picture.kind
    if kind.model == "palette":
        faint = np.flatnonzero(kind.entries[:, 3] < 255)
        if len(faint) == 0 or (len(faint) == 1 and kind.entries[faint[0], 3] == 0):
            return picture
    indices, entries = palette.from_colours(picture.srgb(picture.box), picture.alpha(picture.box))
    return Picture(
        indices[..., None].copy(),
        Kind(
            "palette",
            8,
            alpha=bool((entries[:, 3] < 255).any()),
            palette=entries.tobytes(),
            format="gif",
            resolution=kind.resolution,
        ),
    )


def _from_palette(picture: Picture) -> Picture:
    """RGB or RGBA in the palette's own colour space."""
    kind = picture.kind
    bands = 4 if kind.alpha else 3
    pixels = kind.entries[:, :bands][picture.pixels[..., 0]]
    return Picture(pixels, replace(kind, model="rgb", palette=b""))


def _plain(picture: Picture, model: Model) -> Picture:
    """SRGB or its grey, of 8 bits or 16 where there were more, without a profile."""
    kind = picture.kind
    bits = 8 if kind.bits <= 8 else 16
    bands = 1 if model == "gray" else 3
    shape = (picture.height, picture.width, bands + kind.alpha)
    pixels = np.empty(shape, np.uint8 if bits == 8 else np.uint16)
    for strip in picture.box.strips():
        pixels[strip.rows, :, :bands] = from_unit(picture.srgb(strip)[..., :bands], bits)
        if kind.alpha:
            pixels[strip.rows, :, -1] = from_unit(picture.alpha(strip), bits)
    return Picture(pixels, replace(kind, model=model, bits=bits, linear=False, profile=None))


def _over_white(picture: Picture) -> Picture:
    """Without alpha, in the picture's own samples; no ink is the white of CMYK."""
    kind = picture.kind
    pixels = np.empty((picture.height, picture.width, kind.colours), picture.pixels.dtype)
    white = np.float32(0 if kind.model == "cmyk" else 1)
    for strip in picture.box.strips():
        samples = to_unit(picture.pixels[strip.rows, :, : kind.colours])
        seen = white + (samples - white) * picture.alpha(strip)[..., None]
        pixels[strip.rows] = from_unit(seen, max(8, kind.bits))
    return Picture(pixels, replace(kind, alpha=False))


def _eight_bits(picture: Picture) -> Picture:
    if picture.kind.bits <= 8:
        return picture
    pixels = np.empty(picture.pixels.shape, np.uint8)
    for strip in picture.box.strips():
        pixels[strip.rows] = from_unit(to_unit(picture.pixels[strip.rows]), 8)
    return Picture(pixels, replace(picture.kind, bits=8))
