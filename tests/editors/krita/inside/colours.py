"""Pictures of all colour models and depths."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from krita import Document, Node
from steps import edit, error_text, krita, open_document

SRGB_8 = ("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")


def unchanged(model: str, depth: str, profile: str, visible: bool) -> Iterator[Any]:
    """An edit that changes nothing: how far the layer is from the picture, in 8-bit sRGB."""
    document = yield from open_document(40, 30, model, depth, profile, noise=False)
    layer = document.topLevelNodes()[0]
    layer.setPixelData(_converted(_calm_noise(), SRGB_8, _space(document)), 0, 0, 40, 30)
    document.refreshProjection()
    yield 0.2
    before = _as_srgb(layer)
    yield from edit(input="visible" if visible else "layer")
    new = document.topLevelNodes()[-1]
    after = _as_srgb(new)
    return {
        "error": error_text(),
        "layers": len(document.topLevelNodes()),
        "space": [new.colorModel(), new.colorDepth(), new.colorProfile()],
        "wanted": [document.colorModel(), document.colorDepth(), document.colorProfile()],
        "off_own": _distance(after, _by_krita(before, document)),
        "off": _distance(before, after),
        "documents": len(krita.documents()),
        "undo": krita.action("edit_undo").text(),
    }


def _calm_noise() -> bytes:
    """Colours that all spaces have: in others, noise is mostly outside of what sRGB can show."""
    numbers = random.Random(1)  # noqa: S311
    pixels = bytearray()
    for _ in range(40 * 30):
        grey = numbers.randrange(64, 192)
        pixels += bytes([*(grey + numbers.randrange(-16, 17) for _ in range(3)), 255])
    return bytes(pixels)


def _distance(one: bytes, other: bytes) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _by_krita(pixels: bytes, document: Document) -> bytes:
    """What is left of sRGB colours in a picture's own space."""
    space = _space(document)
    return _converted(_converted(pixels, SRGB_8, space), space, SRGB_8)


def _space(thing: Document | Node) -> tuple[str, str, str]:
    return thing.colorModel(), thing.colorDepth(), thing.colorProfile()


def _as_srgb(layer: Node) -> bytes:
    return _converted(bytes(layer.pixelData(0, 0, 40, 30)), _space(layer), SRGB_8)


def _converted(pixels: bytes, before: tuple[str, str, str], after: tuple[str, str, str]) -> bytes:
    scratch = krita.createDocument(1, 1, "scratch", *SRGB_8, 72.0)
    node = scratch.createNode("x", "paintlayer")
    node.setColorSpace(*before)
    node.setPixelData(pixels, 0, 0, 40, 30)
    node.setColorSpace("RGBA", "F32", SRGB_8[2])
    node.setColorSpace(*after)
    converted = bytes(node.pixelData(0, 0, 40, 30))
    scratch.setModified(False)
    scratch.close()
    return converted
