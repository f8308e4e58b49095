"""What to install as the engine: the very FlexIT that runs, from where it came itself."""

from __future__ import annotations

import json
import secrets
import shutil
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from flexit_engine import __version__

NAME = "flexit"
WANTED = f"{NAME}[engine]"
NOT_COPIED = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "build", "dist", "out", "tests", "shared"
)


def engine_requirement(scratch: Path) -> str:
    """The requirement, as pip and uv read it.

    Sources in a folder are copied first: building leaves files beside them, and they may be
    somebody else's.

    Args:
        scratch: for that copy.
    """
    origin = _origin()
    url = str(origin.get("url", ""))
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f"{WANTED} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
    if "dir_info" in origin:
        folder = Path(url2pathname(unquote(urlsplit(url).path)))
        if folder.is_dir():
            # Under another name each time: uv would take what it built of the last one.
            copy = scratch / f"source-{secrets.token_hex(4)}"
            shutil.copytree(folder, copy, ignore=NOT_COPIED)
            return f"{WANTED} @ {copy.as_uri()}"
    if "archive_info" in origin:
        return f"{WANTED} @ {url}"
    return f"{WANTED}=={__version__}"


def _origin() -> dict[str, Any]:
    """PEP 610: where a distribution came from; nothing where that was an index."""
    # In a checkout, what building has left beside the sources counts as one more distribution.
    texts = (found.read_text("direct_url.json") for found in distributions(name=NAME))
    origin: dict[str, Any] = json.loads(next(filter(None, texts), "{}"))
    return origin
