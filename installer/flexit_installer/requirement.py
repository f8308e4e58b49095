"""What to install as the engine: the very FlexIT that runs, from where it came itself."""

from __future__ import annotations

import json
import secrets
import shutil
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from flexit_engine.errors import InstallError
from flexit_installer.own_wheel import pack

NAME = "flexit"
WANTED = f"{NAME}[engine]"
NOT_COPIED = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "build", "dist", "out", "tests", "shared"
)


def engine_requirement(scratch: Path) -> str:
    """The requirement, as pip and uv read it; a file of this machine, never a name.

    Where FlexIT runs from its sources, those are installed; else a wheel of its own files.

    Args:
        scratch: for a copy of the sources: building leaves files beside them, and they may be
            somebody else's; or for the wheel.

    Raises:
        InstallError: its files, or its sources, are not there any more.
    """
    installed, origin = _installed()
    # Under another name each time: uv would take what it built of the last one.
    place = scratch / f"source-{secrets.token_hex(4)}"
    if not origin.get("dir_info", {}).get("editable"):
        return f"{WANTED} @ {pack(installed, place).as_uri()}"
    folder = Path(url2pathname(unquote(urlsplit(str(origin["url"])).path)))
    if not folder.is_dir():
        raise InstallError(
            f"FlexIT runs from its sources, and {str(folder)!r} is gone.", "Install FlexIT again."
        )
    shutil.copytree(folder, place, ignore=NOT_COPIED)
    return f"{WANTED} @ {place.as_uri()}"


def _installed() -> tuple[Distribution, dict[str, Any]]:
    """This FlexIT, and by PEP 610 where it came from; nothing where that was an index.

    Raises:
        InstallError: it was not installed.
    """
    # In a checkout, what building has left beside the sources counts as one more distribution.
    found = [each for each in distributions(name=NAME) if each.read_text("METADATA")]
    if not found:
        raise InstallError("FlexIT runs without being installed.", "Install it with pip.")
    return found[0], json.loads(found[0].read_text("direct_url.json") or "{}")
