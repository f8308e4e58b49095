"""ImageNet: the paper's 273 labels, its validation pictures as sources."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from PIL import Image

from flexit_engine.benchmark.pictures import middle_square, open_picture
from flexit_engine.benchmark.queries import Label, Labels, Query, Split, draw_queries

TABLE = Path(__file__).with_name("imagenet.csv")
SUFFIXES = (".jpeg", ".jpg", ".png")


def read_table(path: Path = TABLE) -> list[dict[str, str]]:
    """The rows of `imagenet.csv` or a table beside it; its head says where they come from."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


class ImageNet:
    """A folder of class folders named by WordNet ids.

    Args:
        folder: the validation pictures.
        side: of the squares the methods see.
        training: the training pictures, if there are any: references.
    """

    name = "imagenet"

    def __init__(self, folder: Path, side: int, training: Path | None = None) -> None:
        self.folder, self.side, self.training = folder, side, training
        rows = read_table()
        self._wordnet = {int(row["id"]): row["wordnet_id"] for row in rows}
        self.labels: Labels = {
            int(row["id"]): Label(
                int(row["id"]), row["name"], tuple(row["clusters"].split(";")), row["group"]
            )
            for row in rows
        }

    @cached_property
    def references(self) -> Mapping[int, Sequence[str]]:
        """The training pictures of each label, as whole paths."""
        if self.training is None:
            return {}
        return {
            label: [str(path) for path in _pictures(self.training / wordnet)]
            for label, wordnet in self._wordnet.items()
        }

    def queries(self, seed: int) -> list[Query]:
        """Drawn by the paper's rule."""
        return draw_queries(self.labels, self.sources, seed)

    def sources(self, label: Label, split: Split) -> Sequence[str]:  # noqa: ARG002 -- one for both
        """The validation pictures of a label."""
        return [
            path.relative_to(self.folder).as_posix()
            for path in _pictures(self.folder / self._wordnet[label.id])
        ]

    def picture(self, path: str, seed: int) -> Image.Image:  # noqa: ARG002 -- nothing is drawn
        """The middle square of a picture; a whole path stays what it is."""
        return middle_square(open_picture(self.folder / path), self.side)


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
