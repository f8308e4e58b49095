"""The recipe of a result: all it takes to make it again, kept in its metadata."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from flexit_engine.errors import PictureError
from flexit_engine.networks.profiles import sha256
from flexit_engine.settings import Settings

KEY = "flexit"
"""Under which metadata key a result keeps its recipe."""
LARGEST_BATCH = 64
MOST_STEPS = 10_000
"""Of an edit, those of its continuations included."""


class FileReference(BaseModel):
    """A file a result was made from: what it is called and what was in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Path from the result's folder."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @classmethod
    def of(cls, path: Path, folder: Path) -> FileReference:
        """Refer to a file from the folder of a result.

        Raises:
            PictureError: there is no such file.
        """
        digest = hash_of(path)
        return cls(name=_relative(path, folder), sha256=digest)

    def find(self, folder: Path, elsewhere: Path | None, option: str) -> Path:
        """Where the file is now.

        Args:
            folder: the result's.
            elsewhere: where the user says it is.
            option: how the user can say so.

        Raises:
            PictureError: it is gone, or is not what it was.
        """
        path = elsewhere or folder.resolve() / self.name
        if not path.exists():
            raise PictureError(
                f"The file {str(path)!r} that the result was made from is gone.",
                f"Say where it is with {option} PATH.",
            )
        if hash_of(path) != self.sha256:
            raise PictureError(
                f"The file {str(path)!r} has changed since the result was made from it.",
                f"Say where the old one is with {option} PATH.",
            )
        return path


class Place(BaseModel):
    """Which row of how large a batch a result was: how sums are rounded depends on both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int = Field(0, ge=0)
    size: int = Field(1, ge=1, le=LARGEST_BATCH)

    @model_validator(mode="after")
    def _lies_within(self) -> Place:
        if self.row >= self.size:
            raise ValueError(f"there is no row {self.row} of {self.size}")
        return self


class Recipe(BaseModel):
    """All that a result depends on besides the machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    """Of FlexIT."""
    profile: str
    source: str
    target: str
    settings: Settings
    """With the seed of this very result."""
    steps: int = Field(ge=0, le=MOST_STEPS)
    """Steps really taken: fewer than the settings say when it was stopped."""
    input: FileReference
    mask: FileReference | None = None
    batch: Place = Place()

    def of_row(self, row: int, seed: int, steps: int) -> Recipe:
        """The recipe of one result of a batch."""
        return self.model_copy(
            update={
                "settings": self.settings.replace(seed=seed),
                "steps": steps,
                "batch": self.batch.model_copy(update={"row": row}),
            }
        )

    def texts(self) -> dict[str, str]:
        """As metadata of a picture; plain ASCII, because some formats hold nothing else."""
        return {KEY: json.dumps(self.model_dump(mode="json"))}


def parse_recipe(texts: dict[str, str], path: Path) -> Recipe:
    """Read the recipe from a picture's metadata.

    Raises:
        PictureError: there is none, or it is not one this version understands.
    """
    if KEY not in texts:
        raise PictureError(
            f"The picture {str(path)!r} holds no recipe.", "Choose a result of `flexit edit`."
        )
    try:
        return Recipe.model_validate_json(texts[KEY])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "all of it"
        why = first["msg"].removeprefix("Value error, ").removeprefix("Input ")[:100]
        raise PictureError(
            f"The recipe in {str(path)!r} is damaged or from another version of FlexIT"
            f" ({where}: {why}).",
            "Choose another result of `flexit edit`.",
        ) from None


def hash_of(path: Path) -> str:
    """SHA-256 of an ordinary file.

    Raises:
        PictureError: it cannot be read, or is a folder or a device.
    """
    try:
        # A device or a pipe may never end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise PictureError(f"{str(path)!r} is not a file.", "Choose a picture.")
        return sha256(path)
    except FileNotFoundError:
        raise PictureError(f"There is no file {str(path)!r}.", "Check the name.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PictureError(f"The file {path.name[:80]!r} cannot be read: {reason}.") from None


def _relative(path: Path, folder: Path) -> str:
    try:
        # Resolved, because `..` behind a linked folder leads somewhere else.
        name = os.path.relpath(path.resolve(), folder.resolve())
    except ValueError:  # another drive of Windows
        name = str(path.resolve())
    # Names that are not Unicode can only be kept approximately; `--in` then says where the file is.
    return Path(name).as_posix().encode(errors="backslashreplace").decode()
