"""What `flexit doctor` finds."""

from __future__ import annotations

from typing import Literal, NamedTuple

State = Literal["right", "wrong", "unsure"]


class Finding(NamedTuple):
    """One line of the page."""

    about: str
    state: State
    text: str
    mend: str = ""
    """The command, or what to do, where it is not right."""
