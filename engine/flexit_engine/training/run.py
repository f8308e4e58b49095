"""What every training stage shares: a budget, a schedule, checkpoints and a log."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from flexit_engine.errors import UsageError
from flexit_engine.networks.device import Kind, choose_dtype
from flexit_engine.training.corpus import Corpus

CORPUS = "corpus"
"""Folder of the prepared pictures, beside the checkpoints."""


@dataclass(frozen=True)
class Budget:
    """How long a stage runs: `90000` pictures, or `20min` of wall-clock time."""

    pictures: int = 0
    seconds: float = 0.0

    @staticmethod
    def parse(text: str) -> Budget:
        """Read `90000` or `20min`."""
        if text.endswith("min"):
            return Budget(seconds=60 * float(text.removesuffix("min")))
        return Budget(pictures=int(text))

    def share(self, pictures: int, seconds: float) -> float:
        """The part of the budget that is spent, in [0, 1]."""
        used = pictures / self.pictures if self.pictures else seconds / self.seconds
        return min(1.0, used)

    def part(self, share: float) -> Budget:
        """A share of this budget, at least one picture."""
        return Budget(math.ceil(share * self.pictures), share * self.seconds)


@dataclass(frozen=True)
class Task:
    """What a stage is given."""

    corpus: Corpus
    """On the device where pictures are painted and networks learn."""
    out: Path
    """Folder of the checkpoints."""
    budget: Budget
    seed: int
    start: Path | None = None
    """Folder of finished weight files to go on from, in place of the stage's own beginning."""
    teacher: Path | None = None
    """Folder of the files of the autoencoder's teacher."""

    @property
    def pictures(self) -> Path:
        """Folder of what was prepared."""
        return self.out / CORPUS

    @property
    def device(self) -> torch.device:
        """Where everything is computed."""
        return self.corpus.sprites.device

    def rate(self, beginning: float) -> float:
        """Peak of the learning rate: half of a beginner's where finished weights go on."""
        return beginning / 2 if self.start else beginning

    def batch(self, least: int) -> int:
        """Pictures a step: what a CPU core does well, four times as many on a GPU."""
        return least if self.device.type == "cpu" else 4 * least


def half_precision(device: torch.device, kind: Kind = "convolutional") -> torch.autocast:
    """bfloat16 for what is computed within, where the device multiplies it fast."""
    fast = choose_dtype(device, kind) == torch.bfloat16
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)


@dataclass
class Progress:
    """Where a stage stands; saved with every checkpoint."""

    pictures: int = 0
    seconds: float = 0.0
    step: int = 0


@dataclass
class Run:
    """One stage in one folder: `NAME.pt` is its checkpoint, `NAME.jsonl` its log.

    A stage in which nothing learns has neither modules nor an optimiser.
    """

    folder: Path
    name: str
    budget: Budget
    modules: dict[str, nn.Module] = field(default_factory=dict)
    optimiser: torch.optim.Optimizer | None = None
    peak_rate: float = 0.0
    progress: Progress = field(default_factory=Progress)
    save_every: float = 60.0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._mark = self._saved = time.monotonic()
        self._sums: dict[str, Tensor] = {}
        self._count = 0
        if self.path.exists():
            self._resume()

    @property
    def path(self) -> Path:
        """The checkpoint."""
        return self.folder / f"{self.name}.pt"

    @property
    def share(self) -> float:
        """The part of the budget that is spent, in [0, 1]."""
        return self.budget.share(self.progress.pictures, self.progress.seconds)

    @property
    def done(self) -> bool:
        """Whether the budget is spent."""
        return self.share >= 1.0

    def rate(self) -> float:
        """Learning rate now: 200 steps of warm-up, then a cosine down to 2 %."""
        warm = min(1.0, (self.progress.step + 1) / 200)
        return self.peak_rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.share)))

    def set_rate(self) -> None:
        """Hand the learning rate of this step to the optimiser, times each group's `factor`."""
        for group in self.optimiser.param_groups if self.optimiser else ():
            group["lr"] = self.rate() * group.get("factor", 1.0)

    def advance(self, pictures: int, figures: dict[str, Tensor]) -> None:
        """Count one step; log the means of single-valued figures and save when it is time."""
        now = time.monotonic()
        self.progress.seconds += now - self._mark
        self._mark = now
        self.progress.pictures += pictures
        self.progress.step += 1
        self._count += 1
        for key, value in figures.items():
            # left on the device: reading a number would make a GPU wait at every step
            self._sums[key] = value.detach() + self._sums.get(key, 0.0)
        if self._count == 100 or self.done:
            self._log()
        if now - self._saved > self.save_every or self.done:
            self.save()

    def save(self) -> None:
        """Write the checkpoint under its final name only when it is complete."""
        state = {
            "modules": {key: module.state_dict() for key, module in self.modules.items()},
            "optimiser": self.optimiser.state_dict() if self.optimiser else {},
            "progress": vars(self.progress),
        }
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.path)
        self._saved = time.monotonic()

    def _resume(self) -> None:
        state = torch.load(self.path, weights_only=True, map_location="cpu")
        for key, module in self.modules.items():
            module.load_state_dict(state["modules"][key])
        if self.optimiser:
            self.optimiser.load_state_dict(state["optimiser"])
        self.progress = Progress(**state["progress"])

    def _log(self) -> None:
        entry: dict[str, float] = {"share": round(self.share, 4), **vars(self.progress)}
        for key, value in self._sums.items():
            entry[key] = round(value.item() / self._count, 5)
        with (self.folder / f"{self.name}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        self._sums, self._count = {}, 0


def load_modules(path: Path, **modules: nn.Module) -> None:
    """Read the networks of a finished stage from its checkpoint.

    Raises:
        UsageError: the stage has not run.
    """
    if not path.exists():
        raise UsageError(
            f"There is no {path.name} in {path.parent}.", f"Run the stage {path.stem} first."
        )
    state = torch.load(path, weights_only=True, map_location="cpu")
    for key, module in modules.items():
        module.load_state_dict(state["modules"][key])
