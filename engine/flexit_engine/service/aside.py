"""Where things go that cannot be read: kept as they are, under the date, for who wants to look."""

from __future__ import annotations

import logging
import os
import tempfile
from datetime import datetime
from pathlib import Path

from flexit_engine import ownership
from flexit_engine.service.private import make_private_folder

LOG = logging.getLogger(__name__)
FOLDER = "set-aside"


class Aside:
    """`set-aside/DATE-…` below a data folder, made when needed; nothing in it is removed again."""

    def __init__(self, data: Path) -> None:
        self._root = data / FOLDER
        self._folder: Path | None = None

    def take(self, path: Path, reason: str) -> None:
        """Move a file or folder away from where it stands.

        Args:
            path: what is moved.
            reason: for the log.

        Raises:
            OSError: it cannot be moved.
            StorageError: there is no place to move it to.
        """
        if self._folder is None:
            make_private_folder(self._root, ownership.ASIDE)
            date = datetime.now().strftime("%Y-%m-%d-%H.%M.%S")
            self._folder = Path(tempfile.mkdtemp(prefix=f"{date}-", dir=self._root))
        os.rename(path, self._folder / path.name)
        facts = {"path": path.name, "reason": reason, "folder": str(self._folder)}
        LOG.warning("something that cannot be read was set aside", extra=facts)
