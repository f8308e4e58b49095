from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flexit_engine.canvas import read_picture
from flexit_engine.commands.film import Film
from flexit_engine.commands.progress import Progress
from flexit_engine.editor import EditStep

from .conftest import Flexit

LIVELY = ("--learning-rate", "1")
"""Random networks show little of what a latent says."""
FAST = ("--steps", "3", "--augmentations", "1", "--resolution", "32", *LIVELY)


def test_mini_makes_a_real_edit(flexit: Flexit, cat: Path, tmp_path: Path) -> None:
    words = ("--from", "cat", "--to", "dog", "--steps", "4", "--json")
    answer = flexit("edit", cat, tmp_path / "dog.png", *words)
    assert answer.code == 0, answer.out
    before, after = read_picture(cat), read_picture(tmp_path / "dog.png")
    assert after.pixels.shape == before.pixels.shape
    assert np.abs(after.pixels.astype(int) - before.pixels).mean() > 1
    assert answer.json["outputs"][0]["losses"]["embedding"] < 0


def test_no_steps_leave_the_picture_as_it_is(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    assert tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", "--steps", 0).code == 0
    assert (read_picture(tmp_path / "dog.png").pixels == read_picture(cat).pixels).all()


def test_outside_the_mask_every_bit_stays(
    tiny: Flexit, cat: Path, mask: Path, tmp_path: Path
) -> None:
    assert tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", "--mask", mask, *FAST).code == 0
    before, after = read_picture(cat).pixels, read_picture(tmp_path / "dog.png").pixels
    assert (after[:, 32:] == before[:, 32:]).all()
    assert (after[:, :32] != before[:, :32]).any()


def test_variants_differ(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    answer = tiny(
        "edit", cat, tmp_path / "dog.png", "--to", "dog", "--variants", 3, "--seed", 5, *FAST
    )
    assert answer.code == 0
    results = [read_picture(tmp_path / f"dog-{number}.png").pixels for number in (1, 2, 3)]
    assert (results[0] != results[1]).any()
    assert (results[1] != results[2]).any()
    assert not (tmp_path / "dog.png").exists()


def test_a_variant_has_the_picture_of_its_seed(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", "--variants", 2, "--seed", 5, *FAST)
    tiny("edit", cat, tmp_path / "alone.png", "--to", "dog", "--seed", 6, *FAST)
    second = read_picture(tmp_path / "dog-2.png").pixels.astype(int)
    alone = read_picture(tmp_path / "alone.png").pixels
    assert np.abs(second - alone).max() <= 1


@pytest.mark.parametrize(("steps", "frames"), [(20, 8), (3, 4)])
def test_the_film_shows_the_steps_side_by_side(
    tiny: Flexit, cat: Path, tmp_path: Path, steps: int, frames: int
) -> None:
    film = tmp_path / "film.png"
    words = ("--steps", steps, "--resolution", 32, "--film", film, "--variants", 2, *LIVELY)
    assert tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *words).code == 0
    strip = read_picture(film).pixels
    height, width = 2 * 24, frames * 32
    assert strip.shape == (height, width, 3)
    assert (strip[:, :32] != strip[:, -32:]).any()


def test_json_is_one_object_with_all_that_was_done(
    tiny: Flexit, cat: Path, mask: Path, tmp_path: Path
) -> None:
    dog = tmp_path / "dog.png"
    words = ("--from", "cat", "--to", "dog", "--mask", mask, "--seed", 7, "--variants", 2)
    answer = tiny("edit", cat, dog, *words, *FAST, "--json")
    report = answer.json
    assert answer.err == ""
    assert set(report) == {
        "version", "profile", "device", "input", "mask", "source", "target", "settings", "seed",
        "outputs", "film", "timings",
    }  # fmt: skip
    assert (report["profile"], report["seed"], report["settings"]["steps"]) == ("mini", 7, 3)
    assert set(report["timings"]) == {"load", "open", "edit", "write"}
    first, second = report["outputs"]
    assert (first["seed"], second["seed"]) == (7, 8)
    assert (Path(second["path"]), second["steps"]) == (tmp_path / "dog-2.png", 3)
    assert set(first["losses"]) == {"embedding", "perceptual", "latent", "total"}


def test_losses_without_a_value_are_null(
    tiny: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EditStep, "losses", {"total": float("nan"), "latent": float("inf")})
    report = tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *FAST, "--json").json
    assert report["outputs"][0]["losses"] == {"total": None, "latent": None}


def test_options_reach_the_settings(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    words = ("--preset", "draft", "--steps", 4, "--strength", 1, "--no-mask-latent", "--context", 1)
    report = tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *words, "--json").json
    settings = report["settings"]
    assert settings["augmentations"] == 1
    assert settings["steps"] == 6
    assert settings["image_weight"] == pytest.approx(0.05)
    assert (settings["mask_latent"], settings["mask_gradient"], settings["context"]) == (
        False,
        True,
        1,
    )


def test_quiet_says_nothing(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    answer = tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *FAST, "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_without_a_terminal_there_is_no_bar(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    answer = tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *FAST)
    assert answer.err == ""
    assert str(tmp_path / "dog.png") in answer.out


class Frame:
    """A step whose preview is its number."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.preview = np.full((1, 1, 3), index, np.uint8)


@pytest.mark.parametrize(
    ("steps", "shown"),
    [(160, [0, 23, 46, 69, 91, 114, 137, 160]), (7, list(range(8))), (2, [0, 1, 2]), (0, [0])],
)
def test_the_film_has_the_first_step_and_the_last(steps: int, shown: list[int]) -> None:
    film = Film(steps)
    for index in range(steps + 1):
        film.add([Frame(index)])
    assert film.strip()[0, :, 0].tolist() == shown


class Row:
    """A step that counts how often its losses are read."""

    index = 1
    reads = 0

    @property
    def losses(self) -> dict[str, float]:
        self.reads += 1
        return {"total": 0.5}


def test_losses_are_shown_but_seldom_read(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row()
    with Progress(10_000, "steps", "cat → dog", shown=True) as progress:
        for step in range(1_000):
            progress.reach(step, [row])
    shown = capsys.readouterr().err
    assert "cat → dog" in shown
    assert "total 0.500" in shown
    assert "left" in shown
    assert row.reads < 20
