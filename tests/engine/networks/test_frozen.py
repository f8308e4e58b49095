"""Stand-ins for torch's own modules compute the same, forward and back."""

import torch
from torch import Tensor, nn
from torch.testing import assert_close

from flexit_engine.networks.attention import replace_attention
from flexit_engine.networks.group_norm import FrozenGroupNorm, replace_group_norms


def test_group_norm_and_its_gradient_in_float64() -> None:
    torch.manual_seed(0)
    norm = nn.GroupNorm(4, 12, eps=1e-6).double()
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
        parameter.requires_grad_(False)
    ours = FrozenGroupNorm(norm)
    x = torch.randn(2, 12, 5, 7, dtype=torch.float64).requires_grad_()
    assert_close(ours(x), norm(x))
    assert torch.autograd.gradcheck(ours, (x,))


def test_group_norm_in_bfloat16_points_the_same_way() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.GroupNorm(32, 64)).bfloat16().requires_grad_(False)
    x = torch.randn(1, 64, 48, 48).bfloat16().to(memory_format=torch.channels_last)
    slope = torch.randn_like(x)

    def gradient() -> Tensor:
        wanted = x.detach().requires_grad_()
        return torch.autograd.grad(network(wanted), wanted, slope)[0].float()

    expected = gradient()
    replace_group_norms(network)
    assert isinstance(network[0], FrozenGroupNorm)
    assert (gradient() - expected).norm() < 0.01 * expected.norm()


def test_attention_and_its_gradient() -> None:
    torch.manual_seed(0)
    tower = nn.ModuleDict({"attn": nn.MultiheadAttention(16, 4, batch_first=True)}).double()
    nn.init.normal_(tower["attn"].in_proj_bias)
    tower.requires_grad_(False)
    x = torch.randn(2, 5, 16, dtype=torch.float64).requires_grad_()
    slope = torch.randn_like(x)
    expected = tower["attn"](x, x, x, need_weights=False)[0]
    (expected_slope,) = torch.autograd.grad(expected, x, slope)
    replace_attention(tower)
    found = tower["attn"](x, x, x, need_weights=False)[0]
    (found_slope,) = torch.autograd.grad(found, x, slope)
    assert_close(found, expected)
    assert_close(found_slope, expected_slope)
