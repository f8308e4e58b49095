"""Memory for whole pictures."""

from __future__ import annotations

from mmap import mmap


def reserve(size: int) -> memoryview:
    """So many bytes, writable, that cost time only as they are filled.

    A `bytearray` is zeroed as a whole first: of 256 MB, all of the editor's Python waits 0.14 s.
    """
    return memoryview(mmap(-1, size)) if size else memoryview(b"")
