"""Self-attention for frozen weights."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 -- its usual name


class FrozenAttention(nn.Module):
    """Computes what a batch-first `nn.MultiheadAttention` does, on the weights of one.

    That module multiplies a transposed view of its input. With weights that want no gradient torch
    then copies them once for every token, which costs several times the product itself.

    Args:
        attention: where the weights come from.
    """

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.heads = attention.num_heads
        self.in_proj_weight = attention.in_proj_weight
        self.in_proj_bias = attention.in_proj_bias
        self.out_proj = attention.out_proj
        self.train(attention.training)

    def forward(self, x: Tensor, *_same: Tensor, **_options: object) -> tuple[Tensor, None]:
        """Attend from `B×L×E` tokens to themselves; the answer's second half is never used."""
        projected = F.linear(x.contiguous(), self.in_proj_weight, self.in_proj_bias)
        split = projected.view(*x.shape[:2], 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(query, key, value)
        answer: Tensor = self.out_proj(found.transpose(1, 2).flatten(2))
        return answer, None


def replace_attention(tower: nn.Module) -> None:
    """Put `FrozenAttention` in the place of every self-attention in an image tower."""
    for module in tower.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.MultiheadAttention):
                setattr(module, name, FrozenAttention(child))
