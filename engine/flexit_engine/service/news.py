"""What is new of an edit: the newest of each kind, never a backlog."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from typing import Literal, NamedTuple

from pydantic import BaseModel

from flexit_engine.service.bell import Bell

Kind = Literal["state", "progress", "preview", "done", "failed", "cancelled"]
ENDINGS = frozenset[Kind]({"done", "failed", "cancelled"})

BOOT = secrets.token_hex(4)
"""Marks the numbers of this process: after a restart a reader's last number means nothing."""


class Item(NamedTuple):
    """One event."""

    number: int
    kind: Kind
    data: str
    """JSON."""

    @property
    def id(self) -> str:
        """What a reader hands back as Last-Event-ID."""
        return f"{BOOT}.{self.number}"


class News:
    """The events of one edit, for any number of readers, however slow."""

    def __init__(self) -> None:
        self._newest: dict[Kind, Item] = {}
        self._number = 0
        self._bell = Bell()
        self._closed = False

    def publish(self, kind: Kind, data: BaseModel) -> None:
        """Replace what was known of a kind."""
        self._number += 1
        self._newest[kind] = Item(self._number, kind, data.model_dump_json())
        self._bell.ring()

    def forget(self, *kinds: Kind) -> None:
        """Drop what is no longer true, such as the end of an edit that goes on."""
        for kind in kinds:
            self._newest.pop(kind, None)

    def close(self) -> None:
        """End all readers: the service stops."""
        self._closed = True
        self._bell.ring()

    async def follow(self, last_id: str | None) -> AsyncIterator[Item]:
        """All that is newer than `last_id`, and what comes, until the edit ends."""
        seen = self._seen(last_id)
        while not self._closed:
            fresh = [item for item in self._newest.values() if item.number > seen]
            for item in sorted(fresh):
                yield item
                seen = item.number
            if ENDINGS & self._newest.keys():
                if seen == self._number:
                    return
            elif not fresh:
                await self._bell.wait()

    def _seen(self, last_id: str | None) -> int:
        """The number in a Last-Event-ID; 0 if it is not one that this process has given."""
        match = re.fullmatch(rf"{BOOT}\.(\d{{1,18}})", last_id or "", re.ASCII)
        number = int(match[1]) if match else 0
        return number if number <= self._number else 0
