"""`flexit-setup`: the installer for who has never opened a terminal.

A window over `flexit_installer.steps`, which does the work as a process of its own.
"""

from __future__ import annotations


def main() -> int:
    """Open the window; the exit code."""
    try:
        from flexit_installer.wizard.window import run
    except ImportError:
        import sys

        sys.stderr.write("flexit-setup needs PyQt5: pip install 'flexit[wizard]'\n")
        return 1
    return run()
