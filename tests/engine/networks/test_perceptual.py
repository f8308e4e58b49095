import warnings
from pathlib import Path

import pytest
import torch
from torch import Tensor

from flexit_engine.errors import WeightsError
from flexit_engine.networks.perceptual import LPIPS, load_lpips

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def lpips(reference_weights: Path) -> LPIPS:
    return load_lpips(reference_weights / "vgg16.pth", CPU)


@pytest.fixture
def pictures() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.rand(2, 3, 48, 64), torch.rand(2, 3, 48, 64)


def test_is_the_distance_of_the_lpips_package(
    lpips: LPIPS, pictures: tuple[Tensor, Tensor], reference_weights: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchvision's, about arguments that lpips still uses
        import lpips as package

        published = package.LPIPS(net="vgg", pnet_rand=True, verbose=False)
    weights = torch.load(reference_weights / "vgg16.pth", weights_only=True)
    slices = {name: layer for part in range(1, 6) for name, layer in _layers(published, part)}
    for name, layer in slices.items():
        if f"features.{name}.weight" in weights:
            layer.weight.data = weights[f"features.{name}.weight"]
            layer.bias.data = weights[f"features.{name}.bias"]
    ours, theirs = pictures
    with torch.no_grad():
        expected = published(ours, theirs, normalize=True).flatten()
        found = lpips.distance(lpips.features(ours), lpips.features(theirs))
    assert expected.min() > 0.05
    torch.testing.assert_close(found, expected)


def _layers(published: torch.nn.Module, part: int) -> list[tuple[str, torch.nn.Module]]:
    return list(getattr(published.net, f"slice{part}").named_children())


def test_distance_to_itself_is_nothing(lpips: LPIPS, pictures: tuple[Tensor, Tensor]) -> None:
    features = lpips.features(pictures[0])
    assert lpips.distance(features, features).tolist() == [0, 0]


def test_one_reference_serves_several_pictures(
    lpips: LPIPS, pictures: tuple[Tensor, Tensor]
) -> None:
    one, two = lpips.features(pictures[0][:1]), lpips.features(pictures[1])
    alone = [lpips.distance(lpips.features(p[None]), one) for p in pictures[1]]
    torch.testing.assert_close(lpips.distance(two, one), torch.cat(alone))


def test_has_a_gradient_where_nothing_is_seen(reference_weights: Path) -> None:
    network = load_lpips(reference_weights / "vgg16.pth", CPU)
    for layer in network.trunk:
        if isinstance(layer, torch.nn.Conv2d):
            layer.bias.fill_(-1e3)  # every channel is 0 after the first layer
    image = torch.full((1, 3, 32, 32), 0.5, requires_grad=True)
    reference = tuple(torch.ones_like(f) for f in network.features(image.detach()))
    distance = network.distance(network.features(image), reference)
    (gradient,) = torch.autograd.grad(distance.sum(), image)
    assert gradient.isfinite().all()


def test_is_frozen(lpips: LPIPS) -> None:
    assert not any(parameter.requires_grad for parameter in lpips.parameters())
    assert not any(module.training for module in lpips.modules())


def test_half_precision_compares_in_float32(
    lpips: LPIPS, pictures: tuple[Tensor, Tensor], reference_weights: Path
) -> None:
    half = load_lpips(reference_weights / "vgg16.pth", CPU, torch.bfloat16)
    assert {parameter.dtype for parameter in half.trunk.parameters()} == {torch.bfloat16}
    features = [half.features(picture) for picture in pictures]
    assert {feature.dtype for feature in features[0]} == {torch.float32}
    found = half.distance(features[0], features[1])
    expected = lpips.distance(lpips.features(pictures[0]), lpips.features(pictures[1]))
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0)


def test_is_quiet(reference_weights: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_lpips(reference_weights / "vgg16.pth", CPU)
    assert capfd.readouterr() == ("", "")


def test_refuses_another_network(reference_weights: Path) -> None:
    with pytest.raises(WeightsError, match="does not hold VGG16"):
        load_lpips(reference_weights / "clip-vit-tiny.pt", CPU)
