"""What a data set offers to the benchmark, and which one a folder holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from flexit_engine.benchmark.queries import Label, Labels, Split
from flexit_engine.errors import UsageError


class DataSet(Protocol):
    """Labelled pictures, all shown as squares of one side."""

    @property
    def name(self) -> str:
        """`imagenet` or `minidata`."""
        ...

    @property
    def labels(self) -> Labels:
        """All labels by id."""
        ...

    @property
    def references(self) -> Mapping[int, Sequence[str]]:
        """Paths of real pictures of each label, none of them a test picture; may be empty."""
        ...

    def sources(self, label: Label, split: Split) -> Sequence[str]:
        """Paths of the pictures of a label that may be edited."""
        ...

    def picture(self, path: str, seed: int) -> Image.Image:
        """A picture as the methods see it: a square RGB picture.

        Args:
            path: from `sources`, `references` or a table of queries.
            seed: of what is drawn around it, where anything is.

        Raises:
            PictureError: there is no such picture, or it cannot be read.
        """
        ...


@dataclass(frozen=True)
class DataFolder:
    """Where a data set is and how to look at it: all that another process needs to open it."""

    folder: Path
    side: int
    references: Path | None = None
    """ImageNet: folder of training pictures."""
    style: str | None = None
    """minidata: drawing style of the sources, instead of the split's own."""

    def open(self) -> DataSet:
        """Read what there is.

        Raises:
            UsageError: it is neither ImageNet nor minidata.
        """
        from flexit_engine.benchmark.imagenet import ImageNet
        from flexit_engine.benchmark.minidata import MiniData

        if (self.folder / "clusters.csv").is_file():
            return MiniData(self.folder, self.side, self.style)
        if any(self.folder.glob("n????????")):
            return ImageNet(self.folder, self.side, self.references)
        raise UsageError(
            f"{str(self.folder)!r} holds no data set that is known.",
            "Name a folder with clusters.csv, or with ImageNet's class folders (n01440764, …).",
        )
