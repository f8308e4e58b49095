"""The two folders of a user that are FlexIT's; other programs find the engine by the first."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

from flexit_engine.errors import StorageError

DATA_VARIABLE = "FLEXIT_DATA"
WEIGHTS_VARIABLE = "FLEXIT_WEIGHTS"


def data_folder() -> Path:
    """Where the engine keeps everything; `FLEXIT_DATA` names another folder.

    Raises:
        StorageError: there is no such folder, and can be none.
    """
    return _chosen(DATA_VARIABLE) or _speakable(_usual(), DATA_VARIABLE)


def weights_folder() -> Path:
    """Folder of downloaded weights, in the data folder; `FLEXIT_WEIGHTS` names another one.

    Raises:
        StorageError: there is no such folder, and can be none.
    """
    return _chosen(WEIGHTS_VARIABLE) or data_folder() / "weights"


def _usual() -> Path:
    try:
        return user_data_path("flexit", appauthor=False)
    except RuntimeError:  # neither $HOME nor an entry in the list of users
        raise StorageError(
            "You have no home folder for FlexIT to keep its things in.",
            f"Name a folder with {DATA_VARIABLE}.",
        ) from None


def _chosen(variable: str) -> Path | None:
    """The folder that a variable names; a `~` that no shell has replaced is one's home."""
    name = os.environ.get(variable)
    if not name:
        return None
    try:
        path = Path(name).expanduser().absolute()
    except (OSError, RuntimeError):  # a home that is not there, or a working folder that is gone
        raise StorageError(
            f"{variable} names a folder that cannot be found: {name!r}.", "Give its whole path."
        ) from None
    return _speakable(path, variable)


def _speakable(path: Path, variable: str) -> Path:
    """A path that can be written into files and answers, all of which are UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise StorageError(
            f"The name of the folder {str(path)!r} is not UTF-8.",
            f"Name another one with {variable}.",
        ) from None
    return path
