"""What there is of a profile on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flexit_engine.networks.profiles import Profile, WeightFile, missing_files


def describe(profile: Profile) -> Mapping[str, Any]:
    """A profile as `--json` and the service tell of it."""
    missing = missing_files(profile)
    return {
        "name": profile.name,
        "title": profile.title,
        "installed": not missing,
        "folder": str(profile.folder),
        "missing": [file.name for file in missing],
        "bytes": sum(file.size or _size_on_disk(profile, file) for file in profile.files),
        "bytes_complete": all(file.size or _size_on_disk(profile, file) for file in profile.files),
        "resolution": profile.resolution,
        "licences": sorted({file.licence for file in profile.files}),
    }


def _size_on_disk(profile: Profile, file: WeightFile) -> int:
    path = file.path(profile.folder)
    return path.stat().st_size if path.is_file() else 0
