"""Any exception as one sentence."""

from __future__ import annotations

from flexit_engine.errors import FlexITError, OutOfMemory, SettingsError
from flexit_engine.worker.reasons import MORE_MEMORY, lacks_memory, reason_of


def as_error(error: Exception) -> FlexITError:
    """What to tell the user of an exception."""
    if isinstance(error, FlexITError):
        return error
    if isinstance(error, MemoryError):
        return OutOfMemory("There is too little memory for this.", "Try a smaller picture.")
    if lacks_memory(reason_of(error)):
        return OutOfMemory(f"There is too little memory ({reason_of(error)}).", MORE_MEMORY)
    if isinstance(error, OverflowError):
        return SettingsError("A number is too large for this.", "Give a smaller one.")
    return FlexITError(
        f"Something unexpected went wrong ({type(error).__name__}: {str(error)[:200]}).",
        "Run it again with --debug, and tell us.",
    )
