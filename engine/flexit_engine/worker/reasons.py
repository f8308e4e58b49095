"""Why something went wrong, where nobody has put it into words. Imports no torch."""

from __future__ import annotations

NO_MEMORY = (
    "memoryerror",
    "cannot allocate memory",
    "can't allocate memory",
    "failed to map segment",
    "can't start new thread",
    "bad_alloc",
)
MORE_MEMORY = "Close other programs, or raise the limit for this one (`ulimit -v`)."
"""The way out."""


def reason_of(error: BaseException) -> str:
    """The kind of an exception and the first line of what it says, at most 200 letters of it."""
    first = str(error).strip().splitlines()[:1]
    return f"{type(error).__name__}: {first[0][:200]}" if first else type(error).__name__


def lacks_memory(reason: str) -> bool:
    """Whether it is for want of memory, of which every library has words of its own."""
    return any(words in reason.lower() for words in NO_MEMORY)
