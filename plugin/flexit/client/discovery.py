"""Where an engine is: its data folder, and the discovery file that a running engine keeps there."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .errors import BadAnswer, NotRunning, WrongVersion
from .protocol import PROTOCOL

DISCOVERY = "engine.json"
LARGEST = 1 << 16
"""Bytes; a longer file is not one of ours."""


class Address(NamedTuple):
    """Where a running engine is, and what one has to show it."""

    token: str
    socket: str | None
    """Path of its Unix socket."""
    port: int | None
    """Its port on 127.0.0.1."""
    pid: int
    version: str
    log: str
    """Path of its log."""

    def __repr__(self) -> str:
        # The token stays out of logs and tracebacks.
        return f"Address({self.socket or self.port}, pid={self.pid}, version={self.version!r})"


def data_folders(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> list[Path]:
    """The folders an engine may have its things in, the most likely one first.

    `FLEXIT_DATA` is the only one where it is set. A Flatpak editor's `XDG_DATA_HOME` lies inside
    its sandbox, that of an engine started outside does not: so the usual folder is always there.
    """
    if environ.get("FLEXIT_DATA"):
        return [Path(os.path.expanduser(environ["FLEXIT_DATA"])).absolute()]
    home = Path(os.path.expanduser("~"))
    if platform == "win32":
        local = environ.get("LOCALAPPDATA")
        return [(Path(local) if local else home / "AppData" / "Local") / "flexit"]
    if platform == "darwin":
        return [home / "Library" / "Application Support" / "flexit"]
    usual = home / ".local" / "share" / "flexit"
    chosen = environ.get("XDG_DATA_HOME", "").strip()
    folders = [Path(chosen) / "flexit"] if chosen else []
    return folders if usual in folders else [*folders, usual]


def read_address(folder: Path) -> Address:
    """The address of the engine that runs, or ran, on a data folder.

    Raises:
        NotRunning: none does: there is no discovery file.
        WrongVersion: it speaks another version of the protocol.
        BadAnswer: the discovery file is damaged.
    """
    facts = read_own_json(folder / DISCOVERY)
    if facts is None:
        raise NotRunning("The engine is not running.", "Start it with `flexit start`.")
    try:
        address = _address(facts)
        protocol = facts["protocol"]
    except (KeyError, TypeError, ValueError):
        raise BadAnswer(
            f"The file {str(folder / DISCOVERY)!r} is damaged.",
            "Run `flexit stop` and then `flexit start`.",
        ) from None
    if protocol != PROTOCOL:
        raise wrong_version(protocol, address)
    return address


def wrong_version(theirs: object, address: Address) -> WrongVersion:
    """Say which side is to be updated."""
    older = isinstance(theirs, int) and theirs < PROTOCOL
    return WrongVersion(
        f"The engine {address.version} speaks version {theirs} of the protocol,"
        f" this plug-in version {PROTOCOL}.",
        "Update the engine, and run `flexit stop`." if older else "Update the plug-in.",
        address.log,
    )


def read_own_json(path: Path) -> Any:  # noqa: ANN401
    """What is in a JSON file of this user.

    Returns:
        None where there is no such file, or it is somebody else's, a pipe, too long, or no JSON:
        what another user put there must not be trusted, nor waited for.
    """
    try:
        about = path.stat()
        owner = getattr(os, "getuid", lambda: about.st_uid)()
        if not stat.S_ISREG(about.st_mode) or about.st_uid != owner or about.st_size > LARGEST:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _address(facts: Any) -> Address:  # noqa: ANN401
    socket, port, token = facts["socket"], facts["port"], facts["token"]
    if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
        raise ValueError(token)
    if not (socket or port):
        raise ValueError(socket)
    return Address(
        token=token,
        socket=str(socket) if socket else None,
        port=int(port) if port else None,
        pid=int(facts["pid"]),
        version=str(facts["version"]),
        log=str(facts["log"]),
    )
