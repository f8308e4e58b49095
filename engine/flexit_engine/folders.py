"""The two folders of a user that are FlexIT's; other programs find the engine by the first."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

DATA_VARIABLE = "FLEXIT_DATA"
WEIGHTS_VARIABLE = "FLEXIT_WEIGHTS"


def data_folder() -> Path:
    """Where the engine keeps everything; `FLEXIT_DATA` names another folder."""
    chosen = os.environ.get(DATA_VARIABLE)
    return Path(chosen).absolute() if chosen else user_data_path("flexit", appauthor=False)


def weights_folder() -> Path:
    """Folder of downloaded weights, in the data folder; `FLEXIT_WEIGHTS` names another one."""
    chosen = os.environ.get(WEIGHTS_VARIABLE)
    return Path(chosen).absolute() if chosen else data_folder() / "weights"
