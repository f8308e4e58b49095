"""minidata: drawings in several styles and photographs, in natural clusters.

Development edits what the networks may have seen (the style `emojitwo`, training photographs), the
test what they never saw (the style `twemoji`, photographs that their data set calls `test`).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from PIL import Image

from flexit_engine.benchmark.backgrounds import draw_ground, place
from flexit_engine.benchmark.pictures import middle_square, open_picture
from flexit_engine.benchmark.queries import Label, Labels, Query, Split, draw_queries

STYLES: Mapping[Split, str] = {"dev": "emojitwo", "test": "twemoji"}
REFERENCE_STYLES = ("fluent3d", "fluent_color", "fluent_flat", "noto", "fxemoji")
INK_STYLES = ("fluent_hc", "emojitwo_bw")
"""Black lines, seen on light grounds only."""


class MiniData:
    """A folder of that layout (its README describes it).

    Args:
        folder: with `clusters.csv`, `crosswalk.csv`, `emoji/` and the photographs' folders.
        side: of the squares the methods see.
        style: of the drawings to edit; the split's own when not given.
    """

    name = "minidata"

    def __init__(self, folder: Path, side: int, style: str | None = None) -> None:
        self.folder, self.side, self.style = folder, side, style
        self.labels, self._shown = _read_labels(folder)
        self._splits: dict[str, Mapping[str, str]] = {}

    @cached_property
    def references(self) -> Mapping[int, Sequence[str]]:
        """Training pictures of each label: drawings of the other styles, photographs."""
        return {
            label: [
                path
                for shown in things
                for path in (
                    self._drawings(shown, REFERENCE_STYLES)
                    if "/" not in shown
                    else self._photos(shown, "dev")
                )
            ]
            for label, things in self._shown.items()
        }

    def queries(self, seed: int) -> list[Query]:
        """Drawn by the paper's rule."""
        return draw_queries(self.labels, self.sources, seed)

    def sources(self, label: Label, split: Split) -> Sequence[str]:
        """Pictures of a label to edit; photographs stay in clusters of photographs."""
        style = self.style or STYLES[split]
        return [
            path
            for shown in self._shown[label.id]
            for path in (
                self._drawings(shown, (style,)) if "/" not in shown else self._photos(shown, split)
            )
        ]

    def picture(self, path: str, seed: int) -> Image.Image:
        """A photograph's middle square, or a drawing on a ground drawn by the seed."""
        chance = random.Random(f"{seed}/{path}")  # noqa: S311 -- not a secret
        if not path.startswith("emoji/"):
            return middle_square(open_picture(self.folder / path), self.side)
        drawing = open_picture(self.folder / path, "RGBA")
        surface = self._surface(chance)
        plain = path.split("/")[1] in INK_STYLES
        return place(drawing, draw_ground(self.side, chance, surface, plain), chance)

    def _surface(self, chance: random.Random) -> Image.Image | None:
        if not self._surfaces:
            return None
        return middle_square(open_picture(chance.choice(self._surfaces)), self.side)

    @cached_property
    def _surfaces(self) -> list[Path]:
        return sorted((self.folder / "textures").glob("*/*.jpg"))

    def _drawings(self, codepoint: str, styles: Sequence[str]) -> list[str]:
        paths = [f"emoji/{style}/{codepoint}.png" for style in styles]
        return [path for path in paths if (self.folder / path).is_file()]

    def _photos(self, folder: str, split: Split) -> list[str]:
        """Photographs in `fruit/lemon` of a split; kinds without a split have none for the test."""
        kind = folder.split("/")[0]
        if kind not in self._splits:
            listing = self.folder / kind / "images.csv"
            rows = _rows(listing) if listing.is_file() else []
            self._splits[kind] = {row["file"]: row.get("split", "train") for row in rows}
        known = self._splits[kind]
        return [
            path.relative_to(self.folder).as_posix()
            for path in sorted((self.folder / folder).glob("*.jpg"))
            if (known.get(f"{path.parent.name}/{path.name}") == "test") == (split == "test")
        ]


def _read_labels(folder: Path) -> tuple[Labels, Mapping[int, Sequence[str]]]:
    """Labels, and for each the codepoints and photograph folders that show it.

    A name that stands for drawings in one cluster and for photographs in another is two labels:
    edits stay drawings or photographs. A photographed thing bears the name of its emoji, where
    that is in a cluster, too.
    """
    rows = _rows(folder / "clusters.csv")
    drawn = {row["codepoint_or_folders"] for row in rows if row["kind"] == "emoji"}
    same = {
        row["photo_folders"]: row["emoji_name"]
        for row in _rows(folder / "crosswalk.csv")
        if row["codepoint"] in drawn
    }
    clusters: dict[tuple[str, str], list[str]] = {}
    shown: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        things = row["codepoint_or_folders"]
        kind = "drawings" if row["kind"] == "emoji" else "photographs"
        key = (kind, row["name"] if kind == "drawings" else same.get(things, row["name"]))
        clusters.setdefault(key, []).append(row["cluster"])
        known = shown.setdefault(key, [])
        known += [thing for thing in things.split(";") if thing not in known]
    labels = {
        number: Label(number, key[1], tuple(found), _group(key[0], found))
        for number, (key, found) in enumerate(clusters.items())
    }
    return labels, dict(enumerate(shown.values()))


def _group(kind: str, clusters: Sequence[str]) -> str:
    return "colours" if any(name.endswith("_by_colour") for name in clusters) else kind


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
