"""Named sets of methods, as data: `suites.toml`. Imports no torch."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from flexit_engine.errors import UsageError
from flexit_engine.networks.profiles import load_profile
from flexit_engine.settings import Settings, preset_settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Kind = Literal["copy", "encode", "retrieve", "flexit", "own"]
TABLE = Path(__file__).with_name("suites.toml")


class MethodSpec(BaseModel):
    """All that a method depends on besides the queries: another process can make it from this."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Of its row in the tables."""
    kind: Kind = "flexit"
    path: str = ""
    """Of a user's class: `package.module:Class`."""
    arguments: dict[str, Any] = {}
    """What that class is made with."""
    profile: str = "mini"
    preset: str = "standard"
    settings: dict[str, Any] = {}
    networks: tuple[int, ...] = ()
    """Places in the profile's list of image-text networks; all of them when empty."""
    leave_out: tuple[str, ...] = ()
    """Names of image-text networks that take no part."""
    weights: str = ""
    """Folder of other weights of an embedded profile."""
    masked: bool = False
    """Whether a query's mask is the selection."""

    @property
    def folder(self) -> str:
        """Name of the folder of its results; names that differ in signs only get different ones."""
        plain = self.name.lower().replace("λ_", "lambda-")
        return re.sub(r"[^a-z0-9.]+", "-", plain).strip("-")

    @property
    def is_baseline(self) -> bool:
        """Whether it needs no look: a copy, or somebody's real picture."""
        return self.kind in ("copy", "encode", "retrieve")

    @property
    def edits(self) -> bool:
        """Whether it aims with the profile's networks."""
        return self.kind in ("retrieve", "flexit")

    def networks_that_edit(self) -> list[str]:
        """Names of the image-text networks that take part, as far as the profile says.

        Raises:
            UsageError: one that is left out is not there.
        """
        names = [file.network for file in load_profile(self.profile).files_for("encoder")]
        if unknown := sorted(set(self.leave_out) - set(names)):
            raise UsageError(
                f"The profile {self.profile!r} has no network {unknown[0]!r} to leave out.",
                f"It has {', '.join(names)}.",
            )
        return [name for name in names if name not in self.leave_out]

    def all_settings(self) -> Settings:
        """The settings of its edits.

        Raises:
            SettingsError: a value is out of range.
        """
        return preset_settings(load_profile(self.profile), self.preset, **self.settings)


class Suite(BaseModel):
    """Methods that are compared with each other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    """Of its plot."""
    methods: tuple[MethodSpec, ...]


def suite_names() -> tuple[str, ...]:
    """Names of the project's suites, in the order of their file."""
    return tuple(suite["name"] for suite in _read(TABLE)["suites"])


def load_suites(name: str, profile: str, preset: str, changes: dict[str, Any]) -> list[Suite]:
    """One of the project's suites, or all of a file of the same form, for a profile.

    Args:
        name: of the suite, or a path that ends in `.toml`.
        profile: whose networks are used.
        preset: settings to start from.
        changes: settings that differ from the preset's in all methods, unless these set them.

    Raises:
        UsageError: there is no such suite, or the file is broken.
    """
    table = _read(Path(name) if name.endswith(".toml") else TABLE)
    if not name.endswith(".toml") and name not in suite_names():
        raise UsageError(f"There is no suite {name!r}.", f"There are: {', '.join(suite_names())}.")
    base = {**table.get("base", {}), **changes}
    try:
        return [
            Suite.model_validate(
                {**suite, "methods": [_complete(row, profile, preset, base) for row in rows]}
            )
            for suite in table["suites"]
            if suite["name"] == name or name.endswith(".toml")
            for rows in [suite["methods"]]
        ]
    except (KeyError, TypeError, ValidationError) as error:
        raise UsageError(f"The suites in {name!r} are broken: {error}.") from None


def _complete(
    row: dict[str, Any], profile: str, preset: str, base: dict[str, Any]
) -> dict[str, Any]:
    settings = {**base, **row.get("settings", {})}
    return {"profile": profile, "preset": preset, **row, "settings": settings}


@lru_cache
def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"The suites in {str(path)!r} cannot be read: {error}.") from None


def all_methods(suites: Sequence[Suite]) -> list[MethodSpec]:
    """Every method of some suites once, in their order.

    Raises:
        UsageError: two different methods have one name.
    """
    found: dict[str, MethodSpec] = {}
    for method in (method for suite in suites for method in suite.methods):
        if found.setdefault(method.folder, method) != method:
            raise UsageError(f"Two methods are called {method.name!r}.", "Name one of them anew.")
    return list(found.values())
