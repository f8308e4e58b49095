"""Small data sets of both layouts, a judge that was never trained, and a method of one's own."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file

from flexit_engine.training.judges import Judge

DRAWN = {
    "1f534": ("red circle", "red"),
    "1f535": ("blue circle", "blue"),
    "1f7e2": ("green circle", "green"),
    "1f34b": ("lemon", "yellow"),
}
STYLES = ("emojitwo", "twemoji", "noto", "fluent3d")
FRUIT = {"lemon": "yellow", "plum": "purple"}
NAMES = ("red circle", "blue circle", "green circle", "lemon", "plum", "something else")


def write_minidata(folder: Path) -> Path:
    """Three circles and a lemon, drawn in four styles; two photographed fruit; a surface."""
    for style in STYLES:
        for code, (_, colour) in DRAWN.items():
            path = folder / "emoji" / style / f"{code}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            drawing = Image.new("RGBA", (64, 64))
            ImageDraw.Draw(drawing).ellipse((6, 6, 58, 58), fill=colour)
            drawing.save(path)
    keys = ("cluster", "kind", "name", "codepoint_or_folders")
    rows = [
        ("fruit" if name == "lemon" else "circles_by_colour", "emoji", name, code)
        for code, (name, _) in DRAWN.items()
    ]
    rows += [("photo_fruit", "photo", f"{name} photo", f"fruit/{name}") for name in FRUIT]
    _table(folder / "clusters.csv", [dict(zip(keys, row, strict=True)) for row in rows])
    same = [("lemon", "1f34b", "fruit/lemon"), ("plum", "1f351", "fruit/plum")]
    keys = ("emoji_name", "codepoint", "photo_folders")
    _table(folder / "crosswalk.csv", [dict(zip(keys, row, strict=True)) for row in same])
    splits = []
    for name, colour in FRUIT.items():
        for number, split in enumerate(("train", "train", "test")):
            _photo(folder / "fruit" / name / f"{number:03}.jpg", colour)
            splits.append({"file": f"{name}/{number:03}.jpg", "split": split})
    _table(folder / "fruit" / "images.csv", splits)
    _photo(folder / "textures" / "grass" / "000.jpg", "green")
    return folder


def write_imagenet(folder: Path, wordnet_ids: tuple[str, ...]) -> Path:
    """Two pictures for each of some classes."""
    for place, wordnet in enumerate(wordnet_ids):
        for number in range(2):
            _photo(folder / wordnet / f"{number}.JPEG", f"hsl({90 * place}, 80%, 50%)")
    return folder


def write_photographs(folder: Path) -> Path:
    """A table of four: a masked cat at the left, a lemon, a thing without a name, a later cat."""
    rows = [
        {"file": "a/cat.png", "is": "", "sort": "Maine_Coon", "thing": "a/mask.png", "part": "val"},
        {"file": "b/lemon.png", "is": "lemon", "sort": "fruit", "thing": "", "part": "val"},
        {"file": "b/widget.png", "is": "", "sort": "widget", "thing": "", "part": "val"},
        {"file": "b/tabby.png", "is": "tabby cat", "sort": "cat", "thing": "", "part": "train"},
    ]
    for row, colour in zip(rows, ("grey", "yellow", "blue", "brown"), strict=True):
        path = folder / row["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", (90, 60), colour)
        picture.paste("red", (0, 20, 20, 40))
        picture.save(path)
    mask = Image.new("L", (90, 60))
    mask.paste(255, (0, 20, 20, 40))
    mask.save(folder / "a" / "mask.png")
    _table(folder / "images.csv", rows)
    return folder / "images.csv"


def write_judge(path: Path, names: tuple[str, ...] = (*NAMES, "plum photo")) -> Path:
    """A judge whose opinions mean nothing, but are always the same."""
    torch.manual_seed(0)
    judge = Judge(len(names), "lite0")
    about = {"labels": json.dumps(names), "design": "lite0"}
    save_file(judge.state_dict(), path, about)
    return path


class Inverted:
    """A user's method: the negative."""

    def __init__(self, times: int = 1) -> None:
        self.times = times

    def __call__(self, picture: Image.Image, source: str, target: str) -> Image.Image:
        assert source != target
        return picture.point(lambda value: 255 - value) if self.times % 2 else picture


class Broken:
    """Another user's method, which forgets to return something."""

    def __call__(self, picture: Image.Image, source: str, target: str) -> None:
        pass


def _photo(path: Path, colour: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 50), colour).save(path)


def _table(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
