"""Stage `export`: checkpoints to the weight files of the package, in half precision."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save_file
from torch import nn

from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.networks.mini.encoders import DESIGNS, MiniEncoder, fold
from flexit_engine.training.corpus import Corpus
from flexit_engine.training.encoders import vocabulary_of
from flexit_engine.training.run import load_modules


def _save(network: nn.Module, path: Path, about: dict[str, str]) -> None:
    tensors = {key: value.half().contiguous() for key, value in network.state_dict().items()}
    save_file(tensors, path, about)


def export(corpus: Corpus, run: Path, folder: Path, kind: str = "robust") -> None:
    """Write `autoencoder.safetensors` and one file per encoder design.

    Args:
        corpus: for the words the encoders know.
        run: folder of the checkpoints; `sharp.pt` is taken where it exists, else `autoencoder.pt`.
        folder: where the files go.
        kind: `robust`, or `plain` for the control of the evaluation.
    """
    folder.mkdir(parents=True, exist_ok=True)
    autoencoder = MiniAutoencoder()
    sharp = run / "sharp.pt"
    load_modules(sharp if sharp.exists() else run / "autoencoder.pt", model=autoencoder)
    _save(autoencoder, folder / "autoencoder.safetensors", {})
    vocabulary = vocabulary_of(corpus)
    for design in DESIGNS:
        encoder = MiniEncoder(design, vocabulary)
        load_modules(run / f"{design}-{kind}.pt", model=encoder)
        fold(encoder.eval())
        _save(
            encoder, folder / f"{design}.safetensors", {"vocabulary": json.dumps(vocabulary.words)}
        )
