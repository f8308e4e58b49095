"""`python -m flexit_engine.training STAGE --out FOLDER …`: the stages, in this order.

prepare --data MINIDATA   read all pictures and names into FOLDER
autoencoder               reconstruction with noise on the latent
plain --design D          an image-text encoder, for each design
robust --design D         the same one, hardened
sharp                     the autoencoder again, with features of the hardened encoder
judge                     the classifier that names edits
export --to WEIGHTS       weight files, in half precision (`--kind plain` for the control)
evaluate --plain WEIGHTS --report FOLDER
                          edits of held-out pictures by the shipped weights, named by the judge

Every training stage goes on from its own checkpoint when it is started again. A budget is a number
of pictures (`90000`: repeatable) or a time (`20min`: ends when it must).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from flexit_engine.networks import mini
from flexit_engine.networks.mini.encoders import DESIGNS
from flexit_engine.networks.profiles import load_profile
from flexit_engine.training.assess import assess
from flexit_engine.training.autoencoder import train_autoencoder
from flexit_engine.training.corpus import Corpus, read_corpus
from flexit_engine.training.encoders import train_encoder
from flexit_engine.training.export import export
from flexit_engine.training.judge import train_judge
from flexit_engine.training.run import Budget
from flexit_engine.training.sharp import train_sharp

RESOLUTION = 96
CORPUS = "corpus"
STAGES = ("prepare", "autoencoder", "plain", "robust", "sharp", "judge", "export", "evaluate")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one stage."""
    options = _parser().parse_args(arguments)
    out: Path = options.out
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.stage == "prepare":
        read_corpus(options.data, options.seed).save(out / CORPUS)
        return
    corpus = Corpus.load(out / CORPUS)
    if options.stage == "export":
        export(corpus, out, options.to, options.kind)
    elif options.stage == "evaluate":
        changes = dict(pair.split("=", 1) for pair in options.set)
        networks, control = (
            mini.load(folder, torch.device("cpu")) for folder in (options.weights, options.plain)
        )
        assess(corpus, out, networks, control, options.report, options.queries, changes)
    else:
        _train(options, corpus, torch.device(options.device))


def _train(options: argparse.Namespace, corpus: Corpus, device: torch.device) -> None:
    out, budget, seed, design = options.out, options.budget, options.seed, options.design
    if options.stage == "autoencoder":
        train_autoencoder(corpus, out, budget, RESOLUTION, seed, device)
    elif options.stage == "sharp":
        train_sharp(corpus, out, budget, RESOLUTION, seed, device)
    elif options.stage == "judge":
        train_judge(corpus, out, budget, seed, device)
    else:
        start = out / f"{design}-plain.pt" if options.stage == "robust" else None
        train_encoder(corpus, out, budget, seed, design, device, start)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m flexit_engine.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--out", type=Path, required=True, help="corpus, checkpoints and logs")
    parser.add_argument("--data", type=Path, help="prepare: folder of the training pictures")
    parser.add_argument("--budget", type=Budget.parse, default=Budget(100_000))
    parser.add_argument("--design", choices=tuple(DESIGNS), default="residual")
    parser.add_argument("--device", default="cpu", help="training: cpu or cuda")
    parser.add_argument("--threads", type=int, help="threads of torch; one a process is fastest")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, help="export: folder of the weight files")
    parser.add_argument("--kind", choices=("robust", "plain"), default="robust")
    shipped = load_profile("mini").folder
    parser.add_argument("--weights", type=Path, default=shipped, help="evaluate: what to evaluate")
    parser.add_argument("--plain", type=Path, help="evaluate: exported plain weights")
    parser.add_argument("--report", type=Path, help="evaluate: folder of the figures")
    parser.add_argument("--queries", type=int, default=150, help="evaluate: drawings asked for")
    parser.add_argument("--set", action="append", default=[], help="evaluate: SETTING=VALUE")
    return parser


if __name__ == "__main__":
    main()
