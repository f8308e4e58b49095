"""A bell that wakes all who wait for it."""

from __future__ import annotations

import asyncio


class Bell:
    """Rings for those who wait at that moment; whoever comes later waits for the next time.

    In one thread nothing is missed between looking and waiting, if nothing is awaited in between.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake everyone."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait for the next ring; false if it did not come within `timeout` seconds."""
        try:
            await asyncio.wait_for(self._event.wait(), timeout)
        except TimeoutError:
            return False
        return True
