"""A display of a test's own."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Display:
    """An X server without a screen, with a window manager.

    Args:
        size: `WIDTHxHEIGHT` in pixels.
    """

    def __init__(self, size: str = "1400x1000") -> None:
        self._server = subprocess.Popen(
            [
                *("/usr/bin/Xvfb", "-displayfd", "1", "-screen", "0", f"{size}x24"),
                *("-ac", "-nolisten", "tcp"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._server.stdout is not None
        self.name = f":{int(self._server.stdout.readline())}"
        self._manager = subprocess.Popen(
            ["/usr/bin/openbox"],
            env={"DISPLAY": self.name, "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Display:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def shoot(self, path: Path) -> None:
        """Take a picture of all of it."""
        words = ["/usr/bin/import", "-display", self.name, "-window", "root", str(path)]
        subprocess.run(words, check=True, timeout=30)

    def close(self) -> None:
        """End it."""
        for process in (self._manager, self._server):
            process.terminate()
            process.wait(10)
        assert self._server.stdout is not None
        self._server.stdout.close()
