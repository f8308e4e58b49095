"""What a command has to say when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """The same answer twice: for a person, and for a program that asked with `--json`."""

    text: str
    report: Mapping[str, Any] | list[Mapping[str, Any]]
    exit_code: int = 0
