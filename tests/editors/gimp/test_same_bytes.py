"""The same picture, selection, texts and seed: the same bytes in GIMP and on the command line."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.editors.engines import COMMAND, Pixels, real_engine

from .host import PROJECT, Gimp, decoded

PICTURE = PROJECT / "docs" / "images" / "red-apple.png"
EDIT = {"source": "red apple", "target": "lemon", "preset": "draft"}
STEPS, SEED = 3, 7


@pytest.fixture(scope="module")
def engine(data: Path) -> Iterator[None]:
    """The real one."""
    with real_engine(data):
        yield
    (data / "engine.json").unlink(missing_ok=True)


def on_the_command_line(picture: Path, mask: Path | None, data: Path, *more: str) -> Pixels:
    """The same edit by `flexit edit`: by the engine that runs, or with `--local` by itself."""
    out = picture.with_name("out.png")
    words = ["edit", str(picture), str(out), "--from", EDIT["source"], "--to", EDIT["target"]]
    words += ["--preset", EDIT["preset"], "--steps", str(STEPS), "--seed", str(SEED), *more]
    words += ["--mask", str(mask)] if mask else []
    environ = {**os.environ, "FLEXIT_DATA": str(data)}
    subprocess.run([*COMMAND, *words], env=environ, check=True, capture_output=True)
    return np.asarray(Image.open(out).convert("RGB"))


def composite(gimp: Gimp, image: int, shape: tuple[int, ...]) -> Pixels:
    """What GIMP shows."""
    return decoded(gimp("composite", image=image), "u1").reshape(*shape[:2], 4)[..., :3]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("selection", "context", "more"),
    [
        ({"left": 100, "top": 130, "width": 260, "height": 200}, 0.25, ["--local"]),
        ({"left": 0, "top": 300, "width": 90, "height": 212}, 1.0, []),  # at two edges
        ({"left": 20, "top": 30, "width": 470, "height": 100}, 0.0, []),
        (None, 0.25, []),
    ],
)
def test_gimp_and_the_command_line_give_the_same_bytes(
    gimp: Gimp,
    data: Path,
    tmp_path: Path,
    selection: dict[str, int] | None,
    context: float,
    more: list[str],
) -> None:
    picture, mask = tmp_path / "in.png", None
    pixels = np.asarray(Image.open(PICTURE).convert("RGB"))
    Image.fromarray(pixels).save(picture)
    made = gimp("open_file", path=str(picture))
    if selection:
        gimp("select", image=made["image"], **selection)
        selected = decoded(gimp("selection", image=made["image"]), "u1").reshape(pixels.shape[:2])
        mask = tmp_path / "mask.png"
        Image.fromarray(selected).save(mask)
    answer = gimp(
        "edit",
        image=made["image"],
        layers=[made["layer"]],
        **{**EDIT, "steps": STEPS, "seed": SEED, "context": context},
    )
    assert answer["status"] == "success", answer["words"]
    shown = composite(gimp, made["image"], pixels.shape)
    words = [f"--context={context}", "--strength=0.5", *more]
    expected = on_the_command_line(picture, mask, data, *words)
    assert np.array_equal(shown, expected)
    assert not np.array_equal(shown, pixels)
