"""What a procedure gives back to GIMP: values, or what went wrong in a sentence."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import Any

from gi.repository import Gimp, GLib, GObject

from flexit.client import FlexITError
from flexit.model import _
from flexit.model.words import error_words

Values = Sequence[Any]


def answer(procedure: Gimp.Procedure, work: Callable[[], Values | None]) -> Gimp.ValueArray:
    """Do a procedure's work.

    Args:
        procedure: whose.
        work: gives its return values; None where the user has cancelled.
    """
    try:
        values = work()
    except FlexITError as error:
        return _failed(procedure, f"{advice(error)} {log_words(error)}".strip())
    except Exception as fault:  # a fault of ours: GIMP would only say that a plug-in crashed
        traceback.print_exc()
        return _failed(procedure, fault_words(fault))
    if values is None:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    answered = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    for number, value in enumerate(values, 1):
        answered.remove(number)
        answered.insert(number, GObject.Value(_type_of(value), value))
    return answered


def advice(error: FlexITError) -> str:
    """What went wrong, and what to do."""
    return " ".join(words for words in error_words(error) if words)


def log_words(error: FlexITError) -> str:
    """Where the engine's log is; empty where that is not known."""
    return _("Log: {path}").format(path=error.log) if error.log else ""


def fault_words(fault: Exception) -> str:
    """What to say of a fault of ours."""
    words = _("The plug-in has a fault: {words}.").format(words=f"{type(fault).__name__}: {fault}")
    return " ".join((words, _("Please report it.")))


def _failed(procedure: Gimp.Procedure, words: str) -> Gimp.ValueArray:
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), words, 0)
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)


def _type_of(value: Any) -> Any:  # noqa: ANN401
    """Of a value for GIMP, which is strict: a group layer is not taken where a layer is due."""
    if isinstance(value, Gimp.Layer):
        return Gimp.Layer
    return {str: GObject.TYPE_STRING, int: GObject.TYPE_INT, float: GObject.TYPE_DOUBLE}[
        type(value)
    ]
