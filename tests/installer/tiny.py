"""A tiny FlexIT with an "engine", as a wheel: what installs in a moment and without a network."""

from __future__ import annotations

import hashlib
import json
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

from flexit_engine import __version__

ENGINE = """
import json, sys
print(json.dumps({"words": sys.argv[1:]}))
"""


def facts(version: str = __version__, error: str | None = None) -> dict[str, object]:
    """What its probe says."""
    return {
        "version": version,
        "python": "3.11.2",
        "torch": "2.8.0+tiny",
        "torchvision": "0.23.0+tiny",
        "devices": [{"name": "cpu", "title": "CPU", "error": error}],
    }


def wheel(folder: Path, version: str = __version__, probe: str | None = None) -> str:
    """Write the wheel; the requirement that installs it.

    Args:
        folder: where to.
        version: what it says it is.
        probe: the code of its probe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    probe = probe or f"print({json.dumps(json.dumps(facts(version)))})"
    info = f"flexit-{version}.dist-info"
    files = {
        "flexit_engine/__init__.py": f'__version__ = "{version}"\n',
        "flexit_engine/__main__.py": ENGINE,
        "flexit_installer/__init__.py": "",
        "flexit_installer/probe.py": probe,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: flexit\nVersion: {version}\n"
        "Provides-Extra: engine\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nflexit = flexit_engine.__main__:main\n",
    }
    lines = [f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items()]
    files[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"])
    path = folder / f"flexit-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return f"flexit[engine] @ {path.as_uri()}"


def _digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
