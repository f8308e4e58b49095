"""The judges: classifiers that only evaluate edits.

EfficientNet-Lite0 and Lite1 (Tan and Le 2019; without attention, with ReLU6) as timm builds them.
What they know of the world before they see one picture of ours they learned from ImageNet's
photographs (`pretrained.py`). The editing network `lite` is their wider relative.
"""

from __future__ import annotations

from typing import Any, cast

import timm
from torch import Tensor, nn
from torch.nn import functional

FIXED_STAGES = 2
"""Of the seven stages, those that stay as ImageNet made them: edges and textures."""


DESIGNS = ("lite0", "lite1")


class Judge(nn.Module):
    """`B×3×R×R` in [0, 1] -> `B×concepts` logits; looks at pictures resized to its own side.

    Args:
        concepts: how many it can name.
        design: one of `DESIGNS`.
        side: in pixels, of what it looks at.
    """

    def __init__(self, concepts: int, design: str = "lite0", side: int = 96) -> None:
        super().__init__()
        if design not in DESIGNS:
            raise ValueError(f"no design of a judge: {design!r}")
        self.side = side
        body: Any = timm.create_model(f"tf_efficientnet_{design}", num_classes=0)
        self.body = body
        self.width: int = body.num_features
        self.head = nn.Linear(self.width, concepts)
        self._fixed = [body.conv_stem, body.bn1, *body.blocks[:FIXED_STAGES]]
        for module in self._fixed:
            module.requires_grad_(False)

    def features(self, image: Tensor) -> Tensor:
        """`B×3×R×R` in [0, 1] -> `B×width`: what the names are read from."""
        return self.stages(image)[-1].mean(dim=(2, 3))

    def stages(self, image: Tensor) -> list[Tensor]:
        """`B×3×R×R` in [0, 1] -> `B×C×H×W` of the stages that halve the side, and of the last."""
        if image.shape[-1] != self.side:
            image = functional.interpolate(
                image, (self.side, self.side), mode="bicubic", antialias=True
            ).clamp(0.0, 1.0)
        x = self.body.bn1(self.body.conv_stem(2.0 * image - 1.0))
        found: list[Tensor] = []
        for stage in self.body.blocks:
            after = stage(x)
            if after.shape[-1] != x.shape[-1]:
                found.append(x)
            x = after
        return [*found, self.body.bn2(self.body.conv_head(x))]

    def forward(self, image: Tensor) -> Tensor:
        """Logits."""
        return cast(Tensor, self.head(self.features(image)))

    def train(self, mode: bool = True) -> Judge:
        """As of any module, but what stays as ImageNet made it keeps its statistics as well."""
        super().train(mode)
        for module in self._fixed:
            module.eval()
        return self
