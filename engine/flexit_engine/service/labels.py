"""What an edit's own folder says of it, for the day on which the list of edits is lost."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from flexit_engine.service.private import read_private, write_private
from flexit_engine.service.protocol import Edit, EditRequest

NAME = "edit.json"


class Label(NamedTuple):
    """The content of `edit.json`."""

    request: EditRequest
    edit: Edit


_LABELS = TypeAdapter(Label)


def write_label(folder: Path, request: EditRequest, edit: Edit) -> None:
    """Write down what an edit is and how it stands.

    Raises:
        StorageError: the disk is full or read-only.
    """
    text = _LABELS.dump_json(Label(request, edit)).decode()
    write_private(folder / NAME, text, durable=False)


def read_label(folder: Path) -> Label | None:
    """What was written down last; None where nothing was, or it is of another edit or version."""
    try:
        label = _LABELS.validate_json(read_private(folder / NAME) or b"")
    except ValidationError:
        return None
    return label if label.edit.id == folder.name else None
