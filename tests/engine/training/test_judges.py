"""The judges: what training leaves as it was."""

from __future__ import annotations

import torch
from torch import nn

from flexit_engine.training.judges import Judge


def test_training_leaves_the_first_stages_alone() -> None:
    torch.manual_seed(0)
    judge = Judge(3).train()
    first, last = judge.body.conv_stem.weight, judge.body.conv_head.weight
    mean = judge.body.bn1.running_mean.clone()
    nn.functional.cross_entropy(
        judge(torch.rand(4, 3, 64, 64)), torch.tensor([0, 1, 2, 0])
    ).backward()
    assert first.grad is None
    assert torch.equal(judge.body.bn1.running_mean, mean)
    assert last.grad is not None
    assert last.grad.abs().max() > 0
