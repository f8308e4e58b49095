"""ImageNet's weights arrive where they belong: the networks know something round and red."""

from __future__ import annotations

import pickle
from io import BytesIO
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine import networks
from flexit_engine.benchmark.pictures import middle_square, open_picture, to_tensor
from flexit_engine.errors import UsageError, WeightsError
from flexit_engine.networks.checkpoints import read_tensors
from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.text import Vocabulary
from flexit_engine.training import pretrained
from flexit_engine.training.encoders import fill
from flexit_engine.training.export import export_photographs
from flexit_engine.training.judges import DESIGNS, Judge
from flexit_engine.training.pretrained import LITE, SQUEEZENET, fill_lite

IMAGES = Path(__file__).parents[3] / "docs" / "images"
SHIPPED = Path(networks.__file__).parent / "weights" / "mini"
PING_PONG_BALL, TRAFFIC_LIGHT = 722, 920


def circle(side: int) -> Tensor:
    """Our drawn red circle, `1×3×side×side`."""
    return to_tensor([middle_square(open_picture(IMAGES / "red-circle.png"), side)])


def named(design: str, features: Tensor) -> list[int]:
    """What the published last layer may call `1×1280` features."""
    layer = read_tensors(pretrained._file(LITE[design]))
    logits = functional.linear(features, layer["_fc.weight"], layer["_fc.bias"])
    return [int(place) for place in logits[0].topk(5).indices]


@pytest.mark.parametrize("design", DESIGNS)
@torch.no_grad()
def test_a_judge_starts_with_what_imagenet_taught(design: str) -> None:
    judge = Judge(3, design).eval()
    fill_lite(judge.body, design)
    assert PING_PONG_BALL in named(design, judge.features(circle(224)))


@torch.no_grad()
def test_the_encoder_lite_starts_with_what_imagenet_taught() -> None:
    encoder = MiniEncoder("lite", Vocabulary(["ball"])).eval()
    fill(encoder)
    last = encoder.features(circle(encoder.resolution))[-1]
    assert TRAFFIC_LIGHT in named("lite2", last.mean(dim=(2, 3)))


@torch.no_grad()
def test_the_encoder_fire_starts_with_what_imagenet_taught() -> None:
    encoder = MiniEncoder("fire", Vocabulary(["ball"])).eval()
    fill(encoder)
    with pretrained._file(SQUEEZENET).open("rb") as file:
        weight, bias = pretrained._Arrays(file, encoding="latin1").load()["conv10"]
    last = encoder.features(circle(encoder.resolution))[-1]
    cells = functional.conv2d(
        last, torch.from_numpy(weight).permute(3, 2, 0, 1), torch.from_numpy(bias)
    )
    assert PING_PONG_BALL in cells.relu().mean(dim=(2, 3))[0].topk(5).indices.tolist()


def test_the_encoders_of_photographs_are_exported_as_they_are_shipped(tmp_path: Path) -> None:
    export_photographs("lite0", tmp_path)
    with (
        safe_open(tmp_path / "lite0.safetensors", framework="pt") as made,
        safe_open(SHIPPED / "lite0.safetensors", framework="pt") as shipped,
    ):
        assert made.metadata() == shipped.metadata()
        assert made.keys() == shipped.keys()
        for name in shipped.keys():  # noqa: SIM118 -- no dictionary
            assert torch.equal(made.get_tensor(name), shipped.get_tensor(name))


def test_weights_that_are_not_the_published_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(LITE, "lite0", LITE["lite0"]._replace(sha256="0" * 64))
    with pytest.raises(WeightsError, match="not the published one"):
        fill_lite(nn.Linear(1, 1), "lite0")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LITE, "lite0", LITE["lite0"]._replace(distribution="not-there"))
    with pytest.raises(UsageError, match=r"'not-there'"):
        fill_lite(nn.Linear(1, 1), "lite0")


def test_a_pickle_that_asks_to_run_something_is_refused() -> None:
    with pytest.raises(WeightsError, match=r"builtins\.eval.*nothing was run"):
        pretrained._Arrays(BytesIO(pickle.dumps(eval))).load()
