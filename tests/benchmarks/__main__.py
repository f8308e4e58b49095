"""Measure, and print what was measured: `python -m tests.benchmarks [SECTION …]`."""

from __future__ import annotations

import json
import subprocess
import sys

import torch


def main(arguments: list[str]) -> None:
    from .sections import SECTIONS

    if arguments[:1] == ["--here"]:
        print(json.dumps(SECTIONS[arguments[1]]()))  # noqa: T201
        return
    results = {}
    for name in arguments or SECTIONS:
        command = [sys.executable, "-m", "tests.benchmarks", "--here", name]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        results[name] = json.loads(output.splitlines()[-1])
        show(name, results[name])
    if {"ours", "released"} <= results.keys():
        for figure in ("seconds per step", "peak GB"):
            ratio = results["ours"][figure] / results["released"][figure]
            show(f"{figure}: ours over released", {"ratio": ratio})
    show("machine", {"threads": torch.get_num_threads(), "torch": torch.__version__})


def show(title: str, figures: dict[str, object]) -> None:
    print(f"\n{title}")  # noqa: T201
    for name, value in figures.items():
        if isinstance(value, dict):
            row = "  ".join(f"{key} {number:.3g}" for key, number in value.items())
            print(f"  {name:24} {row}")  # noqa: T201
        else:
            text = f"{value:.4g}" if isinstance(value, float) else value
            print(f"  {name:24} {text}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
