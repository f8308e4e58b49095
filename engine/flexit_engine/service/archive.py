"""All edits there are: in memory to be shown, in the store to outlive the service."""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flexit_engine import __version__
from flexit_engine.errors import NotFound, StorageError
from flexit_engine.service import marks
from flexit_engine.service.job import Job
from flexit_engine.service.protocol import Edit, EditRequest
from flexit_engine.service.store import Store
from flexit_engine.settings import Settings

LOG = logging.getLogger(__name__)
SECONDS_TO_FETCH = 600.0
"""After its end in which an edit stays whatever the clock says and however full the disk is."""
LONGEST_PAUSE = 24 * 3600.0
"""Seconds that are believed to have passed between an edit's end and the next start."""


class Archive:
    """Finds, adds, keeps and forgets edits.

    Args:
        store: where they are kept.
        keep_seconds: how long after their end.
        keep_bytes: how much of the disk the ended ones may take.
    """

    def __init__(self, store: Store, keep_seconds: float, keep_bytes: int) -> None:
        self._store = store
        self._keep_seconds = keep_seconds
        self._keep_bytes = keep_bytes
        self._unsaved: dict[str, Job] = {}
        store.sweep()
        store.restore()
        self.jobs = {row.edit.id: self._job(*row) for row in store.rows()}
        ends = (job.edit.finished or job.edit.created for job in self.jobs.values())
        self._began = min(time.time(), max(ends, default=time.time()) + LONGEST_PAUSE)
        self._began_at = time.monotonic()
        self.prune()

    def find(self, edit_id: str) -> Job:
        """An edit by its id.

        Raises:
            NotFound: there is none.
        """
        if edit_id not in self.jobs:
            raise NotFound(
                "There is no such edit.",
                "Old ones are removed; `GET /v1/edits` lists what is there.",
            )
        return self.jobs[edit_id]

    @contextmanager
    def folder(self, size: int) -> Iterator[Path]:
        """A folder for a new edit; gone again unless the edit is added in the block.

        Args:
            size: bytes that will be written into it.

        Raises:
            StorageError: the disk is full or read-only.
        """
        self._store.check_room(size)
        edit_id = secrets.token_hex(12)
        folder = self._store.new_folder(edit_id)
        try:
            yield folder
        finally:
            if edit_id not in self.jobs:
                shutil.rmtree(folder, ignore_errors=True)

    def add(self, folder: Path, request: EditRequest, settings: Settings, has_mask: bool) -> Job:
        """Keep a new edit whose files are in its folder.

        Raises:
            StorageError: the disk is full or read-only.
        """
        edit = Edit(
            id=folder.stem,
            client=request.client,
            source=request.source,
            target=request.target,
            profile=request.profile,
            settings=settings,
            on_disconnect=request.on_disconnect,
            created=time.time(),
            version=__version__,
        )
        number = self._store.add(request, edit)
        job = self.jobs[edit.id] = Job(
            number, request, edit, self._store.folder / edit.id, has_mask
        )
        return job

    def save(self, job: Job) -> None:
        """Keep an edit as it stands; a disk that is full now does not end what runs."""
        self._unsaved[job.edit.id] = job
        self.settle()

    def settle(self) -> None:
        """Keep what a full disk did not take before; until it does, a mark says what must not."""
        self._unsaved = {
            edit_id: job for edit_id, job in self._unsaved.items() if not self._is_kept(job)
        }

    def prune(self) -> None:
        """Forget what is too old, and the oldest of what takes too much room.

        A clock that is set ahead makes nothing older; what has just ended stays.
        """
        self.settle()
        certain = self._began + time.monotonic() - self._began_at
        doubt = max(0.0, time.time() - certain)
        try:
            for edit_id in self._store.expired(self._keep_seconds + doubt, self._keep_bytes):
                if not self._just_ended(edit_id):
                    self._store.remove(edit_id)
                    self.jobs.pop(edit_id, None)
                    self._unsaved.pop(edit_id, None)
        except StorageError:
            LOG.exception("old edits were not removed")

    def _is_kept(self, job: Job) -> bool:
        try:
            self._store.update(job.request, job.edit)
        except StorageError:
            LOG.exception("an edit's state was not kept", extra={"edit": job.edit.id})
            marks.leave(job.folder, job.edit)
            return False
        marks.remove(job.folder)
        return True

    def _just_ended(self, edit_id: str) -> bool:
        job = self.jobs.get(edit_id)
        return job is not None and time.monotonic() - job.ended_at < SECONDS_TO_FETCH

    def _job(self, number: int, request: EditRequest, edit: Edit) -> Job:
        folder = self._store.folder / edit.id
        marks.obey(folder, edit)
        if edit.state == "running":  # when the service was last ended
            edit.state = "queued"
        return Job(number, request, edit, folder, (folder / "mask").exists())
