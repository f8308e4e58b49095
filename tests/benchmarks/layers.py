"""What a network's layers cost one by one: the machine's own peak on exactly these shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear
from torch.utils.flop_counter import FlopCounterMode

from .clock import best_seconds


@dataclass(frozen=True)
class Layer:
    """One convolution or matrix product, forward and back to its input."""

    kind: str
    shape: tuple[int, ...]
    weight: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dtype: torch.dtype

    def seconds(self) -> float:
        x = torch.randn(self.shape).to(self.dtype)
        weight = torch.randn(self.weight).to(self.dtype)
        if self.kind == "conv":
            x, weight = (t.to(memory_format=torch.channels_last) for t in (x, weight))
        x.requires_grad_()
        out = self._forward(x, weight)
        slope = torch.randn_like(out)

        def both() -> None:
            torch.autograd.grad(self._forward(x, weight), x, slope)

        return best_seconds(both, 3)

    def operations(self) -> float:
        x = torch.empty(self.shape, dtype=self.dtype, requires_grad=True)
        with FlopCounterMode(display=False) as counter:
            out = self._forward(x, torch.empty(self.weight, dtype=self.dtype))
            torch.autograd.grad(out, x, torch.ones_like(out))
        return float(counter.get_total_flops())

    def _forward(self, x: Tensor, weight: Tensor) -> Tensor:
        if self.kind == "conv":
            return conv2d(x, weight, stride=self.stride, padding=self.padding)
        return linear(x, weight)


def find_layers(module: nn.Module, run: Callable[[], object]) -> Counter[Layer]:
    """The convolutions and linear layers that `run` passes through, with their counts."""
    found: Counter[Layer] = Counter()

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], _output: Tensor) -> None:
        shape, weight = tuple(inputs[0].shape), layer.weight
        if isinstance(layer, nn.Conv2d):
            found[Layer("conv", shape, tuple(weight.shape), layer.stride, layer.padding,
                        weight.dtype)] += 1  # fmt: skip
        else:
            found[Layer("linear", shape, tuple(weight.shape), (), (), weight.dtype)] += 1

    hooks = [
        layer.register_forward_hook(note)
        for layer in module.modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    ]
    with torch.no_grad():
        run()
    for hook in hooks:
        hook.remove()
    return found


def peak(layers: Counter[Layer]) -> tuple[float, float]:
    """Operations and seconds of the layers when each runs alone, forward and back."""
    operations = sum(layer.operations() * count for layer, count in layers.items())
    seconds = sum(layer.seconds() * count for layer, count in layers.items())
    return operations, seconds
