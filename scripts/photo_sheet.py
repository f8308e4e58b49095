"""Draw the sheet of edited photographs: `python scripts/photo_sheet.py MINIDATA OUT.jpg`.

`docs/results/photos.csv` says which photograph, which ellipse of it is selected (as shares of width
and height), and the two texts. Each edit is the one that an editor shows; no row is left out.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from flexit_engine.canvas import Picture
from flexit_engine.editor import Editor

TABLE = Path(__file__).parents[1] / "docs" / "results" / "photos.csv"
WIDTH, HEIGHT, CAPTION, PAIRS = 300, 226, 24, 2


class Row(NamedTuple):
    """One edit."""

    file: str
    box: tuple[float, float, float, float]
    source: str
    target: str


def read_rows() -> list[Row]:
    """The table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            Row(
                row["file"],
                (float(row["left"]), float(row["top"]), float(row["right"]), float(row["bottom"])),
                row["source"],
                row["target"],
            )
            for row in csv.DictReader(file)
        ]


def select(size: tuple[int, int], box: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """The selection, `H×W` in [0, 1]."""
    mask = Image.new("L", size)
    sides = [edge * length for edge, length in zip(box, (*size, *size), strict=True)]
    ImageDraw.Draw(mask).ellipse(sides, fill=255)
    return np.asarray(mask, dtype=np.float32) / 255


def edit(editor: Editor, photo: Image.Image, row: Row) -> Image.Image:
    """The last step of an edit at the editors' own settings."""
    opened = editor.open(Picture.from_array(np.asarray(photo)), select(photo.size, row.box))
    *_, last = opened.edit(row.source, row.target)
    return Image.fromarray(last.picture.pixels)


def main(data: Path, out: Path) -> None:
    """Edit everything and draw the sheet."""
    editor, rows, font = Editor.load("mini"), read_rows(), ImageFont.load_default(size=15)
    across, down = 2 * WIDTH + 12, HEIGHT + CAPTION
    sheet = Image.new("RGB", (PAIRS * across, -(-len(rows) // PAIRS) * down), "white")
    draw = ImageDraw.Draw(sheet)
    for place, row in enumerate(rows):
        photo = Image.open(data / "photos" / row.file).convert("RGB")
        left, top = place % PAIRS * across, place // PAIRS * down
        draw.text((left, top + 3), f"{place + 1}. {row.source} to {row.target}", "black", font)
        for number, picture in enumerate((photo, edit(editor, photo, row))):
            picture.thumbnail((WIDTH, HEIGHT - 4))
            sheet.paste(picture, (left + number * WIDTH, top + CAPTION))
    sheet.save(out, quality=85)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
