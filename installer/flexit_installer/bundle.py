"""The bundle for an issue: what doctor found, versions, the end of the log, redacted."""

from __future__ import annotations

import platform
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from flexit_engine import __version__
from flexit_engine.errors import OutputError
from flexit_engine.service.discovery import LOGS, discover
from flexit_engine.service.logs import tail
from flexit_installer.finding import Finding
from flexit_installer.redaction import as_json, redactor, without_quotations

LINES = 300
PACKAGES = ("torch", "torchvision", "open_clip_torch", "fastapi", "uvicorn", "pydantic", "numpy")


def write_bundle(path: Path, findings: Sequence[Finding], data: Path, home: Path) -> None:
    """Write the bundle, a ZIP file.

    Raises:
        OutputError: it exists, or cannot be written.
    """
    address = discover(data)
    redact = redactor(home, (address.token,) if address else ())
    log = "\n".join(without_quotations(line, redact) for line in tail(data / LOGS, LINES))
    files = {
        "doctor.txt": redact(page(findings)),
        "doctor.json": as_json([finding._asdict() for finding in findings], redact),
        "machine.json": as_json(_machine(), redact),
        "engine.jsonl": log,
    }
    try:
        with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in files.items():
                # Names that are not Unicode can only be kept approximately.
                bundle.writestr(name, text.encode("utf-8", "backslashreplace"))
    except FileExistsError:
        raise OutputError(f"{str(path)!r} exists.", "Name another file.") from None
    except OSError as error:
        raise OutputError(f"{str(path)!r} cannot be written: {error.strerror}.") from None


def page(findings: Sequence[Finding]) -> str:
    """The findings as one page: a mark, what it is about, what was found, how to mend it."""
    marks = {"right": "✓", "wrong": "✗", "unsure": "?"}
    width = max(len(finding.about) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{marks[finding.state]} {finding.about:{width}}  {finding.text}")
        if finding.mend:
            lines.append(f"  {'':{width}}  → {finding.mend}")
    return "\n".join(lines)


def _machine() -> dict[str, object]:
    versions = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return {
        "flexit": __version__,
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "packages": versions,
    }
