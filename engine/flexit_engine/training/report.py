"""The evaluation's figures as JSON and Markdown, and its contact sheet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from flexit_engine.training.evaluate import Score

CELL = 96
"""Side in pixels of a picture on the sheet."""
LONGEST = 34
"""Characters of a title that fit above a pair."""
TEXT = 26
"""Height in pixels of the lines of text above each pair."""


def table(scores: Mapping[str, Score]) -> str:
    """The scores as a Markdown table, one method a row."""
    lines = [
        "| method | target in cluster | target among all | source still named | pixel distance |",
        "|---|---|---|---|---|",
    ]
    for name, score in scores.items():
        figures = [f"{value:.3f}" for value in asdict(score).values()]
        lines.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(lines) + "\n"


def write_figures(
    folder: Path, groups: Mapping[str, Mapping[str, Score]], about: Mapping[str, object]
) -> None:
    """Write `mini.json` and `mini.md`: one table for each group of queries."""
    folder.mkdir(parents=True, exist_ok=True)
    scores = {
        group: {name: asdict(score) for name, score in methods.items()}
        for group, methods in groups.items()
    }
    text = json.dumps({"about": about, "scores": scores}, indent=1)
    (folder / "mini.json").write_text(text + "\n", encoding="utf-8")
    parts = [f"## {group}\n\n{table(methods)}" for group, methods in groups.items()]
    facts = "\n".join(f"- {key}: {value}" for key, value in about.items())
    (folder / "mini.md").write_text(f"{facts}\n\n" + "\n".join(parts), encoding="utf-8")


def to_picture(image: Tensor) -> Image.Image:
    """A `3×H×W` tensor in [0, 1] as a picture."""
    return Image.fromarray((image.permute(1, 2, 0) * 255).round().to(torch.uint8).cpu().numpy())


def contact_sheet(
    pairs: Sequence[tuple[Tensor, Tensor]], titles: Sequence[tuple[str, str]], columns: int
) -> Image.Image:
    """Input and output side by side, two lines of text above each pair."""
    width, height = 2 * CELL + 10, CELL + TEXT
    rows = -(-len(pairs) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height), "white")
    draw = ImageDraw.Draw(sheet)
    for place, (pair, lines) in enumerate(zip(pairs, titles, strict=True)):
        left, top = (place % columns) * width, (place // columns) * height
        title = "\n".join(line[:LONGEST] for line in lines)
        draw.multiline_text((left, top), title, fill="black", font_size=10, spacing=1)
        for column, image in enumerate(pair):
            sheet.paste(to_picture(image).resize((CELL, CELL)), (left + column * CELL, top + TEXT))
    return sheet
