"""The settings of one edit, their ranges and the presets. Imports no torch."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flexit_engine.errors import SettingsError

LatentNorm = Literal["l21", "l1", "l2"]
Space = Literal["latent", "pixels"]
Where = Literal["everywhere", "source"]
Composition = Literal["detail", "decoded"]
Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Settings(BaseModel):
    """Everything an edit depends on besides the picture, the texts and the networks.

    The defaults are the paper's (section 4.1); names of the paper in brackets.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    steps: int = Field(160, ge=0, le=10_000)
    """Steps of the optimisation [N]: how far the edit goes."""
    learning_rate: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = 0.05
    """Length of a step as a fraction of ‖z0‖ [μ]."""
    image_weight: Weight = 0.2
    """Pull of the target point towards the picture itself [λ_I]."""
    source_weight: Weight = 0.4
    """Push of the target point away from the source text [λ_S]."""
    perceptual_weight: Weight = 0.15
    """Weight of the perceptual distance to the picture [λ_p]; 0 leaves it out."""
    latent_weight: Weight = 0.05
    """Weight of the distance to the first latent [λ_z]; 0 leaves it out."""
    latent_norm: LatentNorm = "l21"
    """Norm of the latent distance."""
    augmentations: int = Field(8, ge=0, le=64)
    """Random views per network and step; 0 shows each network the whole picture."""
    space: Space = "latent"
    """What is optimised: the autoencoder's latent, or the pixels themselves."""
    resolution: int | None = Field(None, ge=32, le=2048)
    """Working resolution in pixels; the profile's own when not given."""
    seed: int = Field(0, ge=0, le=2**63 - 1)
    """Seed of the random views."""
    member: int = Field(0, ge=0, le=999)
    """Which one a group's name stands for: 0 for what is nearest to the picture, 1 for the next."""

    context: Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)] = 0.25
    """Margin of picture seen around the selection, as a fraction of its longer side."""
    where: Where = "everywhere"
    """Where nothing is selected: edit `everywhere`, or where the `source` is seen (networks that
    can tell)."""
    mask_latent: bool = True
    """Latent cells outside the selection cost more to change."""
    mask_gradient: bool = True
    """Latent cells outside the selection do not move."""
    mask_composition: bool = True
    """Pixels outside the selection stay as they are, to the bit."""
    composition: Composition = "detail"
    """`detail` carries the edit over as a difference and keeps fine detail; `decoded` is plain."""

    def replace(self, **changes: Any) -> Settings:  # noqa: ANN401 -- any field's value
        """A copy with some fields changed.

        Raises:
            SettingsError: a value is out of range, or a name is not a setting.
        """
        return make_settings({**self.model_dump(exclude_unset=True), **changes})


PRESETS: dict[str, dict[str, Any]] = {
    "standard": {},
    "draft": {"steps": 32, "augmentations": 1},
    "quality": {"steps": 160, "augmentations": 1},
}
"""What each preset changes of the defaults; `quality` is meant for the five-network profile."""


class HasPresets(Protocol):
    """A profile, as far as settings go."""

    @property
    def presets(self) -> Mapping[str, Mapping[str, Any]]:
        """What the profile changes of each preset."""
        ...


def preset_settings(
    profile: HasPresets,
    preset: str = "standard",
    **overrides: Any,  # noqa: ANN401 -- any field's value
) -> Settings:
    """The defaults, changed by the preset, by the profile's table for it, then by `overrides`.

    Args:
        profile: from `load_profile`.
        preset: one of `PRESETS`.
        overrides: fields of `Settings`.

    Raises:
        SettingsError: there is no such preset, or a value is out of range.
    """
    if preset not in PRESETS:
        raise SettingsError(
            f"There is no preset {preset!r}.", f"Choose one of {', '.join(PRESETS)}."
        )
    return make_settings({**PRESETS[preset], **profile.presets.get(preset, {}), **overrides})


def with_strength(settings: Settings, strength: float) -> Settings:
    """Settings for one slider, from 0 (hardly touches the picture) to 1 (lets go of it).

    0.5 leaves them as they are. Towards 1 what holds the picture back (λ_I, λ_p, λ_z) falls to a
    quarter and the steps rise to 3/2; towards 0 it rises to four times and the steps fall to 1/2.

    Raises:
        SettingsError: the strength is not within 0 and 1.
    """
    if not 0 <= strength <= 1:
        raise SettingsError(f"The strength cannot be {strength!r}.", "It lies between 0 and 1.")
    hold = 4 ** (1 - 2 * strength)
    return settings.replace(
        image_weight=hold * settings.image_weight,
        perceptual_weight=hold * settings.perceptual_weight,
        latent_weight=hold * settings.latent_weight,
        steps=round((0.5 + strength) * settings.steps),
    )


def make_settings(values: Mapping[str, Any]) -> Settings:
    """Check values as they come from a command line, a file or a request.

    Raises:
        SettingsError: names the first setting that is wrong, and its allowed range.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Input ").lower()
        raise SettingsError(
            f"The setting {name!r} cannot be {reprlib.repr(first['input'])}.", f"It {reason}."
        ) from None
