"""The wheel of the very FlexIT that is installed, made of its own files.

An index is never asked for FlexIT: what has its name there may be somebody else's.
"""

from __future__ import annotations

import hashlib
import zipfile
from base64 import urlsafe_b64encode
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

from flexit_engine.errors import InstallError

NOT_PACKED = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
"""What an installer has written beside the metadata."""


def pack(installed: Distribution, folder: Path) -> Path:
    """Write the wheel from which a distribution could have been installed.

    Args:
        installed: a pure Python one; each of its files has to be as it was installed.
        folder: for the wheel; made if need be.

    Raises:
        InstallError: a file is missing or was changed, or nothing tells which files there are.
    """
    contents = _contents(installed)
    name = f"{installed.name}-{installed.version}"
    record = f"{name}.dist-info/RECORD"
    lines = [
        f"{path},sha256={_digest(content)},{len(content)}" for path, content in contents.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in contents.items():
            archive.writestr(path, content)
        archive.writestr(record, "\n".join([*lines, f"{record},,", ""]))
    return wheel


def _contents(installed: Distribution) -> dict[str, bytes]:
    found = {}
    for file in installed.files or ():
        if _is_packed(file):
            try:
                content = Path(str(file.locate())).read_bytes()
            except OSError:
                raise _damaged(str(file)) from None
            if file.hash is not None and file.hash.value != _digest(content):
                raise _damaged(str(file))
            found[file.as_posix()] = content
    if not any(name.endswith(".dist-info/WHEEL") for name in found):
        raise InstallError(
            "Nothing tells which files this FlexIT is made of.", "Install it again with pip."
        )
    return found


def _is_packed(file: PurePosixPath) -> bool:
    """Whether a file was in the wheel: programs are outside, and made by whoever installs it."""
    is_metadata = file.parent.suffix == ".dist-info"
    is_inside = not file.is_absolute() and not {"..", "__pycache__"} & set(file.parts)
    return is_inside and not (is_metadata and file.name in NOT_PACKED)


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _damaged(name: str) -> InstallError:
    return InstallError(
        f"The file {name!r} of this FlexIT is missing or was changed.", "Install FlexIT again."
    )
