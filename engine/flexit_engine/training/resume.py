"""Starting from finished weight files, such as those of the profile, in place of the beginning."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from flexit_engine.errors import UsageError
from flexit_engine.networks.mini import load_encoder
from flexit_engine.networks.mini.encoders import MiniEncoder, is_normalised


def resume_encoder(model: MiniEncoder, folder: Path, image: Tensor) -> None:
    """Give an encoder the weights of `DESIGN.safetensors`, and back its normalisations.

    Args:
        model: is filled.
        folder: of the weight files.
        image: `B×3×R×R` in [0, 1], a few hundred, on which the normalisations are measured.

    Raises:
        UsageError: the file's words are not those of the training data.
        WeightsError: the file cannot be read.
    """
    folded = load_encoder(folder / f"{model.name}.safetensors", model.name)
    if folded.text.vocabulary.words != model.text.vocabulary.words:
        raise UsageError(
            f"The weights in {folder} know other words than the training data.",
            "Train the encoder from the beginning, without --start.",
        )
    unfold(model, folded.eval(), image)


@torch.no_grad()
def unfold(model: MiniEncoder, folded: MiniEncoder, image: Tensor) -> None:
    """The inverse of `fold`: `model` computes what `folded` does, with normalisations to train.

    Each channel's convolution gets unit gain, so that an optimiser's steps are of one size for all;
    the normalisation gives back its scale.
    """
    pairs = {name: pair for name, pair in model.named_modules() if is_normalised(pair)}
    measured: dict[str, tuple[Tensor, Tensor]] = {}

    def measure(name: str, convolution: nn.Module, _inputs: object, output: Tensor) -> None:
        raw = output - cast(Tensor, convolution.bias)[:, None, None]
        measured[name] = raw.mean(dim=(0, 2, 3)), raw.var(dim=(0, 2, 3))

    handles = [
        folded.get_submodule(name).register_forward_hook(partial(measure, name)) for name in pairs
    ]
    folded.features(image)
    for handle in handles:
        handle.remove()
    state = folded.state_dict()
    for name, pair in pairs.items():
        weight, bias = state.pop(f"{name}.weight"), state.pop(f"{name}.bias")
        _fill(pair, weight, bias, *measured[name])
    model.load_state_dict(state, strict=False)


def _fill(pair: nn.Module, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> None:
    convolution, norm = cast(tuple[nn.Conv2d, nn.BatchNorm2d], pair)
    gain = weight.flatten(1).norm(dim=1).clamp(min=1e-8)
    convolution.weight.copy_(weight / gain[:, None, None, None])
    mean, var = mean / gain, var / gain.square()
    cast(Tensor, norm.running_mean).copy_(mean)
    cast(Tensor, norm.running_var).copy_(var)
    scale = (var + norm.eps).sqrt()
    norm.weight.copy_(gain * scale)
    norm.bias.copy_(bias + gain * mean)
