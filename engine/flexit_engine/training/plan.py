"""Training as a whole: the stages in order, and what part of the budget each one gets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from flexit_engine.networks.mini.encoders import DESIGNS
from flexit_engine.training.autoencoder import train_autoencoder, train_edited
from flexit_engine.training.edits import make_edits
from flexit_engine.training.encoders import train_encoder
from flexit_engine.training.judge import train_judge
from flexit_engine.training.run import Task


class Stage(NamedTuple):
    """One stage: its part of the whole budget, and what it does."""

    share: float
    train: Callable[[Task], None]


STAGES: dict[str, Stage] = {
    **{
        f"{design}-{kind}": Stage(share, partial(train_encoder, design=design, kind=kind))
        for design in DESIGNS
        for kind, share in (("plain", 0.04), ("robust", 0.13))
    },
    "autoencoder": Stage(0.14, train_autoencoder),
    "edits": Stage(0.04, make_edits),
    "edited": Stage(0.08, train_edited),
    "judge": Stage(0.10, partial(train_judge, name="judge")),
    "second": Stage(0.08, partial(train_judge, name="second")),
}
"""Name, which is that of the checkpoint too, -> stage; 5 % are left for reading and writing."""
