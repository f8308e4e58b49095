"""Edits in the latents of a small random generator, with the embedded networks beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from flexit_engine.benchmark.generators.methods import FlexITInGenerator, StyleCLIP
from flexit_engine.benchmark.generators.space import GeneratorSpace
from flexit_engine.benchmark.generators.stylegan2 import StyleGAN2, load_stylegan2
from flexit_engine.benchmark.pictures import to_pictures, to_tensor
from flexit_engine.editor import Editor
from flexit_engine.flexit.augmentation import whole

from .conftest import Recorded

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def generator(stylegan2_file: Path) -> StyleGAN2:
    return load_stylegan2(stylegan2_file, CPU)


@pytest.fixture(scope="module")
def picture(recorded_stylegan2: Recorded) -> Image.Image:
    """One that the generator can paint."""
    return to_pictures(recorded_stylegan2.image[:1])[0]


@pytest.fixture(scope="module")
def editor() -> Editor:
    return Editor.load("mini", "cpu", "float32")


def likeness(editor: Editor, picture: Image.Image, text: str) -> float:
    encoder = editor.networks.encoders[0]
    seen = encoder.encode_image(whole(to_tensor([picture]), encoder.resolution))
    return float(seen[0] @ encoder.encode_text([text])[0])


def test_inversion_comes_near_the_picture(
    generator: StyleGAN2, recorded_stylegan2: Recorded, editor: Editor
) -> None:
    image = recorded_stylegan2.image
    space = GeneratorSpace(generator, editor.networks.perceptual, 30)
    with torch.no_grad():  # as the editor calls it
        latent = space.encode(image)
    assert not latent.requires_grad

    def error(found: torch.Tensor) -> torch.Tensor:
        return (space.decode(found) - image).square().mean(dim=(1, 2, 3))

    assert (error(latent) < 0.5 * error(generator.start(image))).all()


def test_flexit_in_a_generator_moves_towards_the_target(
    stylegan2_file: Path, picture: Image.Image, editor: Editor
) -> None:
    def edit(steps: int) -> Image.Image:
        method = FlexITInGenerator(
            str(stylegan2_file), profile="mini", device="cpu", inversion_steps=15, steps=steps
        )
        return method(picture, "tomato", "lemon")

    before, after = edit(0), edit(15)
    assert after.size == (32, 32)
    assert likeness(editor, after, "lemon") > likeness(editor, before, "lemon") + 0.01


def test_flexit_in_a_generator_begins_with_what_the_generator_can_paint(
    stylegan2_file: Path, generator: StyleGAN2, picture: Image.Image, editor: Editor
) -> None:
    method = FlexITInGenerator(
        str(stylegan2_file), profile="mini", device="cpu", inversion_steps=0, steps=0
    )
    space = GeneratorSpace(generator, editor.networks.perceptual, 0)
    mean_style = to_pictures(space.decode(space.encode(to_tensor([picture]))))[0]
    difference = to_tensor([method(picture, "tomato", "lemon")]) - to_tensor([mean_style])
    assert difference.abs().max() < 1.5 / 255


def test_flexit_in_icgan_takes_the_instances_features(
    icgan_file: Path, picture: Image.Image, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from .test_generators import Bright

    monkeypatch.setattr(
        "flexit_engine.benchmark.generators.methods.load_extractor", lambda *_: Bright()
    )
    method = FlexITInGenerator(
        str(icgan_file),
        extractor=str(tmp_path / "features.pth"),
        profile="mini",
        device="cpu",
        inversion_steps=2,
        steps=2,
        latent_norm="l2",
    )
    assert method.settings.latent_norm == "l2"
    assert method(picture, "tomato", "lemon").size == (32, 32)


def test_styleclip_moves_towards_the_target_and_not_without_steps(
    stylegan2_file: Path, picture: Image.Image, editor: Editor
) -> None:
    def edit(steps: int) -> Image.Image:
        method = StyleCLIP(
            str(stylegan2_file), profile="mini", device="cpu", steps=steps, inversion_steps=15
        )
        return method(picture.resize((64, 48)), "tomato", "lemon")

    before, after = edit(0), edit(15)
    assert likeness(editor, after, "lemon") > likeness(editor, before, "lemon") + 0.05


def test_what_holds_styleclip_back_keeps_it_near(
    stylegan2_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = StyleCLIP(str(stylegan2_file), profile="mini", device="cpu", steps=10)
    first = method.generator.start(torch.zeros(1, 3, 32, 32))
    aim = method.encoder.encode_text(["lemon"])[0].float()
    free = method.move(first, aim)
    monkeypatch.setattr("flexit_engine.benchmark.generators.methods.STYLECLIP_HOLD", 1.0)
    held = method.move(first, aim)
    assert (held - first).norm() < 0.5 * (free - first).norm()
