import contextlib
import io
from pathlib import Path

import pytest
import safetensors.torch
import torch
import yaml
from taming.modules.diffusionmodules.model import Decoder, Encoder
from torch import Tensor

from flexit_engine.errors import WeightsError
from flexit_engine.networks.vqgan import VQGAN, convert_vqgan, load_vqgan, soft_clamp

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def vqgan(reference_weights: Path) -> VQGAN:
    return load_vqgan(reference_weights / "vqgan.ckpt", reference_weights / "model.yaml", CPU)


@pytest.fixture(scope="module")
def published(reference_weights: Path) -> dict[str, Tensor]:
    checkpoint = torch.load(reference_weights / "vqgan.ckpt", weights_only=True)
    tensors: dict[str, Tensor] = checkpoint["state_dict"]
    return tensors


def test_is_the_codes_of_taming(
    vqgan: VQGAN, published: dict[str, Tensor], reference_weights: Path
) -> None:
    shape = yaml.safe_load((reference_weights / "model.yaml").read_text())
    shape = shape["model"]["params"]["ddconfig"]
    with contextlib.redirect_stdout(io.StringIO()):
        encoder, decoder = Encoder(**shape), Decoder(**shape)
    part = {
        name: {k.removeprefix(f"{name}."): v for k, v in published.items() if k.startswith(name)}
        for name in ("encoder", "decoder", "quant_conv", "post_quant_conv")
    }
    encoder.load_state_dict(part["encoder"])
    decoder.load_state_dict(part["decoder"])
    image = torch.rand(2, 3, 64, 32)
    with torch.no_grad():
        expected = torch.conv2d(encoder(2 * image - 1), **part["quant_conv"])
        torch.testing.assert_close(vqgan.encode(image), expected)
        decoded = decoder(torch.conv2d(expected, **part["post_quant_conv"]))
        torch.testing.assert_close(vqgan.decode(expected), released_soft_clamp((decoded + 1) / 2))
    assert expected.shape == (2, 32, 64 // vqgan.stride, 32 // vqgan.stride)


def released_soft_clamp(image: Tensor) -> Tensor:
    x = (2 * image - 1).pow(5).tanh()
    return (x.relu().pow(0.2) - (-x).relu().pow(0.2) + 1) / 2


def test_soft_clamp_values() -> None:
    values = soft_clamp(torch.tensor([0.0, 0.1, 0.5, 0.9, 1.0, 1e9, -1e9]))
    expected = torch.tensor([0.027, 0.103, 0.5, 0.897, 0.973, 1.0, 0.0])
    torch.testing.assert_close(values, expected, rtol=0, atol=5e-4)


def test_soft_clamp_is_the_released_one_everywhere() -> None:
    image = torch.linspace(-1, 2, 100_001, dtype=torch.float64)
    torch.testing.assert_close(soft_clamp(image), released_soft_clamp(image), rtol=0, atol=1e-12)


def test_soft_clamp_has_a_gradient_everywhere() -> None:
    image = torch.cat([torch.linspace(-1, 2, 10_001), torch.tensor([0.5, 0.5 + 1e-7, 50.0])])
    image.requires_grad_()
    (gradient,) = torch.autograd.grad(soft_clamp(image).sum(), image)
    assert gradient.isfinite().all()
    assert gradient[-3] == 1
    inside = torch.rand(50, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(soft_clamp, (inside,))


def test_is_frozen(vqgan: VQGAN) -> None:
    assert not any(parameter.requires_grad for parameter in vqgan.parameters())
    assert not any(module.training for module in vqgan.modules())


def test_leaves_out_the_codebook(vqgan: VQGAN, published: dict[str, Tensor]) -> None:
    assert any(name.startswith("quantize") for name in published)
    assert not any(name.startswith("quantize") for name in vqgan.state_dict())


def test_converted_weights_are_the_same_network(
    vqgan: VQGAN, reference_weights: Path, tmp_path: Path
) -> None:
    out, config = tmp_path / "vqgan.safetensors", reference_weights / "model.yaml"
    convert_vqgan(reference_weights / "vqgan.ckpt", config, out)
    kinds = {name.split(".")[0] for name in safetensors.torch.load_file(out)}
    assert kinds == {"encoder", "decoder", "quant_conv", "post_quant_conv"}
    again = load_vqgan(out, config, CPU)
    latent = torch.randn(1, 32, 2, 2)
    assert torch.equal(again.decode(latent), vqgan.decode(latent))


def test_prints_nothing(reference_weights: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_vqgan(reference_weights / "vqgan.ckpt", reference_weights / "model.yaml", CPU)
    assert capfd.readouterr() == ("", "")


def test_half_precision_gives_float32_pictures(reference_weights: Path, vqgan: VQGAN) -> None:
    half = load_vqgan(
        reference_weights / "vqgan.ckpt", reference_weights / "model.yaml", CPU, torch.bfloat16
    )
    assert {parameter.dtype for parameter in half.parameters()} == {torch.bfloat16}
    image = torch.rand(1, 3, 32, 32)
    latent = half.encode(image)
    assert latent.dtype == half.decode(latent).dtype == torch.float32
    assert (half.decode(latent) - vqgan.decode(latent)).abs().mean() < 0.02


def test_says_which_weight_is_missing(
    published: dict[str, Tensor], reference_weights: Path, tmp_path: Path
) -> None:
    tensors = {k: v for k, v in published.items() if k != "decoder.conv_out.weight"}
    torch.save({"state_dict": tensors}, tmp_path / "bad.ckpt")
    with pytest.raises(WeightsError, match=r"no 'decoder\.conv_out\.weight'"):
        load_vqgan(tmp_path / "bad.ckpt", reference_weights / "model.yaml", CPU)


def test_refuses_another_network(reference_weights: Path) -> None:
    with pytest.raises(WeightsError, match=r"'vgg16\.pth' does not hold this VQGAN"):
        load_vqgan(reference_weights / "vgg16.pth", reference_weights / "model.yaml", CPU)


@pytest.mark.parametrize(
    "text", ["a: b", "[]", "model: {params: {embed_dim: 1, ddconfig: {ch: 1}}}", "\0", "x: ]"]
)
def test_refuses_a_broken_description(reference_weights: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "model.yaml").write_text(text)
    with pytest.raises(WeightsError, match="does not describe a VQGAN"):
        load_vqgan(reference_weights / "vqgan.ckpt", tmp_path / "model.yaml", CPU)
