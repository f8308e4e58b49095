"""`python -m flexit_engine.training STAGE --out FOLDER …`: how the embedded networks are made.

prepare               read all pictures and names into FOLDER, from --data MINIDATA, --photographs
                      and --drawings; from a style that is given by --hold-out nothing learns, so
                      that settings can be chosen by it
a stage of training   each has its checkpoint and its log in FOLDER; the autoencoder's need the
                      files of its --teacher
export                weight files, in half precision: FOLDER/weights, FOLDER/plain (encoders of
                      drawings before hardening, the control) and FOLDER/judges
all                   all of these in order; the budget is divided between them

Every stage goes on from its own checkpoint when it is started again, and so does `all`. A budget
is a number of pictures (`90000`: repeatable) or a time (`20min`: ends when it must). With `--start
WEIGHTS` a stage trains finished weight files further, such as the shipped ones, at half the rate;
the autoencoder's stages then also take the encoders from there.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from flexit_engine.errors import FlexITError, UsageError
from flexit_engine.networks.device import choose_device
from flexit_engine.training.average import read_average
from flexit_engine.training.corpus import COLOUR_STYLES, Corpus, read_corpus
from flexit_engine.training.export import export, export_judges
from flexit_engine.training.gallery import FILE as GALLERY
from flexit_engine.training.gallery import prepare_gallery
from flexit_engine.training.plan import STAGES
from flexit_engine.training.run import CORPUS, Budget, Task
from flexit_engine.training.teacher import teacher_files


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one stage, or all; what cannot be done is said in a sentence."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        _run(options)
    except FlexITError as error:
        parser.error(str(error))


def _run(options: argparse.Namespace) -> None:
    if options.start and options.stage == "all":
        raise UsageError("--start is for one stage: encoders and judges lie in different folders.")
    if options.stage in ("all", "autoencoder", "edited"):
        teacher_files(options.teacher)  # not to find out after hours
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.stage == "prepare" or (options.stage == "all" and not _prepared(options.out)):
        _prepare(options)
    if options.stage == "prepare":
        return
    if not _prepared(options.out):
        raise UsageError(f"Nothing is prepared in {options.out}.", "Run the stage prepare first.")
    torch.backends.cudnn.benchmark = True  # shapes stay the same for thousands of steps
    corpus = Corpus.load(options.out / CORPUS).to(choose_device(options.device))
    for name, stage in STAGES.items():
        if options.stage in ("all", name):
            share = stage.share if options.stage == "all" else 1.0
            budget = options.budget.part(share)
            stage.train(
                Task(corpus, options.out, budget, options.seed, options.start, options.teacher)
            )
    if options.stage in ("all", "export"):
        autoencoder = read_average(options.out / "edited.pt")
        for folder, kind in (("weights", "robust"), ("plain", "plain")):
            export(corpus, options.out, options.out / folder, kind, autoencoder)
        export_judges(corpus, options.out, options.out / "judges")


def _prepare(options: argparse.Namespace) -> None:
    data, photographs, drawings = options.data, options.photographs, options.drawings
    for folder, flag, what in (
        (data, "--data", "training pictures"),
        (photographs, "--photographs", "photographs"),
        (drawings, "--drawings", "drawings"),
    ):
        if folder is None:
            raise UsageError(f"There are no {what}.", f"Give their folder with {flag}.")
    if not (data / "clusters.csv").is_file():
        raise UsageError(f"{data} is no folder of training pictures: no clusters.csv.")
    prepare_gallery(photographs, drawings, options.out / CORPUS)
    read_corpus(data, options.seed, options.hold_out).save(options.out / CORPUS)


def _prepared(out: Path) -> bool:
    return all((out / CORPUS / name).exists() for name in ("corpus.json", GALLERY))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m flexit_engine.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stage", choices=("prepare", *STAGES, "export", "all"))
    parser.add_argument("--out", type=Path, required=True, help="corpus, checkpoints and logs")
    parser.add_argument("--data", type=Path, help="prepare, all: folder of the training pictures")
    parser.add_argument(
        "--photographs", type=Path, help="prepare, all: folder of more, for the autoencoder"
    )
    parser.add_argument("--drawings", type=Path, help="prepare, all: folder of SVG files, likewise")
    parser.add_argument(
        "--teacher", type=Path, help="autoencoder, edited, all: folder of TAEF2's files"
    )
    parser.add_argument(
        "--hold-out",
        action="append",
        default=[],
        choices=COLOUR_STYLES,
        help="prepare, all: a style that nothing learns from; repeatable",
    )
    parser.add_argument("--budget", type=Budget.parse, default=Budget(100_000))
    parser.add_argument("--device", default="cpu", help="cpu, cuda, …: where everything is done")
    parser.add_argument("--threads", type=int, help="threads of torch; one a process is fastest")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="go on from the weight files in this folder")
    return parser


if __name__ == "__main__":
    main()
