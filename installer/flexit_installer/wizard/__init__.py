"""`flexit-setup`: the installer for who has never opened a terminal.

A window over `flexit_installer.steps`, which does the work as a process of its own.
"""

from __future__ import annotations


def main() -> int:
    """Open the window; the exit code."""
    try:
        import PyQt5.QtWidgets  # noqa: F401
    except ImportError as error:
        return _refuse(f"needs PyQt5 ({error}).", "Run `pip install 'flexit[wizard]'`")
    from flexit_installer.wizard.display import why_no_window

    if reason := why_no_window():
        return _refuse(f"cannot open a window ({reason}).", "Open it on a desktop")
    from flexit_installer.wizard.window import run

    return run()


def _refuse(reason: str, way_out: str) -> int:
    import sys

    # Without a terminal either, there is nobody to tell.
    if sys.stderr is not None:
        sys.stderr.write(
            f"flexit-setup {reason} {way_out}, or use `flexit install` in a terminal.\n"
        )
    return 1
