"""A document that nobody sees: what is done in it leaves no undo step in the user's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from krita import Document, Krita

SRGB = "sRGB-elle-V2-srgbtrc.icc"


@contextmanager
def scratch_document() -> Iterator[Document]:
    """One of a pixel, closed at the end; nodes made in it live on in other documents."""
    document = Krita.instance().createDocument(1, 1, "FlexIT", "RGBA", "U8", SRGB, 72.0)
    try:
        yield document
    finally:
        document.setModified(False)
        document.close()
