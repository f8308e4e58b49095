"""Group normalisation for frozen weights, with a fast way back on CPUs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class FrozenGroupNorm(nn.Module):
    """Computes what `nn.GroupNorm` does, on its weights.

    Torch's own gradient takes seventeen times as long in channels-last layout as in the other one
    (measured on 128×288×288), and the convolutions around it want channels-last.

    Args:
        norm: where weights, groups and epsilon come from.
    """

    def __init__(self, norm: nn.GroupNorm) -> None:
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        self.groups, self.eps = norm.num_groups, norm.eps
        self.train(norm.training)

    def forward(self, x: Tensor) -> Tensor:
        """`B×C×H×W` to the same shape."""
        out: Tensor = _GroupNorm.apply(x, self.weight, self.bias, self.groups, self.eps)
        return out


class _GroupNorm(torch.autograd.Function):
    """With x̂ = (x − mean)·rstd, dx = rstd·(w·dy − mean(w·dy) − x̂·mean(w·dy·x̂)), by group."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        groups: int,
        eps: float,
    ) -> Tensor:
        batch, channels, height, width = x.shape
        out, mean, rstd = torch.native_group_norm(
            x, weight, bias, batch, channels, height * width, groups, eps
        )
        ctx.save_for_backward(x, weight, mean, rstd)
        ctx.groups = groups
        return out

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        (slope,) = slopes
        x, weight, mean, rstd = ctx.saved_tensors
        batch, channels, height, width = x.shape
        weight, mean, rstd = weight.float(), mean.float(), rstd.float()

        groups: int = ctx.groups

        def by_group(sums: Tensor) -> Tensor:
            grouped: Tensor = (sums * weight).view(batch, groups, -1).sum(-1)
            return grouped

        def by_channel(values: Tensor) -> Tensor:
            repeated = values.repeat_interleave(channels // groups, dim=1)
            shaped: Tensor = repeated.to(x.dtype).view(batch, channels, 1, 1)
            return shaped

        size = height * width * (channels // groups)
        mean_slope = by_group(slope.sum((2, 3), dtype=torch.float32)) / size
        mean_product = by_group((slope * x).sum((2, 3), dtype=torch.float32)) / size
        bend = rstd**3 * (mean_product - mean * mean_slope)
        shift = by_channel(mean * bend - rstd * mean_slope)
        scale = (rstd.repeat_interleave(channels // groups, dim=1) * weight).to(x.dtype)
        moved = torch.addcmul(shift, x, by_channel(-bend))
        moved = moved.addcmul_(slope, scale.view(batch, channels, 1, 1))
        return moved, None, None, None, None


def replace_group_norms(network: nn.Module) -> None:
    """Put `FrozenGroupNorm` in the place of every group normalisation of a network."""
    for module in network.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.GroupNorm):
                setattr(module, name, FrozenGroupNorm(child))
