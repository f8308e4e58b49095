"""What a data set offers to the benchmark, and which one a folder holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from flexit_engine.benchmark.photographs import STANDARD_COLUMNS, Columns, Photographs
from flexit_engine.benchmark.queries import Labels, Query
from flexit_engine.errors import UsageError


class DataSet(Protocol):
    """Labelled pictures, all shown as squares of one side."""

    @property
    def name(self) -> str:
        """`imagenet`, `minidata` or `photographs`."""
        ...

    @property
    def labels(self) -> Labels:
        """All labels by id."""
        ...

    @property
    def references(self) -> Mapping[int, Sequence[str]]:
        """Paths of real pictures of each label, none of them a test picture; may be empty."""
        ...

    def queries(self, seed: int) -> Sequence[Query]:
        """The questions of both splits, always the same ones for a seed."""
        ...

    def picture(self, path: str, seed: int) -> Image.Image:
        """A picture as the methods see it: a square RGB picture.

        Args:
            path: from `references` or a query, of a picture or of a mask.
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
    columns: Columns = STANDARD_COLUMNS
    """A table of photographs: what its columns are called."""

    def open(self) -> DataSet:
        """Read what there is.

        Raises:
            UsageError: it is no such folder or table, or the table is broken.
        """
        from flexit_engine.benchmark.imagenet import ImageNet
        from flexit_engine.benchmark.minidata import MiniData

        if self.folder.suffix == ".csv":
            return Photographs(self.folder, self.side, self.columns)
        if (self.folder / "clusters.csv").is_file():
            return MiniData(self.folder, self.side, self.style)
        if any(self.folder.glob("n????????")):
            return ImageNet(self.folder, self.side, self.references)
        raise UsageError(
            f"{str(self.folder)!r} holds no data set that is known.",
            "Name a table of photographs (…/images.csv), or a folder with clusters.csv or with "
            "ImageNet's class folders (n01440764, …).",
        )
