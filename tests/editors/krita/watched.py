"""The engine of a test, as Krita's docker watches it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.editors.engines import FakeEngine
from tests.plugin.client.stand_in import Exchange

WORKER = {"device": "cpu", "state": "idle", "profile": "mini", "pid": 1, "memory": 500_000_000}
PROFILE = {"name": "mini", "title": "Embedded", "installed": True, "resolution": 128}
MISSING = {"name": "paper", "title": "Published", "installed": False, "resolution": 288}


class WatchedEngine(FakeEngine):
    """Gives back what it gets, at once or when told to; and says how it is.

    Args:
        folder: the data folder.
        **facts: for the discovery file.
    """

    def __init__(self, folder: Path, **facts: Any) -> None:  # noqa: ANN401
        self.paths: list[str] = []
        """What it was asked."""
        super().__init__(folder, **facts)

    def _answer(self, exchange: Exchange) -> None:
        self.paths.append(f"{exchange.method} {exchange.path}")
        answers: dict[str, object] = {
            "/v1/ready": {"ready": True, "queued": 0, "workers": [WORKER]},
            "/v1/profiles": [PROFILE, MISSING],
            "/v1/unload": {"unloaded": 1},
            "/v1/shutdown": {},
        }
        if exchange.path in answers:
            exchange.answer(answers[exchange.path])
        else:
            super()._answer(exchange)
