"""Starting processes so that nothing of the folder or the home they are started from runs in them.

A `torch.py` beside a picture, or a `random.py` in the home folder, is somebody's own file: it must
neither break the engine nor be executed by it.
"""

from __future__ import annotations

import os
import site
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from flexit_engine.service.environment import scrubbed


def python_words(python: str | Path, module: str) -> list[str]:
    """The words that run a module of ours with a Python.

    It looks neither into the current folder, nor among the packages of the user's own that are
    outside of its environment. Python 3.10 knows `PYTHONSAFEPATH` not yet, but `-I`.
    """
    # Installed by `pip install --user`, FlexIT itself would not be found.
    only_there = Path(python) == Path(sys.executable) and _is_among_the_users()
    return [str(python), *(() if only_there else ("-I",)), "-m", module]


def safe_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a process of ours may inherit, and that it may not look into the current folder."""
    return {**scrubbed(environ), "PYTHONSAFEPATH": "1"}


def run_apart(
    words: Sequence[str | Path],
    *,
    environ: Mapping[str, str] | None = None,
    told: bytes = b"",
    timeout: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end in an empty folder of its own.

    Args:
        words: the program and its arguments.
        environ: its environment; what a process of ours may inherit, when not given.
        told: its standard input.
        timeout: seconds.

    Raises:
        OSError: it cannot be run.
        subprocess.TimeoutExpired: it took longer; it was ended.
    """
    with TemporaryDirectory(prefix="flexit-", ignore_cleanup_errors=True) as place:
        return subprocess.run(  # noqa: S603 -- words of our own
            words,
            cwd=place,
            env=safe_environment(os.environ) if environ is None else environ,
            input=told,
            capture_output=True,
            timeout=timeout,
            check=False,
        )


def _is_among_the_users() -> bool:
    users = Path(site.getusersitepackages())
    return bool(site.ENABLE_USER_SITE) and users in Path(__file__).parents
