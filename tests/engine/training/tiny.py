"""Folders with a few pictures, laid out like the real ones, and a teacher that knows nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import torch
from PIL import Image, ImageDraw

from flexit_engine.training import teacher

CONCEPTS = {
    "1f534": ("red circle", "red"),
    "1f535": ("blue circle", "blue"),
    "1f431": ("cat", "tan"),
    "1f314": ("waxing moon", "gold"),
}
OTHERS = {"1f9f1": ("brick", "brown"), "1f9ca": ("ice", "cyan")}
"""In no cluster."""
STYLES = ("noto", "fluent3d", "twemoji")


def _arc(code: str) -> tuple[int, int]:
    """From which angle to which a drawing goes: the moon is the right half of a disc."""
    return (-90, 90) if code == "1f314" else (0, 360)


def _table(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _photo(path: Path, colour: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 50), colour).save(path)


def paint_style(folder: Path, colour: str) -> None:
    """Draw everything of a style anew, in one colour."""
    for path in folder.glob("*.png"):
        Image.new("RGBA", (64, 64), colour).save(path)


def write_data(folder: Path) -> None:
    """Six drawings in three styles, two kinds of fruit, one texture."""
    drawings = CONCEPTS | OTHERS
    emoji = folder / "emoji"
    _table(
        emoji / "concepts.csv",
        [
            {"codepoint": code, "name": name, "phrase": f"a {name}", "aliases": ""}
            for code, (name, _) in drawings.items()
        ],
    )
    for style in STYLES:
        (emoji / style).mkdir()
        for code, (_, colour) in drawings.items():
            sprite = Image.new("RGBA", (64, 64))
            ImageDraw.Draw(sprite).pieslice((6, 6, 58, 58), *_arc(code), fill=colour)
            sprite.save(emoji / style / f"{code}.png")
    clusters = [("circles_by_colour", "emoji", name, code) for code, (name, _) in CONCEPTS.items()]
    clusters += [("photo_fruit", "photo", name, f"fruit/{name}") for name in ("lemon", "plum")]
    clusters += [("texture_ground", "texture", "grass", "textures/grass")]
    keys = ("cluster", "kind", "name", "codepoint_or_folders")
    _table(folder / "clusters.csv", [dict(zip(keys, row, strict=True)) for row in clusters])
    _table(
        folder / "crosswalk.csv",
        [{"emoji_name": "none", "codepoint": "0", "photo_folders": "fruit/none"}],
    )
    splits = []
    for name, colour in (("lemon", "yellow"), ("plum", "purple")):
        for number, split in enumerate(("train", "train", "test")):
            _photo(folder / "fruit" / name / f"{number:03}.jpg", colour)
            splits.append({"file": f"{name}/{number:03}.jpg", "split": split})
    _table(folder / "fruit" / "images.csv", splits)
    _photo(folder / "textures" / "grass" / "000.jpg", "green")


def write_photographs(folder: Path) -> None:
    """Two photographs to learn from and one, magenta, to judge by."""
    rows = []
    for place, (colour, split) in enumerate(
        (("olive", "train"), ("navy", "train"), ("magenta", "val"))
    ):
        _photo(folder / "set" / f"{place}.webp", colour)
        rows.append({"path": f"set/{place}.webp", "split": split})
    _table(folder / "images.csv", rows)


def write_drawings(folder: Path) -> None:
    """Two drawings and a broken one."""
    below = folder / "animals"
    below.mkdir(parents=True)
    for name, shape in (
        ("disc", '<circle cx="5" cy="5" r="4"/>'),
        ("box", '<path d="M1 1h8v8z"/>'),
    ):
        (below / f"{name}.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{shape}</svg>'
        )
    (folder / "broken.svg").write_text("<svg")


def write_teacher(folder: Path) -> dict[str, str]:
    """Random weights of the teacher's shape; their hashes."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    parts = (teacher._encoder(), teacher._decoder())
    for name, part in zip(teacher.HASHES, parts, strict=True):
        torch.save(part.state_dict(), folder / name)
    return {name: teacher.sha256(folder / name) for name in teacher.HASHES}
