"""Runs in the engine's environment, `python -m flexit_installer.conversion`: weights that load.

On stdin one JSON object, `{"profile", "folder"}` or `{"explain": PATH}`; on stdout the names of the
files that were converted, or the error. Each network is built and given its weights, so that every
tensor has been compared with the shape it must have; nothing a file asks for is run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psutil

from flexit_engine.errors import FlexITError, WeightsError
from flexit_engine.networks.profiles import Profile, WeightFile

ROOM = 2 << 30
"""Bytes for all that is not weights."""


def convert(profile: Profile, folder: Path) -> list[str]:
    """Convert what a profile wants converted, and load each of its networks.

    Returns:
        Names of the converted files.

    Raises:
        WeightsError: a file is damaged, of another network, or asks to run something.
    """
    return [name for file in profile.files if (name := _settle(file, profile, folder))]


def explain(path: Path) -> str:
    """Why a file is not the published one, as far as can be seen without running it."""
    from flexit_engine.networks.checkpoints import read_tensors

    try:
        read_tensors(path)
    except WeightsError as error:
        return error.message
    return f"The file {path.name!r} is not the published one (its SHA-256 differs)."


def _settle(file: WeightFile, profile: Profile, folder: Path) -> str | None:
    """Load one file's network on the CPU; the name of what was made of the file, if anything."""
    import torch

    cpu = torch.device("cpu")
    made = None
    if file.role == "autoencoder":
        from flexit_engine.networks.vqgan import convert_vqgan, load_vqgan

        (config,) = profile.files_for("config")
        if file.converted and not (folder / file.converted).is_file():
            convert_vqgan(folder / file.name, config.path(folder), folder / file.converted)
            made = file.converted
        load_vqgan(file.path(folder), config.path(folder), cpu)
    elif file.role == "encoder":
        from flexit_engine.networks.clip import load_clip

        load_clip(file.network, file.path(folder), cpu)
    elif file.role == "perceptual":
        from flexit_engine.networks.perceptual import load_lpips

        load_lpips(file.path(folder), cpu)
    return made


def limit_memory(size: int) -> None:
    """Take no more memory than networks of a file of so many bytes can need.

    Of what a file does to the one who reads it, not all can be foreseen: this is the last fence.
    """
    if sys.platform != "linux":
        return
    import resource

    import torch  # noqa: F401 -- what it takes is not the file's

    now = psutil.Process().memory_info().data
    most = now + ROOM + 8 * size
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _largest(question: dict[str, Any]) -> int:
    """Bytes of the largest file that a question is about."""
    folder = Path(question.get("folder", ""))
    names = [file["name"] for file in question.get("profile", {}).get("files", ())]
    paths = [folder / name for name in names] or [Path(question["explain"])]
    return max((path.stat().st_size for path in paths if path.is_file()), default=0)


def main() -> None:
    """Answer one question."""
    question: dict[str, Any] = json.load(sys.stdin)
    answer: dict[str, Any]
    limit_memory(_largest(question))
    try:
        if "explain" in question:
            answer = {"reason": explain(Path(question["explain"]))}
        else:
            profile = Profile.model_validate(question["profile"])
            answer = {"converted": convert(profile, Path(question["folder"]))}
    except FlexITError as error:
        answer = {"code": error.code, "message": error.message, "hint": error.hint}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
