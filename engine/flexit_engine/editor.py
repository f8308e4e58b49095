"""The library's front door: load networks once, open a picture once, edit it as often as wanted.

editor = Editor.load("mini")
picture = editor.open(read_picture("cat.png"))
for step in picture.edit("cat", "dog"):
    ...
step.picture
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from flexit_engine.canvas import (
    Frame,
    Picture,
    choose_frame,
    compose,
    mask_to_working,
    to_working,
)
from flexit_engine.errors import OutOfMemory, SettingsError
from flexit_engine.flexit.objective import Source, aim, open_source, read
from flexit_engine.flexit.optimise import Step, optimise
from flexit_engine.flexit.query import parse_query, parse_texts
from flexit_engine.flexit.spaces import search_space
from flexit_engine.networks.device import Precision, choose_device
from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.load import load_networks
from flexit_engine.networks.profiles import Profile, load_profile
from flexit_engine.settings import Settings, preset_settings

Mask = NDArray[np.float32]
SEARCHED_AT = 448
"""Side in pixels of the square whose area pictures are searched at."""


@dataclass(frozen=True)
class Editor:
    """The networks of one profile on one device."""

    profile: Profile
    networks: Networks
    device: torch.device

    @classmethod
    def load(
        cls, profile: str = "mini", device: str = "auto", precision: Precision = "auto"
    ) -> Editor:
        """Load a profile's networks.

        Args:
            profile: `mini`, `paper` or `paper5`.
            device: `auto`, `cpu`, `cuda`, `cuda:1`, `xpu` or `mps`.
            precision: `auto` lets each network run in the fastest type that keeps its quality.

        Raises:
            ProfileError: there is no such profile, or its weights are missing or broken.
            DeviceError: there is no such device.
        """
        description = load_profile(profile)
        chosen = choose_device(device)
        with _memory_errors(chosen):
            return cls(description, load_networks(description, chosen, precision), chosen)

    def settings(self, preset: str = "standard", **overrides: Any) -> Settings:  # noqa: ANN401
        """A preset's settings for this profile, with some of them replaced.

        Raises:
            SettingsError: there is no such preset, or a value is out of range.
        """
        return preset_settings(self.profile, preset, **overrides)

    def open(
        self,
        picture: Picture,
        mask: Mask | None = None,
        settings: Settings | None = None,
        source: str = "",
    ) -> OpenPicture:
        """Encode a picture: the costly part, once per picture.

        Args:
            picture: any kind and size.
            mask: the selection, `H×W` in [0, 1]; the whole picture when not given.
            settings: only its resolution, context, space and where matter here.
            source: what is there. With the setting `where="source"` it is looked for when there is
                no mask, and the picture is opened as if that were selected.
        """
        settings = settings or self.settings()
        if mask is None and source and settings.where == "source":
            mask = self.where(picture, source)
        frame = choose_frame(
            picture.height,
            picture.width,
            mask,
            settings.resolution or self.profile.resolution,
            self.networks.autoencoder.stride,
            settings.context,
        )
        with _memory_errors(self.device):
            image = to_working(picture, frame).to(self.device)
            selected = None if mask is None else mask_to_working(mask, frame).to(self.device)
            opened = open_source(image, self.networks, settings, selected)
        return OpenPicture(self, picture, mask, frame, image, opened, settings)

    @torch.no_grad()
    def where(self, picture: Picture, source: str) -> Mask | None:
        """Where a picture shows what a text names, as a soft selection `H×W` in [0, 1].

        Returns:
            None where these networks cannot tell, or do not recognise it.

        Raises:
            TextError: the text cannot be used, or no network knows its words.
        """
        texts = parse_texts(source)
        if self.networks.reader is None or not texts:
            return None
        frame = choose_frame(picture.height, picture.width, None, SEARCHED_AT, 8, 0)
        with _memory_errors(self.device):
            image = to_working(picture, frame).to(self.device)
            found = self.networks.reader.locate(texts, image)
        if found is None:
            return None
        size = (picture.height, picture.width)
        mask: Mask = interpolate(found, size, mode="bilinear").clamp(0, 1)[0, 0].cpu().numpy()
        return mask

    def edit(
        self,
        pictures: Sequence[OpenPicture],
        queries: Sequence[tuple[str, str]],
        settings: Settings | None = None,
        seeds: Sequence[int] | None = None,
        starts: Sequence[Tensor] | None = None,
        first: int = 0,
    ) -> Iterator[list[EditStep]]:
        """Edit several pictures of one working size side by side.

        Args:
            pictures: opened with this editor.
            queries: source and target texts of each; an empty source is allowed.
            settings: shared by all, with the resolution, context and space the pictures were opened
                with; those of the first picture when not given.
            seeds: one for each; the settings' seed for all when not given.
            starts: latents `C×h×w` to go on from.
            first: how many steps those are away from the pictures.

        Yields:
            One step of every picture.

        Raises:
            SettingsError: a picture was opened with other settings than these.
            TextError: a query cannot be used, or an embedded network does not know its words.
            OutOfMemory: the device is too small.
        """
        settings = settings or pictures[0].settings
        for picture in pictures:
            picture.check_opened_for(settings)
        seeds = seeds or [settings.seed] * len(pictures)
        source = _join([picture.source for picture in pictures])
        parsed = [parse_query(*query) for query in queries]
        with _memory_errors(self.device):
            readings = read(parsed, source, self.networks, settings.member)
            target = aim(source, readings, self.networks.encoders, settings, _join_masks(pictures))
            start = None if starts is None else torch.stack(list(starts)).to(self.device)
            decoded = None
            for step in optimise(source, target, self.networks, settings, seeds, start, first):
                if decoded is None:
                    decoded = step.image if start is None else self.decode(source.latent, settings)
                yield [
                    EditStep(picture, settings, step, decoded, row, tuple(readings[row].understood))
                    for row, picture in enumerate(pictures)
                ]

    @torch.no_grad()
    def decode(self, latent: Tensor, settings: Settings) -> Tensor:
        """D(z) of `B×C×h×w`, in [0, 1]."""
        return search_space(settings.space, self.networks.autoencoder).decode(latent)

    def drop_text_towers(self) -> None:
        """Give back the memory of the text towers; only texts already encoded can be used."""
        for encoder in self.networks.encoders:
            encoder.drop_text_tower()


@dataclass(frozen=True)
class OpenPicture:
    """A picture as the networks know it, ready to be edited many times."""

    editor: Editor
    original: Picture
    mask: Mask | None
    frame: Frame
    image: Tensor
    """What the networks see, `1×3×h×w`."""
    source: Source
    settings: Settings

    def edit(
        self, source: str, target: str, settings: Settings | None = None
    ) -> Iterator[EditStep]:
        """Edit the picture from `source` (may be empty) towards `target`; see `Editor.edit`."""
        for (step,) in self.editor.edit([self], [(source, target)], settings):
            yield step

    def check_opened_for(self, settings: Settings) -> None:
        """Make sure that an edit's settings fit what was computed when the picture was opened.

        Raises:
            SettingsError: resolution, context or space is another.
        """
        for name in ("resolution", "context", "space"):
            opened, wanted = getattr(self.settings, name), getattr(settings, name)
            if opened != wanted:
                raise SettingsError(
                    f"The picture was opened with {name} {opened}, not {wanted}.", "Open it again."
                )

    def at(self, latent: Tensor, settings: Settings) -> Picture:
        """The edited picture as it was when its latent `C×h×w` was reached.

        Raises:
            OutOfMemory: the device is too small.
        """
        with _memory_errors(self.editor.device):
            first = self.editor.decode(self.source.latent, settings)
            decoded = self.editor.decode(latent[None].to(first.device), settings)
            return self.composed(first, decoded, settings)

    def composed(self, first: Tensor, decoded: Tensor, settings: Settings) -> Picture:
        """The edit carried over to the picture itself; `first` and `decoded` are `1×3×h×w`."""
        return compose(
            self.original,
            self.frame,
            self.mask if settings.mask_composition else None,
            first,
            decoded,
            settings.composition,
        )

    @cached_property
    def working_mask(self) -> Tensor:
        """The selection as the networks' size has it, `1×1×h×w`; ones without a selection."""
        if self.mask is None:
            return torch.ones_like(self.image[:, :1])
        return mask_to_working(self.mask, self.frame).to(self.image)


@dataclass(frozen=True)
class EditStep:
    """One picture's edit after some steps; what is asked of it is computed when it is asked."""

    opened: OpenPicture
    settings: Settings
    step: Step
    first: Tensor
    row: int
    understood: tuple[str, ...]
    """What texts were taken for where that is worth saying, as `dog → Chihuahua`."""

    @property
    def index(self) -> int:
        """How many steps were taken."""
        return self.step.index

    @property
    def latent(self) -> Tensor:
        """z, `C×h×w`: enough to come back to this step, or to go on from it."""
        return self.step.latent[self.row]

    @cached_property
    def losses(self) -> dict[str, float]:
        """The terms of Eq. 5 by name."""
        return {name: float(value[self.row]) for name, value in self.step.losses._asdict().items()}

    @cached_property
    def preview(self) -> NDArray[np.uint8]:
        """The networks' own picture, `h×w×3`."""
        pixels = self.step.image[self.row].permute(1, 2, 0)
        array: NDArray[np.uint8] = (pixels * 255).round().to(torch.uint8).cpu().numpy()
        return array

    @cached_property
    def picture(self) -> Picture:
        """The edited picture, of the original's own size and kind."""
        row = slice(self.row, self.row + 1)
        return self.opened.composed(self.first[row], self.step.image[row], self.settings)


def _join(sources: Sequence[Source]) -> Source:
    """Several opened pictures of one working size as one batch."""
    return Source(
        latent=torch.cat([source.latent for source in sources]),
        features=tuple(
            torch.cat(maps) for maps in zip(*(source.features for source in sources), strict=True)
        ),
        embeddings=tuple(
            torch.cat(rows) for rows in zip(*(source.embeddings for source in sources), strict=True)
        ),
    )


def _join_masks(pictures: Sequence[OpenPicture]) -> Tensor | None:
    if all(picture.mask is None for picture in pictures):
        return None
    return torch.cat([picture.working_mask for picture in pictures])


@contextmanager
def _memory_errors(device: torch.device) -> Iterator[None]:
    """Say in words that the device is full."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # What torch raises where the CPU's memory ends has no type of its own.
        full = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not full and "allocate memory" not in str(error):
            raise
        raise OutOfMemory(
            f"The device {device} has too little free memory for this edit.",
            "Try a smaller resolution, fewer augmentations, or --device cpu.",
        ) from None
