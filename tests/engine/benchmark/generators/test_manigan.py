from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d
from torchvision.models import vgg16

from flexit_engine.benchmark.generators import methods
from flexit_engine.benchmark.generators.damsm import (
    PictureEncoder,
    TextEncoder,
    load_picture_encoder,
    load_text_encoder,
    load_vgg,
    number_words,
    read_vocabulary,
)
from flexit_engine.benchmark.generators.manigan import Seen, manipulate
from flexit_engine.errors import UnknownWords, WeightsError

from .small import fill

CPU = torch.device("cpu")
RECORDED = json.loads(
    (Path(__file__).parent / "recorded" / "manigan.json").read_text(encoding="utf-8")
)
SEEN = {
    "words": (1, 4, 3),
    "sentence": (1, 4),
    "regions": (1, 4, 17, 17),
    "whole": (1, 4),
    "details": (1, 2, 128, 128),
}
VOCABULARY = {"<end>": 0, "a": 1, "lemon": 2, "cat": 3}


@pytest.fixture(scope="module")
def main_module() -> dict[str, Tensor]:
    return fill(RECORDED["main"], 1)


@pytest.fixture(scope="module")
def detail() -> dict[str, Tensor]:
    return fill(RECORDED["detail"], 2)


@pytest.fixture(scope="module")
def image_encoder_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damsm") / "image_encoder.pth"
    torch.save(PictureEncoder(4).state_dict(), path)
    return path


def vocabulary_file(folder: Path) -> Path:
    path = folder / "captions.pickle"
    captions = [[[1, 2]], [[1, 3]], {number: word for word, number in VOCABULARY.items()}]
    path.write_bytes(pickle.dumps([*captions, VOCABULARY], protocol=2))
    return path


def test_it_paints_what_the_published_code_paints(
    main_module: dict[str, Tensor], detail: dict[str, Tensor]
) -> None:
    seen = Seen(**fill(SEEN, 3))
    made = manipulate(main_module, detail, seen, torch.Generator().manual_seed(5))
    recorded = torch.tensor(RECORDED["image"])
    assert made.shape == (1, 3, 256, 256)
    assert (avg_pool2d(made, 32)[0] - recorded).abs().max() < 1e-4
    assert recorded.std() > 0.02


def test_words_are_numbered_and_unknown_ones_left_out(tmp_path: Path) -> None:
    vocabulary = read_vocabulary(vocabulary_file(tmp_path))
    assert number_words("A yellow LEMON", vocabulary).tolist() == [[1, 2]]
    with pytest.raises(UnknownWords, match="zebra"):
        number_words("zebra", vocabulary)


def test_a_vocabulary_that_asks_to_run_something_is_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "sprung"),)

    (tmp_path / "captions.pickle").write_bytes(pickle.dumps([[], [], {}, Trap()]))
    with pytest.raises(WeightsError, match="asks for"):
        read_vocabulary(tmp_path / "captions.pickle")
    assert not (tmp_path / "sprung").exists()


def test_the_text_encoder_reads_words_in_both_directions(tmp_path: Path) -> None:
    network = TextEncoder(5, 6, 4)
    torch.save(network.state_dict(), tmp_path / "text_encoder.pth")
    encoder = load_text_encoder(tmp_path / "text_encoder.pth", CPU)
    words, sentence = encoder(torch.tensor([[1, 2, 3]]))
    assert words.shape == (1, 8, 3)
    assert torch.equal(sentence[0, :4], words[0, :4, -1])  # forwards it ends with the last word
    assert torch.equal(sentence[0, 4:], words[0, 4:, 0])  # backwards with the first
    other, _ = encoder(torch.tensor([[1, 2, 4]]))
    assert not torch.equal(other[0, 4:, 0], words[0, 4:, 0])


def test_the_picture_encoder_and_vgg_see_regions(image_encoder_file: Path, tmp_path: Path) -> None:
    regions, whole = load_picture_encoder(image_encoder_file, CPU)(torch.rand(1, 3, 64, 64))
    assert regions.shape == (1, 4, 17, 17)
    assert whole.shape == (1, 4)
    network = vgg16(weights=None)
    weights = {k: v for k, v in network.state_dict().items() if k.startswith("features.")}
    torch.save(weights, tmp_path / "vgg16.pth")
    image = torch.rand(1, 3, 32, 32)
    details = load_vgg(tmp_path / "vgg16.pth", CPU)(image)
    assert details.shape == (1, 128, 16, 16)
    with torch.no_grad():
        assert torch.allclose(details, network.features[:9](image), atol=1e-5)


def test_as_a_method_it_needs_only_files(
    main_module: dict[str, Tensor],
    detail: dict[str, Tensor],
    image_encoder_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With narrow networks; their VGG-16 is cut to the two channels these read."""

    class FewDetails(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            return avg_pool2d(image[:, :2], 2)

    monkeypatch.setattr(methods, "load_vgg", lambda *_: FewDetails())
    torch.save(main_module, tmp_path / "main.pth")
    torch.save(detail, tmp_path / "detail.pth")
    torch.save(TextEncoder(4, 6, 2).state_dict(), tmp_path / "text.pth")
    files = {name: str(tmp_path / f"{name}.pth") for name in ("main", "detail")}
    method = methods.ManiGAN(
        **files,
        text_encoder=str(tmp_path / "text.pth"),
        image_encoder=str(image_encoder_file),
        vocabulary=str(vocabulary_file(tmp_path)),
        vgg="",
        device="cpu",
    )
    picture = Image.new("RGB", (80, 60), "teal")
    made = method(picture, "cat", "lemon")
    assert made.size == (256, 256)
    assert made.tobytes() == method(picture, "", "lemon").tobytes()
    assert made.tobytes() != method(picture, "", "cat").tobytes()
