"""Profiles: which files make up a set of networks, and where they come from. Imports no torch."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flexit_engine.errors import ProfileError, SettingsError, WeightsError
from flexit_engine.folders import weights_folder
from flexit_engine.settings import make_settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Role = Literal["encoder", "autoencoder", "config", "perceptual", "vocabulary"]

FETCH_AGAIN = "Remove it and fetch it again from a source its profile names."
_HERE = Path(__file__).parent


class WeightFile(BaseModel):
    """One file of a profile."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[\w.-]+$")
    role: Role
    network: str = ""
    """Name of the network in the file; tells the encoders apart."""
    size: int | None = Field(None, gt=0)
    """Bytes; not given where nobody has published it."""
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    sources: tuple[str, ...] = ()
    licence: str
    converted: str | None = Field(None, pattern=r"^[\w.-]+\.safetensors$")
    """Smaller file the installer makes of this one; it is read instead where it exists."""

    def path(self, folder: Path) -> Path:
        """Where to read this file from: its converted form where there is one."""
        converted = folder / self.converted if self.converted else None
        return converted if converted and converted.is_file() else folder / self.name

    def check_size(self, folder: Path) -> None:
        """Compare the size on disk with the published one; costs nothing, done at every load.

        Raises:
            WeightsError: the file is missing, or has another size.
        """
        path = self.path(folder)
        if not path.is_file():
            raise WeightsError(
                f"The weight file {path.name!r} is missing.",
                f"Fetch it into {str(folder)!r} from a source its profile names.",
            )
        size = path.stat().st_size
        if path.name == self.name and self.size is not None and size != self.size:
            raise WeightsError(
                f"The weight file {path.name!r} has {size:,} bytes instead of {self.size:,}.",
                FETCH_AGAIN,
            )

    def check_contents(self, folder: Path) -> None:
        """Compare size and SHA-256 with the published ones; reads the whole file.

        A converted file has no published hash: only its presence is checked.

        Raises:
            WeightsError: the file is missing, or is not the published one.
        """
        self.check_size(folder)
        path = self.path(folder)
        if path.name == self.name and self.sha256 is not None and sha256(path) != self.sha256:
            raise WeightsError(
                f"The weight file {path.name!r} is not the published one (its SHA-256 differs).",
                FETCH_AGAIN,
            )


class Profile(BaseModel):
    """A set of networks, as data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    resolution: int = Field(ge=32, le=2048)
    """Working resolution in pixels."""
    embedded: bool = False
    """Its files are part of the distribution."""
    files: tuple[WeightFile, ...] = ()
    presets: dict[str, dict[str, Any]] = {}
    """What a preset changes when used with this profile, on top of `settings.PRESETS`."""

    @property
    def folder(self) -> Path:
        """Where its files are: one folder for all profiles, because they share files."""
        return _HERE / "weights" / self.name if self.embedded else weights_folder()

    def files_for(self, role: Role) -> tuple[WeightFile, ...]:
        """Its files of one role, in the profile's order."""
        return tuple(file for file in self.files if file.role == role)


def list_profiles() -> tuple[str, ...]:
    """Names of all profiles, sorted."""
    return tuple(sorted(path.stem for path in (_HERE / "profiles").glob("*.toml")))


def load_profile(name: str) -> Profile:
    """Read one profile's description.

    Raises:
        ProfileError: there is no such profile, or its description is broken.
    """
    known = list_profiles()
    if name not in known:
        raise ProfileError(f"There is no profile {name!r}.", f"There are: {', '.join(known)}.")
    return read_profile(_HERE / "profiles" / f"{name}.toml")


def read_profile(path: Path) -> Profile:
    """Read a profile's description from a TOML file.

    `extends = "other"` starts from the files of the profile beside it.

    Raises:
        ProfileError: the description is broken; says where.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        if base := values.pop("extends", None):
            inherited = read_profile(path.with_name(f"{base}.toml"))
            values["files"] = [*inherited.files, *values.get("files", [])]
        profile = Profile.model_validate({**values, "name": path.stem})
        for preset in profile.presets.values():
            make_settings(preset)
    except (OSError, ValueError, ValidationError, SettingsError) as error:
        raise ProfileError(f"The profile {path.name!r} is broken: {error}.") from error
    return profile


def missing_files(profile: Profile, folder: Path | None = None) -> tuple[WeightFile, ...]:
    """Files of a profile that are missing from `folder`; empty when it can be used."""
    folder = folder or profile.folder
    return tuple(file for file in profile.files if not file.path(folder).is_file())


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
