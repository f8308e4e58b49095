"""The embedded networks: words, folding, weight files, and one real edit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from flexit_engine.errors import UnknownWords, WeightsError
from flexit_engine.flexit.objective import aim, open_source, read
from flexit_engine.flexit.optimise import optimise
from flexit_engine.flexit.query import parse_query
from flexit_engine.networks import Networks, mini
from flexit_engine.networks.mini.encoders import DESIGNS, MiniEncoder, fold
from flexit_engine.networks.mini.text import Vocabulary
from flexit_engine.networks.profiles import load_profile
from flexit_engine.settings import Settings
from flexit_engine.vocabulary.bag import split_words

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def networks() -> Networks:
    return mini.load(load_profile("mini").folder, CPU, "float32")


def circle(colour: tuple[float, float, float]) -> torch.Tensor:
    """A circle on white, `1×3×96×96`."""
    axis = torch.linspace(-1, 1, 96)
    inside = (axis[None, :] ** 2 + axis[:, None] ** 2 < 0.7**2).float()
    return (torch.tensor(colour).view(1, 3, 1, 1) * inside + (1 - inside)).contiguous()


def test_texts_are_read_whatever_their_case_number_and_article() -> None:
    words = Vocabulary.of_texts(["a red-brown fox", "strawberry", "knife"])
    assert split_words("The Fox’s PICTURE of a den") == ["foxs", "den"]
    assert words.places("A FOX") == words.places("foxes") == words.places("fox")
    assert words.places("strawberries") == words.places("strawberry")
    assert words.places("knives") == words.places("knife")


def test_unknown_words_are_named_with_their_neighbours() -> None:
    words = Vocabulary.of_texts(["strawberry", "lemon"])
    with pytest.raises(UnknownWords, match=r"'stawbery'.*strawberry"):
        words.places("a stawbery")
    with pytest.raises(UnknownWords, match="names nothing"):
        words.places("of the")


@pytest.mark.parametrize("design", DESIGNS)
def test_folding_changes_no_embedding(design: str) -> None:
    torch.manual_seed(0)
    encoder = MiniEncoder(design, Vocabulary(["cat"]))
    pictures = torch.rand(2, 3, encoder.resolution, encoder.resolution)
    with torch.no_grad():
        for _ in range(3):
            encoder.encode_image(pictures)
        before = encoder.eval().encode_image(pictures)
        fold(encoder)
        after = encoder.encode_image(pictures)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in encoder.modules())
    torch.testing.assert_close(after, before, atol=1e-4, rtol=0)


def test_damaged_and_missing_weights_are_reported(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="autoencoder"):
        mini.load(tmp_path, CPU)
    (tmp_path / "autoencoder.safetensors").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="autoencoder"):
        mini.load(tmp_path, CPU)


def test_the_shipped_files_fit_in_72_megabytes() -> None:
    files = list(load_profile("mini").folder.iterdir())
    assert sum(file.stat().st_size for file in files) <= 72e6


def test_the_autoencoder_gives_a_picture_back(networks: Networks) -> None:
    picture = circle((0.8, 0.1, 0.1))
    with torch.no_grad():
        latent = networks.autoencoder.encode(picture)
        again = networks.autoencoder.decode(latent)
    assert latent.shape == (1, 32, 12, 12)
    assert again.amin() >= 0
    assert again.amax() <= 1
    assert (again - picture).abs().mean() < 0.04


def test_a_change_in_one_corner_leaves_the_others_alone(networks: Networks) -> None:
    """Nothing in the decoder looks at the whole picture, or backgrounds would take tints."""
    latent = torch.zeros(1, 32, 24, 24)
    with torch.no_grad():
        before = networks.autoencoder.decode(latent)
        latent[:, :, :4, :4] = 1.0
        after = networks.autoencoder.decode(latent)
    assert (after - before)[:, :, :32, :32].abs().max() > 0.1
    assert torch.equal(after[:, :, 128:, 128:], before[:, :, 128:, 128:])


def test_the_encoders_of_drawings_tell_colours_apart(networks: Networks) -> None:
    pictures = torch.cat([circle((0.85, 0.1, 0.15)), circle((0.1, 0.65, 0.2))])
    drawings = [encoder for encoder in networks.encoders if isinstance(encoder, MiniEncoder)]
    assert len(drawings) == 3
    for encoder in drawings:
        texts = encoder.encode_text(["red circle", "green circle"])
        with torch.no_grad():
            likeness = encoder.encode_image(pictures) @ texts.T
        assert likeness.argmax(1).tolist() == [0, 1]


def test_a_red_circle_becomes_a_green_one(networks: Networks) -> None:
    settings = Settings(augmentations=1, steps=24, learning_rate=0.1)
    picture = circle((0.85, 0.1, 0.15))
    inside = (picture[:, 1:2] < 0.5).float()
    source = open_source(picture, networks, settings, inside)
    queries = [parse_query("red circle", "green circle")]
    readings = read(queries, source, networks)
    target = aim(source, readings, networks.encoders, settings, inside)
    *_, last = optimise(source, target, networks, settings, [0])
    red, green, blue = last.image[0, :, 40:56, 40:56].mean(dim=(1, 2)).tolist()
    assert green > red + 0.3
    assert green > blue + 0.3
