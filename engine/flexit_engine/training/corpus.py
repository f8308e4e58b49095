"""The training pictures and their names, read once into memory.

What is held out of all training: the drawing style `twemoji`, every picture that its data set
calls `test`, and the folder `photos`. Another style can be held out to choose settings by.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from flexit_engine.training.colours import NAMES
from flexit_engine.training.shapes import SHAPES, draw_shape

SIDE = 128
"""Side in pixels at which pictures are kept; training draws smaller crops of them."""
HELD_OUT_STYLE = "twemoji"
COLOUR_STYLES = (
    "fluent3d",
    "fluent_color",
    "fluent_flat",
    "noto",
    "twemoji",
    "emojitwo",
    "fxemoji",
)
INK_STYLES = ("fluent_hc", "emojitwo_bw")
PHOTO_FOLDERS = ("fruit", "grocery", "flowers", "clothing", "materials", "textures")
SHAPE_VARIANTS = 16


@dataclass(frozen=True)
class Concept:
    """One thing with a name: its texts, and the clusters it can be translated within, if any."""

    name: str
    texts: tuple[str, ...]
    clusters: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """Where one stored picture belongs.

    `row` is its place among the sprites or the photographs; `concept` is -1 for pictures outside
    every cluster; `origin` says which file or style it came from; `subject` is what is shown, a
    place in `Corpus.subjects`.
    """

    kind: str
    row: int
    concept: int
    origin: str
    held_out: bool
    subject: int


@dataclass
class Corpus:
    """All pictures: `sprites` `N×4×128×128` with premultiplied colour, `photos` `M×3×128×128`.

    `concepts` are in clusters, so that edits are asked for between them; `others` have names only.
    """

    concepts: list[Concept]
    others: list[Concept]
    pictures: list[Picture]
    sprites: Tensor
    photos: Tensor

    def save(self, folder: Path) -> None:
        """Write `corpus.safetensors` and `corpus.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({"sprites": self.sprites, "photos": self.photos}, folder / "corpus.safetensors")
        table = {
            "concepts": [astuple(concept) for concept in self.concepts],
            "others": [astuple(concept) for concept in self.others],
            "pictures": [asdict(picture) for picture in self.pictures],
        }
        (folder / "corpus.json").write_text(json.dumps(table), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Corpus:
        """Read what `save` wrote."""
        table = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "corpus.safetensors")
        concepts, others = (
            [Concept(name, tuple(texts), tuple(clusters)) for name, texts, clusters in table[part]]
            for part in ("concepts", "others")
        )
        pictures = [Picture(**row) for row in table["pictures"]]
        return Corpus(concepts, others, pictures, tensors["sprites"], tensors["photos"])

    def to(self, device: torch.device) -> Corpus:
        """The same corpus with its pixels on another device."""
        return replace(self, sprites=self.sprites.to(device), photos=self.photos.to(device))

    @property
    def subjects(self) -> list[Concept]:
        """Everything that the pictures show."""
        return [*self.concepts, *self.others]

    def clusters(self) -> dict[str, list[int]]:
        """Cluster name -> its concepts."""
        found: dict[str, list[int]] = {}
        for index, concept in enumerate(self.concepts):
            for cluster in concept.clusters:
                found.setdefault(cluster, []).append(index)
        return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class _Names:
    """Concepts under construction: which codepoint or photo folder belongs to which."""

    def __init__(self, data: Path) -> None:
        self.texts: dict[str, list[str]] = {}
        self.clusters: dict[str, list[str]] = {}
        self.of_codepoint: dict[str, str] = {}
        self.of_folder: dict[str, str] = {}
        self.described = {row["codepoint"]: row for row in _rows(data / "emoji" / "concepts.csv")}
        folders_of = {
            row["codepoint"]: set(row["photo_folders"].split(";"))
            for row in _rows(data / "crosswalk.csv")
        }
        for row in _rows(data / "clusters.csv"):
            if row["kind"] == "emoji":
                code = row["codepoint_or_folders"]
                name, *texts = self._texts(code)
                self._add(name, texts, row["cluster"])
                self.of_codepoint[code] = name
            else:
                folders = set(row["codepoint_or_folders"].split(";"))
                name = next(
                    (
                        self.of_codepoint[code]
                        for code, known in folders_of.items()
                        if known == folders and code in self.of_codepoint
                    ),
                    row["name"],
                )
                self._add(name, [row["name"]], row["cluster"])
                self.of_folder.update(dict.fromkeys(folders, name))
        for shape in SHAPES:
            for colour in NAMES:
                self._add(self.shape_name(colour, shape), [f"{colour} {shape}"], f"drawn {shape}s")

    def shape_name(self, colour: str, shape: str) -> str:
        """The concept of a drawn shape; two emoji squares are called large."""
        large = f"{colour} large {shape}"
        return large if large in self.texts else f"{colour} {shape}"

    def outside(self, key: str) -> Concept:
        """What a codepoint or a folder (`fruit/star_fruit`) that is in no cluster is called."""
        if "/" in key:
            return Concept(key.split("/")[1].replace("_", " "), (), ())
        name, *texts = self._texts(key)
        return Concept(name, tuple(texts), ())

    def _texts(self, codepoint: str) -> list[str]:
        """Name, phrase and aliases."""
        about = self.described[codepoint]
        return [about["name"], about["phrase"], *filter(None, about["aliases"].split(";"))]

    def _add(self, name: str, texts: list[str], cluster: str) -> None:
        known = self.texts.setdefault(name, [])
        known.extend(text for text in texts if text != name and text not in known)
        clusters = self.clusters.setdefault(name, [])
        if cluster not in clusters:
            clusters.append(cluster)


def _sprite(path: Path) -> Tensor:
    """A drawing as `4×128×128` uint8, colour multiplied by alpha."""
    with Image.open(path) as file:
        straight = np.asarray(file.convert("RGBA").resize((SIDE, SIDE)), dtype=np.float32)
    alpha = straight[..., 3:] / 255.0
    premultiplied = np.concatenate([straight[..., :3] * alpha, straight[..., 3:]], axis=2)
    return torch.from_numpy(premultiplied.round().astype(np.uint8)).permute(2, 0, 1)


def _photo(path: Path) -> Tensor:
    """The middle square of a photograph as `3×128×128` uint8."""
    with Image.open(path) as file:
        picture = file.convert("RGB")
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.resize(
            (SIDE, SIDE), Image.Resampling.LANCZOS, (left, top, left + side, top + side)
        )
        return torch.from_numpy(np.array(square)).permute(2, 0, 1)


def _photo_files(data: Path) -> Iterator[tuple[str, Path, bool]]:
    """Every photograph: its folder in the form `fruit/lemon`, its file, whether it is held out."""
    for kind in PHOTO_FOLDERS:
        listing = data / kind / "images.csv"
        split = (
            {row["file"]: row.get("split") for row in _rows(listing)} if listing.exists() else {}
        )
        for path in sorted((data / kind).glob("*/*.jpg")):
            file = f"{path.parent.name}/{path.name}"
            yield f"{kind}/{path.parent.name}", path, split.get(file) == "test"


class _Pictures:
    """Pictures under construction."""

    def __init__(self, names: Iterable[str]) -> None:
        self.concepts = {name: index for index, name in enumerate(names)}
        self.subjects = dict(self.concepts)
        self.pictures: list[Picture] = []
        self.pixels: dict[str, list[Tensor]] = {"sprite": [], "photo": []}

    def add(self, pixels: Tensor, key: str, origin: str, held_out: bool = False) -> None:
        """List a picture of the concept called `key`, or of a codepoint or folder `key`."""
        kind = "sprite" if len(pixels) == 4 else "photo"
        concept = self.concepts.get(key, -1)
        subject = self.subjects.setdefault(key, len(self.subjects))
        row = len(self.pixels[kind])
        self.pictures.append(Picture(kind, row, concept, origin, held_out, subject))
        self.pixels[kind].append(pixels)


def read_corpus(data: Path, seed: int, held_out: Sequence[str] = ()) -> Corpus:
    """Read a folder of mini-network data (its README describes the layout).

    Args:
        data: that folder.
        seed: of the shapes that are drawn here.
        held_out: styles that nothing learns from, beside `HELD_OUT_STYLE`.
    """
    names = _Names(data)
    found = _Pictures(names.texts)
    for style in (*COLOUR_STYLES, *INK_STYLES):
        for path in sorted((data / "emoji" / style).glob("*.png")):
            name = names.of_codepoint.get(path.stem, path.stem)
            found.add(_sprite(path), name, style, style in (HELD_OUT_STYLE, *held_out))
    generator = torch.Generator().manual_seed(seed)
    for shape, colour in itertools.product(SHAPES, NAMES):
        for _ in range(SHAPE_VARIANTS):
            sprite = draw_shape(shape, colour, SIDE, generator)
            found.add(sprite, names.shape_name(colour, shape), "drawn")
    for folder, path, tested in _photo_files(data):
        found.add(_photo(path), names.of_folder.get(folder, folder), folder, tested)
    concepts = [
        Concept(name, tuple(texts), tuple(names.clusters[name]))
        for name, texts in names.texts.items()
    ]
    others = [names.outside(key) for key in list(found.subjects)[len(concepts) :]]
    sprites, photos = (torch.stack(found.pixels[kind]) for kind in ("sprite", "photo"))
    return Corpus(concepts, others, found.pictures, sprites, photos)
