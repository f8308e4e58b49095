"""The few words we say in Krita's settings file, which stays to the byte as it is otherwise.

The format is KDE's: groups in brackets, `key=value` lines, whatever else. It is Krita's file: where
it is read and written as a whole by other rules than KDE's, settings get lost.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

import psutil

from flexit_installer.files import cannot_read, remove_tree, replace_bytes

GROUP = b"[python]"
KEY = b"enable_flexit_krita"
ON = KEY + b"=true"
_KRITA = re.compile(r"krita(\.bin|\.exe|-.*appimage)?", re.IGNORECASE)


def is_enabled(path: Path) -> bool:
    """Whether the settings let Krita load the plug-in.

    Raises:
        InstallError: they cannot be read.
    """
    return any(line.strip().lower() == ON for line in _group(_read(path)))


def enabled(text: bytes) -> bytes:
    """Settings with the plug-in switched on."""
    end = b"\r\n" if b"\r\n" in text else b"\n"
    lines = [line for line in text.splitlines(keepends=True) if not _is_ours(line)]
    for index, line in enumerate(lines):
        if line.strip() == GROUP:
            return b"".join([*lines[:index], GROUP + end, ON + end, *lines[index + 1 :]])
    if lines:
        lines.append(end if lines[-1].endswith(b"\n") else end + end)
    return b"".join([*lines, GROUP + end, ON + end])


def forgotten(text: bytes) -> bytes:
    """Settings without a word of the plug-in: undoes `enabled`."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not _is_ours(line)]
    return text if len(kept) == len(lines) else b"".join(_without_empty_group(kept))


def _without_empty_group(lines: list[bytes]) -> list[bytes]:
    start = next((i for i, line in enumerate(lines) if line.strip() == GROUP), len(lines))
    end = start + 1
    while end < len(lines) and not lines[end].strip():
        end += 1
    if end < len(lines) and not lines[end].startswith(b"["):
        return lines
    if end >= len(lines) and start and not lines[start - 1].strip():
        start -= 1  # the empty line that we put before it
    return lines[:start] + lines[end:]


def resource_folder(path: Path) -> Path | None:
    """Where the user has moved Krita's resources to; None where they are at their usual place.

    Raises:
        InstallError: the settings cannot be read.
    """
    for line in _read(path).splitlines():
        if line.startswith(b"["):
            break
        key, _, value = line.partition(b"=")
        if key.strip() == b"ResourceDirectory" and value.strip():
            return Path(os.fsdecode(value.strip()))  # names need not be UTF-8
    return None


def enable(path: Path) -> None:
    """Switch the plug-in on in the settings file, which is made where it is missing.

    Raises:
        InstallError: the file cannot be read or written.
    """
    before = _read(path)
    if (after := enabled(before)) != before:
        replace_bytes(path, after)


def forget(path: Path) -> None:
    """Take our words out of the settings file.

    Raises:
        InstallError: the file cannot be read or written.
    """
    before = _read(path)
    after = forgotten(before)
    if before and not after:
        remove_tree(path)
    elif after != before:
        replace_bytes(path, after)


def krita_runs() -> bool:
    """Whether this user has Krita open: then it would overwrite its settings at its end."""
    return any(_is_our_krita(process) for process in psutil.process_iter(["name", "username"]))


def _is_our_krita(process: psutil.Process) -> bool:
    name, home = process.info["name"] or "", os.environ.get("HOME")
    if not _KRITA.fullmatch(name) or process.info["username"] != psutil.Process().username():
        return False
    with suppress(psutil.AccessDenied):
        try:  # one with another home folder has other settings
            return process.environ().get("HOME", home) == home
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            return False
    return True


def _read(path: Path) -> bytes:
    """What is in the settings file; nothing where there is none.

    Raises:
        InstallError: it cannot be read, and so must not be written either.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise cannot_read(path, error) from None


def _group(text: bytes) -> list[bytes]:
    """The lines of `[python]`."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.strip() == GROUP:
            break
    found = []
    for line in lines:
        if line.startswith(b"["):
            break
        found.append(line)
    return found


def _is_ours(line: bytes) -> bool:
    return line.partition(b"=")[0].strip() == KEY
