"""Stage `export`: checkpoints to weight files, in half precision."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save_file
from torch import nn

from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.networks.mini.encoders import DESIGNS, MiniEncoder, fold
from flexit_engine.networks.mini.photographs import SHAPES
from flexit_engine.training.corpus import Corpus
from flexit_engine.training.encoders import vocabulary_of
from flexit_engine.training.judge import SCHOOLS, SIDE
from flexit_engine.training.judges import Judge
from flexit_engine.training.photographs import photograph_encoder
from flexit_engine.training.run import load_modules


def _save(network: nn.Module, path: Path, about: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.half().contiguous() for key, value in network.state_dict().items()}
    save_file(tensors, path, about)


def export(
    corpus: Corpus, run: Path, folder: Path, kind: str, autoencoder: MiniAutoencoder
) -> None:
    """Write all files of the profile.

    Args:
        corpus: for the words the encoders of drawings know.
        run: folder of the checkpoints of the stages.
        folder: where the files go.
        kind: `robust`, or `plain` for the control of the evaluation.
        autoencoder: goes with the encoders.

    Raises:
        UsageError: a checkpoint or a package with ImageNet's weights is missing.
    """
    _save(autoencoder, folder / "autoencoder.safetensors", {})
    vocabulary = vocabulary_of(corpus)
    for design in DESIGNS:
        encoder = MiniEncoder(design, vocabulary)
        load_modules(run / f"{design}-{kind}.pt", model=encoder)
        fold(encoder.eval())
        about = {"vocabulary": json.dumps(vocabulary.words)}
        _save(encoder, folder / f"{design}.safetensors", about)
    for design in SHAPES:
        export_photographs(design, folder)


def export_photographs(design: str, folder: Path) -> None:
    """Write one encoder of photographs, as ImageNet left it.

    Raises:
        UsageError: the package with its weights is not installed.
        WeightsError: its file is not the one that is known.
    """
    encoder = photograph_encoder(design)
    _save(encoder, folder / f"{design}.safetensors", {"labels": json.dumps(list(encoder.labels))})


def export_judges(corpus: Corpus, run: Path, folder: Path) -> None:
    """Write `judge.safetensors` and `second.safetensors`: design, side, `labels` and tensors."""
    labels = json.dumps([concept.name for concept in corpus.concepts])
    for name, school in SCHOOLS.items():
        judge = Judge(len(corpus.concepts), school.design, SIDE)
        load_modules(run / f"{name}.pt", model=judge)
        about = {"labels": labels, "design": school.design, "side": str(SIDE)}
        _save(judge, folder / f"{name}.safetensors", about)
