"""Why something went wrong, where nobody has put it into words. Imports no torch."""

from __future__ import annotations


def reason_of(error: BaseException) -> str:
    """The kind of an exception and the first line of what it says, at most 200 letters of it."""
    first = str(error).strip().splitlines()[:1]
    return f"{type(error).__name__}: {first[0][:200]}" if first else type(error).__name__
