"""Where no window can be opened, that is said, and what to do instead."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("display", ["", ":4711", "nowhere.invalid:0"])
def test_without_a_display_the_way_out_is_said(display: str) -> None:
    environ = {name: value for name, value in os.environ.items() if "WAYLAND" not in name}
    environ.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run(
        [sys.executable, "-m", "flexit_installer.wizard"],
        env={**environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("flexit-setup cannot open a window (qt.qpa.xcb: could not")
    assert "`flexit install` in a terminal" in done.stderr
