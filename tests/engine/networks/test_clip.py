import gc
import weakref
from pathlib import Path

import pytest
import safetensors.torch
import torch
from open_clip.model import build_model_from_openai_state_dict
from open_clip.tokenizer import tokenize
from torch import Tensor
from torch.nn.functional import normalize

from flexit_engine.errors import TextError, WeightsError
from flexit_engine.networks.clip import ClipEncoder, load_clip

CPU = torch.device("cpu")
NAMES = ["rn-tiny", "vit-tiny", "rn-wide"]
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)


@pytest.fixture(scope="module", params=NAMES)
def encoder(request: pytest.FixtureRequest, reference_weights: Path) -> ClipEncoder:
    return load_clip(request.param, reference_weights / f"clip-{request.param}.pt", CPU)


@pytest.fixture(scope="module")
def vit(reference_weights: Path) -> ClipEncoder:
    return load_clip("vit-tiny", reference_weights / "clip-vit-tiny.pt", CPU)


def read(folder: Path, name: str) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = torch.load(folder / f"clip-{name}.pt", weights_only=True)
    return tensors


def test_is_open_clips_network(encoder: ClipEncoder, reference_weights: Path) -> None:
    published = build_model_from_openai_state_dict(read(reference_weights, encoder.name)).float()
    image = torch.rand(2, 3, encoder.resolution, encoder.resolution)
    texts = ["a photo of a red apple", "Dog"]
    with torch.no_grad():
        expected = normalize(published.encode_image((image - MEAN) / STD), dim=-1)
        expected_text = normalize(published.encode_text(tokenize(texts)), dim=-1)
        torch.testing.assert_close(encoder.encode_image(image), expected, rtol=0, atol=2e-6)
        torch.testing.assert_close(encoder.encode_text(texts), expected_text, rtol=0, atol=1e-6)


def test_vit_is_the_original_arithmetic(vit: ClipEncoder, reference_weights: Path) -> None:
    """QuickGELU, by hand: open_clip alone would run GELU unless asked."""
    w = read(reference_weights, "vit-tiny")
    image = torch.rand(2, 3, 64, 64)
    x = torch.conv2d((image - MEAN) / STD, w["visual.conv1.weight"], stride=16)
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([w["visual.class_embedding"].expand(2, 1, -1), x], dim=1)
    x = norm(x + w["visual.positional_embedding"], w, "visual.ln_pre")
    for layer in range(2):
        x = block(x, w, f"visual.transformer.resblocks.{layer}")
    x = norm(x[:, 0], w, "visual.ln_post") @ w["visual.proj"]
    torch.testing.assert_close(vit.encode_image(image), normalize(x, dim=-1), rtol=0, atol=2e-6)


def norm(x: Tensor, w: dict[str, Tensor], name: str) -> Tensor:
    return torch.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"])


def block(x: Tensor, w: dict[str, Tensor], name: str) -> Tensor:
    h = norm(x, w, f"{name}.ln_1")
    qkv = h @ w[f"{name}.attn.in_proj_weight"].T + w[f"{name}.attn.in_proj_bias"]
    q, k, v = qkv.chunk(3, dim=-1)  # one head of 64
    h = torch.softmax(q @ k.transpose(1, 2) / 8, dim=-1) @ v
    x = x + h @ w[f"{name}.attn.out_proj.weight"].T + w[f"{name}.attn.out_proj.bias"]
    h = norm(x, w, f"{name}.ln_2")
    h = h @ w[f"{name}.mlp.c_fc.weight"].T + w[f"{name}.mlp.c_fc.bias"]
    h = h * torch.sigmoid(1.702 * h)
    return x + h @ w[f"{name}.mlp.c_proj.weight"].T + w[f"{name}.mlp.c_proj.bias"]


def test_resolution_is_read_from_the_file(encoder: ClipEncoder) -> None:
    assert encoder.resolution == {"rn-tiny": 64, "vit-tiny": 64, "rn-wide": 96}[encoder.name]


def test_embeddings_are_float32_of_unit_length(encoder: ClipEncoder) -> None:
    image = encoder.encode_image(torch.rand(3, 3, encoder.resolution, encoder.resolution))
    text = encoder.encode_text(["cat", "dog"])
    assert image.shape[0] == 3
    assert text.shape == (2, image.shape[1])
    for vectors in (image, text):
        assert vectors.dtype == torch.float32
        torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(len(vectors)))


def test_is_frozen(encoder: ClipEncoder) -> None:
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    assert not any(module.training for module in encoder.modules())
    image = torch.rand(1, 3, encoder.resolution, encoder.resolution, requires_grad=True)
    (gradient,) = torch.autograd.grad(encoder.encode_image(image).sum(), image)
    assert gradient.abs().sum() > 0
    assert not encoder.encode_text(["cat"]).requires_grad


def test_batch_norms_are_folded(reference_weights: Path) -> None:
    encoder = load_clip("rn-tiny", reference_weights / "clip-rn-tiny.pt", CPU)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in encoder.modules())


def test_dropping_the_text_tower_frees_it(reference_weights: Path) -> None:
    encoder = load_clip("vit-tiny", reference_weights / "clip-vit-tiny.pt", CPU)
    assert encoder.text is not None
    tower = {weakref.ref(parameter) for parameter in encoder.text.parameters()}
    kept = {id(parameter) for parameter in encoder.visual.parameters()}
    encoder.drop_text_tower()
    gc.collect()
    assert len(tower) > 10
    assert all(reference() is None for reference in tower)
    assert {id(parameter) for parameter in encoder.parameters()} == kept
    encoder.encode_image(torch.rand(1, 3, 64, 64))
    with pytest.raises(WeightsError, match="was given back"):
        encoder.encode_text(["cat"])


def test_refuses_a_text_it_cannot_read_whole(vit: ClipEncoder) -> None:
    vit.encode_text(["dog " * 75])
    with pytest.raises(TextError, match="too long for vit-tiny"):
        vit.encode_text(["cat", "dog " * 76])


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_keeps_the_direction(name: str, reference_weights: Path) -> None:
    path = reference_weights / f"clip-{name}.pt"
    half = load_clip(
        name, path, CPU, {"convolutional": torch.bfloat16, "transformer": torch.bfloat16}
    )
    full = load_clip(name, path, CPU)
    image = torch.rand(2, 3, full.resolution, full.resolution)
    found = half.encode_image(image)
    assert found.dtype == torch.float32
    assert torch.bfloat16 in {parameter.dtype for parameter in half.visual.parameters()}
    assert ((found * full.encode_image(image)).sum(dim=-1) > 0.98).all()
    assert torch.equal(half.encode_text(["cat"]), full.encode_text(["cat"]))


def test_reads_safetensors(vit: ClipEncoder, reference_weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "open_clip_model.safetensors"
    safetensors.torch.save_file(read(reference_weights, "vit-tiny"), path)
    image = torch.rand(1, 3, 64, 64)
    found = load_clip("vit-tiny", path, CPU).encode_image(image)
    assert torch.equal(found, vit.encode_image(image))


@pytest.mark.parametrize("file", ["vgg16.pth", "vqgan.ckpt"])
def test_refuses_another_network(file: str, reference_weights: Path) -> None:
    with pytest.raises(WeightsError, match="does not hold a CLIP network"):
        load_clip("RN50", reference_weights / file, CPU)


def test_refuses_a_network_with_a_part_missing(reference_weights: Path, tmp_path: Path) -> None:
    tensors = read(reference_weights, "vit-tiny")
    del tensors["visual.transformer.resblocks.1.ln_2.bias"]
    torch.save(tensors, tmp_path / "clip.pt")
    with pytest.raises(WeightsError, match="do not fit together"):
        load_clip("ViT-B/32", tmp_path / "clip.pt", CPU)
