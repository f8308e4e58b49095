from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import resnet50

from flexit_engine.benchmark.generators.icgan import fold, load_extractor, load_icgan
from flexit_engine.benchmark.generators.stylegan2 import load_stylegan2
from flexit_engine.errors import WeightsError

from .conftest import Recorded

CPU = torch.device("cpu")


class Bright(nn.Module):
    """Instance features that only know how bright a picture is."""

    def forward(self, image: Tensor) -> Tensor:
        return image.mean(dim=(1, 2, 3))[:, None] + torch.arange(2048) / 2048


def test_stylegan2_paints_what_the_published_code_paints(
    stylegan2_file: Path, recorded_stylegan2: Recorded
) -> None:
    generator = load_stylegan2(stylegan2_file, CPU)
    assert generator.side == 32
    made = generator.generate(recorded_stylegan2.latent)
    assert (made - recorded_stylegan2.image).abs().max() < 1e-4
    assert recorded_stylegan2.image.std() > 0.1


def test_stylegan2_starts_at_the_stored_mean_style(
    stylegan2_file: Path, recorded_stylegan2: Recorded
) -> None:
    generator = load_stylegan2(stylegan2_file, CPU)
    start = generator.start(torch.zeros(3, 3, 32, 32))
    assert start.shape == (3, *recorded_stylegan2.latent.shape[1:])
    assert recorded_stylegan2.average is not None
    assert torch.equal(start[2, :, 4, 0], recorded_stylegan2.average)


def test_without_a_stored_mean_style_it_is_the_mapping_networks_mean(
    recorded_stylegan2: Recorded, tmp_path: Path
) -> None:
    torch.save({"g_ema": recorded_stylegan2.weights}, tmp_path / "g.pt")
    generator = load_stylegan2(tmp_path / "g.pt", CPU)
    some = generator.style(torch.randn(4096, 10, generator=torch.Generator().manual_seed(1)))
    spread = some.std(0)
    assert ((generator.average - some.mean(0)).abs() < 0.1 * spread).all()


def test_icgan_paints_what_the_published_code_paints(
    icgan_file: Path, recorded_icgan: Recorded
) -> None:
    generator = load_icgan(icgan_file, Bright(), CPU)
    assert generator.side == 32
    made = generator.generate(recorded_icgan.latent)
    assert (made - recorded_icgan.image).abs().max() < 1e-4
    assert recorded_icgan.image.std() > 0.05


def test_icgan_starts_at_the_pictures_own_features(icgan_file: Path) -> None:
    generator = load_icgan(icgan_file, Bright(), CPU)
    image = torch.stack([torch.zeros(3, 32, 32), torch.ones(3, 32, 32)])
    start = generator.start(image)
    assert start.shape == (2, generator.noise + 2048, 1, 1)
    assert (start[:, : generator.noise] == 0).all()
    assert torch.allclose(start[:, generator.noise :].norm(dim=1), torch.ones(2, 1, 1))
    assert not torch.equal(start[0], start[1])


def test_a_generator_conditioned_on_classes_is_refused(
    recorded_icgan: Recorded, tmp_path: Path
) -> None:
    weights = {
        name: torch.cat([tensor, tensor[:, :2]], 1) if ".bn1.gain.weight" in name else tensor
        for name, tensor in recorded_icgan.weights.items()
    }
    torch.save(weights, tmp_path / "classes.pth")
    with pytest.raises(WeightsError, match="classes"):
        load_icgan(tmp_path / "classes.pth", Bright(), CPU)


def test_folding_leaves_a_spectral_norm_of_one() -> None:
    matrix = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    left = torch.linalg.svd(matrix).U[:, :1].T
    folded = fold({"linear.weight": matrix, "linear.u0": left, "linear.bias": torch.ones(6)})
    assert float(torch.linalg.matrix_norm(folded["linear.weight"], 2)) == pytest.approx(1, abs=1e-5)
    assert torch.equal(folded["linear.bias"], torch.ones(6))


def test_swavs_file_becomes_a_feature_extractor(tmp_path: Path) -> None:
    network = resnet50(weights=None).eval()
    weights = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    weights |= {"module.prototypes.weight": torch.zeros(3, 128)}
    torch.save(weights, tmp_path / "swav.pth.tar")
    extractor = load_extractor(tmp_path / "swav.pth.tar", CPU)
    image = torch.rand(1, 3, 64, 64)
    features = extractor(image)
    assert features.shape == (1, 2048)
    with torch.no_grad():
        assert torch.allclose(network.fc(features), network(image), atol=1e-4)


def test_a_checkpoint_that_asks_to_run_something_is_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "sprung"),)

    (tmp_path / "trap.pt").write_bytes(pickle.dumps({"g_ema": Trap()}))
    with pytest.raises(WeightsError, match=r"trap\.pt"):
        load_stylegan2(tmp_path / "trap.pt", CPU)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("contents", [{}, {"g_ema": {}}, {"weights": torch.ones(1)}])
def test_another_checkpoint_is_named(tmp_path: Path, contents: dict[str, object]) -> None:
    torch.save(contents, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match=r"'other\.pt'.*StyleGAN2"):
        load_stylegan2(tmp_path / "other.pt", CPU)
    with pytest.raises(WeightsError, match=r"'other\.pt'.*IC-GAN"):
        load_icgan(tmp_path / "other.pt", Bright(), CPU)


def test_a_missing_tensor_is_named(recorded_stylegan2: Recorded, tmp_path: Path) -> None:
    weights = dict(recorded_stylegan2.weights)
    del weights["to_rgbs.1.bias"]
    torch.save({"g_ema": weights}, tmp_path / "short.pt")
    with pytest.raises(WeightsError, match=r"to_rgbs\.1\.bias"):
        load_stylegan2(tmp_path / "short.pt", CPU)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.pt"):
        load_stylegan2(tmp_path / "nowhere.pt", CPU)
