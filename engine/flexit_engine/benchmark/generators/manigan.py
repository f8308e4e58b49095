"""ManiGAN: main module and detail correction, from their published state dicts.

Li, Qi, Lukasiewicz, Torr: ManiGAN: Text-Guided Image Manipulation, CVPR 2020. Almost all layers are
3×3 convolutions without bias, so the networks are functions of a table of weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.functional import instance_norm, interpolate

Weights = Mapping[str, Tensor]
SIDE = 256
"""Of its pictures; the sizes of its attention over channels fix it."""
REGIONS_SCALE = 3.8
"""From the image encoder's 17×17 regions to 64×64."""


class Seen(NamedTuple):
    """What the encoders say of a text and of the picture, for one query."""

    words: Tensor
    """`1×E×words`."""
    sentence: Tensor
    """`1×E`."""
    regions: Tensor
    """Of the picture, `1×E×17×17`."""
    whole: Tensor
    """Of the picture, `1×E`."""
    details: Tensor
    """VGG-16's relu2_2 of the picture, `1×128×128×128`."""


def manipulate(main: Weights, detail: Weights, seen: Seen, chance: torch.Generator) -> Tensor:
    """The edited picture, `1×3×256×256` in [0, 1].

    Args:
        main: state dict of the main module.
        detail: state dict of the detail correction module.
        seen: the text and the picture.
        chance: draws the noise; the picture depends on it.
    """
    hidden = _main_module(main, seen, chance)
    r = _up(detail, "upsample", seen.details)
    x = _affine(detail, "h_net.SAIN", _attend(detail, "h_net", hidden, seen.words), r)
    x = _gated(instance_norm(_conv(detail, "h_net.block.0", _residuals(detail, "h_net", x))))
    image = torch.tanh(_conv(detail, "img_net.img.0", _affine(detail, "SAIN", x, r)))
    return (image + 1) / 2


def _main_module(main: Weights, seen: Seen, chance: torch.Generator) -> Tensor:
    """The hidden map of the last of three stages, `1×C×256×256`."""
    mean, log_variance = _gated(
        functional.linear(seen.sentence, main["ca_net.fc.weight"], main["ca_net.fc.bias"])
    ).chunk(2, 1)
    condition = mean + (log_variance / 2).exp() * _noise(mean.shape[1], mean, chance)
    known = condition.shape[1] + seen.whole.shape[1]
    noise = _noise(main["h_net1.fc.0.weight"].shape[1] - known, mean, chance)
    x = functional.linear(torch.cat([condition, noise, seen.whole], 1), main["h_net1.fc.0.weight"])
    names = ("running_mean", "running_var", "weight", "bias")
    mean, variance, gain, bias = (main[f"h_net1.fc.1.{name}"] for name in names)
    x = _gated(functional.batch_norm(x, mean, variance, gain, bias)).view(1, -1, 4, 4)
    for stage in range(1, 5):
        x = _up(main, f"h_net1.upsample{stage}", x)
    image = _up(main, "imgUpSample", seen.regions, REGIONS_SCALE)
    for name in ("h_net2", "h_net3"):
        x = _affine(main, f"{name}.SAIN", _attend(main, name, x, seen.words), image)
        x = _up(main, f"{name}.upsample", _residuals(main, name, x))
        image = _up(main, "imgUpSample2", image)
    return x


def _noise(count: int, like: Tensor, chance: torch.Generator) -> Tensor:
    return torch.randn(1, count, generator=chance).to(like)


def _attend(weights: Weights, name: str, x: Tensor, words: Tensor) -> Tensor:
    """The map beside what each cell, and each channel of that, reads from the words: `1×3C×h×w`."""
    flat, side = x.flatten(2), x.shape[2:]
    spatial = weights[f"{name}.att.conv_context.weight"][..., 0, 0] @ words
    read = spatial @ (flat.transpose(1, 2) @ spatial).softmax(2).transpose(1, 2)
    layer = {
        64: "channel_att.conv_context2",
        128: "channel_att.conv_context3",
        256: "color_channel_att.conv_context",
    }[side[0]]
    channels = weights[f"{name}.{layer}.weight"][..., 0, 0] @ words
    read_too = (read @ channels).softmax(2) @ channels.transpose(1, 2)
    return torch.cat([x, read.view_as(x), read_too.view_as(x)], 1)


def _residuals(weights: Weights, name: str, x: Tensor) -> Tensor:
    place = 0
    while (block := f"{name}.residual.{place}.block") + ".0.weight" in weights:
        inner = _gated(instance_norm(_conv(weights, f"{block}.0", x)))
        x = x + instance_norm(_conv(weights, f"{block}.3", inner))
        place += 1
    return x


def _affine(weights: Weights, name: str, x: Tensor, image: Tensor) -> Tensor:
    """The affine combination module: the picture says how to scale and shift each value."""
    code = _conv(weights, f"{name}.conv", image)
    gain = _conv(weights, f"{name}.conv_weight", code)
    return x * gain + _conv(weights, f"{name}.conv_bias", code)


def _up(weights: Weights, name: str, x: Tensor, scale: float = 2) -> Tensor:
    wide = _conv(weights, f"{name}.1", interpolate(x, scale_factor=scale))
    return _gated(instance_norm(wide))


def _conv(weights: Weights, name: str, x: Tensor) -> Tensor:
    return functional.conv2d(x, weights[f"{name}.weight"], padding=1)


def _gated(x: Tensor) -> Tensor:
    return functional.glu(x, 1)
