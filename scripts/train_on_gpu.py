"""Train the embedded networks on another machine, which gets one file and gives back a few.

    scripts/train_on_gpu.py pack RUN TEACHER PACKAGE    here: RUN is prepared (stage `prepare`)
    scripts/train_on_gpu.py run PACKAGE RESULTS         there: train everything, copy what counts

`run` wants the package `flexit` with its extras `engine` and `train`. What it leaves in RESULTS is
less than 64 MiB: weights, judges and logs. Started again, it goes on from its checkpoints, which
lie beside PACKAGE.
"""

from __future__ import annotations

import argparse
import shutil
import tarfile
from pathlib import Path

from flexit_engine.training.__main__ import main as train
from flexit_engine.training.packing import pack, unpack

MIB = 2**20
TRAINED = ("weights/autoencoder", "weights/residual", "weights/lite", "weights/fire")
JUDGES = ("judges/judge", "judges/second")


def run(package: Path, results: Path, budget: str, device: str) -> None:
    """Train and collect."""
    folder = package.with_suffix(".run")
    if not folder.exists():
        unpack(package, folder)
    teacher = str(folder / "teacher")
    train(
        ["all", "--out", str(folder), "--teacher", teacher, "--budget", budget, "--device", device]
    )
    results.mkdir(parents=True, exist_ok=True)
    for name in (*TRAINED, *JUDGES):
        shutil.copy(folder / f"{name}.safetensors", results)
    with tarfile.open(results / "logs.tar.gz", "w:gz") as logs:
        for path in sorted(folder.glob("*.jsonl")):
            logs.add(path, path.name)
    size = sum(path.stat().st_size for path in results.iterdir())
    print(f"{size / MIB:.1f} MiB in {results}")  # noqa: T201 -- what the command tells


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack")
    packing.add_argument("run", type=Path)
    packing.add_argument("teacher", type=Path)
    packing.add_argument("package", type=Path)
    packing.add_argument("--limit", type=int, default=60, help="in MiB")
    running = commands.add_parser("run")
    running.add_argument("package", type=Path)
    running.add_argument("results", type=Path)
    running.add_argument("--budget", default="12min")
    running.add_argument("--device", default="cuda")
    options = parser.parse_args()
    if options.command == "pack":
        quality = pack(options.run, options.teacher, options.package, options.limit * MIB)
        size = options.package.stat().st_size / MIB
        print(f"{size:.1f} MiB, pictures of quality {quality}")  # noqa: T201
    else:
        run(options.package, options.results, options.budget, options.device)


if __name__ == "__main__":
    main()
