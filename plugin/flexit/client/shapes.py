"""Answers of the engine, looked at before they are trusted."""

from __future__ import annotations

from typing import Any, cast

from .errors import BadAnswer
from .protocol import EditInfo


def fields(answer: object, *names: str) -> dict[str, Any]:
    """An answer that is an object with these fields, and any others.

    Raises:
        BadAnswer: it is not.
    """
    if not isinstance(answer, dict) or any(name not in answer for name in names):
        raise _bad_answer()
    return answer


def rows(answer: object) -> list[Any]:
    """An answer that is a list.

    Raises:
        BadAnswer: it is not.
    """
    if not isinstance(answer, list):
        raise _bad_answer()
    return answer


def edit_info(answer: object) -> EditInfo:
    """An answer that is an edit.

    Raises:
        BadAnswer: it is not.
    """
    info = fields(answer, *EditInfo.__annotations__)
    if not (isinstance(info["id"], str) and isinstance(info["state"], str)):
        raise _bad_answer()
    return cast(EditInfo, info)


def _bad_answer() -> BadAnswer:
    return BadAnswer(
        "The engine's answer lacks what it should have.", "Update the plug-in and the engine."
    )
