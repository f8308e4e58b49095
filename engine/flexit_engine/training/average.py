"""The running mean of a network's weights: steadier than the last step's, so it is exported."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.training.run import load_modules

DECAY = 0.999
"""What is left of the mean at each step; the rest is the new weights."""


def averaged(model: MiniAutoencoder) -> AveragedModel:
    """A running mean that begins with a network's weights."""
    mean = get_ema_multi_avg_fn(DECAY)  # type: ignore[no-untyped-call]
    return AveragedModel(model, multi_avg_fn=mean)


def read_average(checkpoint: Path) -> MiniAutoencoder:
    """The autoencoder that a stage has arrived at.

    Raises:
        UsageError: the stage has not run.
    """
    average = averaged(MiniAutoencoder())
    load_modules(checkpoint, average=average)
    return cast(MiniAutoencoder, average.module)
