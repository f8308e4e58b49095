from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import inception as published

from flexit_engine.benchmark import inception
from flexit_engine.benchmark.imagenet import ImageNet
from flexit_engine.benchmark.judges import DeiT, load_deit, load_trained_judge
from flexit_engine.benchmark.lpips_alex import load_lpips_alex
from flexit_engine.benchmark.queries import Label
from flexit_engine.errors import UsageError, WeightsError

from .tiny import NAMES


@pytest.fixture
def image() -> Tensor:
    torch.manual_seed(0)
    return torch.rand(2, 3, 64, 64)


def test_a_trained_judge_names_describes_and_compares(judge_file: Path, image: Tensor) -> None:
    judge = load_trained_judge(judge_file, "cpu")
    lemon = Label(7, "lemon", ("fruit",), "fruit")
    assert judge.columns({7: lemon}) == {7: {NAMES.index("lemon")}}
    assert judge.logits(image).shape == (2, len(judge.names))
    assert torch.allclose(judge.network.head(judge.features(image)), judge.network(image))
    assert judge.distance(image, image).tolist() == [0, 0]
    assert (judge.distance(image, image.flip(2)) > 0.1).all()


def test_a_judge_that_does_not_know_a_label_says_so(judge_file: Path) -> None:
    judge = load_trained_judge(judge_file, "cpu")
    with pytest.raises(UsageError, match="does not know 'tench'"):
        judge.columns({0: Label(0, "tench", ("fishes",), "fishes")})


def test_a_file_that_is_no_judge_is_refused(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
    for path in (tmp_path / "x.safetensors", tmp_path / "missing.safetensors"):
        with pytest.raises(WeightsError, match="not a judge"):
            load_trained_judge(path, "cpu")


class StandIn(nn.Module):
    """Has DeiT's interface: 384 pixels, normalised, 1000 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.seen = torch.empty(0)

    def forward(self, image: Tensor) -> Tensor:
        self.seen = image
        return functional.one_hot(torch.tensor([7, 0]), 1000).float() + self.weight


def test_deit_sees_384_normalised_pixels_and_chooses_among_the_benchmarks_labels(
    tmp_path: Path,
) -> None:
    network, labels = StandIn(), ImageNet(tmp_path, 32).labels
    deit = DeiT(network)
    columns = deit.columns(labels)
    logits = deit.logits(torch.stack([torch.zeros(3, 64, 64), torch.ones(3, 64, 64)]))
    assert network.seen.shape == (2, 3, 384, 384)
    assert network.seen[0].mean(dim=(1, 2)).tolist() == pytest.approx(
        [-2.118, -2.036, -1.804], 1e-3
    )
    assert network.seen[1].mean(dim=(1, 2)).tolist() == pytest.approx([2.249, 2.429, 2.640], 1e-3)
    candidates = deit.candidates(labels)
    assert len(candidates) == 273
    assert 7 not in candidates  # a cock is no label of the benchmark
    assert columns[0] == {0}  # tench
    assert candidates[int(logits[1, candidates].argmax())] in columns[0]


def test_deits_weights_are_read_into_timms_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = StandIn()
    weights.weight.data.fill_(3)
    save_file(weights.state_dict(), tmp_path / "deit.safetensors")
    asked = []

    def create_model(name: str, pretrained: bool) -> nn.Module:
        asked.append((name, pretrained))
        return StandIn()

    monkeypatch.setattr("timm.create_model", create_model)
    deit = load_deit(tmp_path / "deit.safetensors", "cpu")
    assert asked == [("deit_base_distilled_patch16_384", False)]
    assert deit.logits(torch.rand(2, 3, 8, 8)).min() == 3


def test_inceptions_poolings_are_those_of_the_published_weights() -> None:
    torch.manual_seed(0)
    x = torch.rand(1, 192, 5, 5)
    ours, theirs = inception._A(192, 32).eval(), published.InceptionA(192, 32).eval()
    theirs.load_state_dict(ours.state_dict())
    pooled = slice(224, None)
    with torch.no_grad():
        one, two = ours(x), theirs(x)
        count = functional.avg_pool2d(torch.ones_like(x), 3, 1, 1)
        expected = ours.branch_pool(functional.avg_pool2d(x, 3, 1, 1) / count)
    assert torch.equal(one[:, :224], two[:, :224])
    torch.testing.assert_close(one[:, pooled], expected)
    assert not torch.allclose(one[:, pooled], two[:, pooled])


def test_inception_gives_2048_features_and_reads_only_its_own_weights(tmp_path: Path) -> None:
    network = inception.build()
    state = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    torch.save({**state, "fc.weight": torch.zeros(1008, 2048)}, tmp_path / "fid.pth")
    loaded = inception.load_inception(tmp_path / "fid.pth", "cpu")
    assert loaded.features(torch.rand(1, 3, 32, 32)).shape == (1, 2048)
    torch.save({}, tmp_path / "empty.pth")
    with pytest.raises(WeightsError, match="FID's Inception"):
        inception.load_inception(tmp_path / "empty.pth", "cpu")


def test_lpips_reads_alexnets_weights_from_a_file(tmp_path: Path, image: Tensor) -> None:
    torch.manual_seed(1)
    shapes = {
        0: (64, 3, 11),
        3: (192, 64, 5),
        6: (384, 192, 3),
        8: (256, 384, 3),
        10: (256, 256, 3),
    }
    weights = {
        **{
            f"features.{n}.weight": torch.randn(o, i, k, k) * 0.05
            for n, (o, i, k) in shapes.items()
        },
        **{f"features.{n}.bias": torch.zeros(o) for n, (o, _, _) in shapes.items()},
    }
    torch.save(weights, tmp_path / "alexnet.pth")
    lpips = load_lpips_alex(tmp_path / "alexnet.pth", "cpu")
    assert lpips.distance(image, image).tolist() == [0, 0]
    first = lpips.distance(image, image.flip(2))
    assert (first > 1).all()
    weights["features.0.weight"] *= -1
    torch.save(weights, tmp_path / "other.pth")
    other = load_lpips_alex(tmp_path / "other.pth", "cpu")
    assert not torch.allclose(other.distance(image, image.flip(2)), first)
    torch.save({"features.0.weight": weights["features.0.weight"]}, tmp_path / "part.pth")
    with pytest.raises(WeightsError, match="does not hold AlexNet"):
        load_lpips_alex(tmp_path / "part.pth", "cpu")
