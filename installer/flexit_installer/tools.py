"""What only the engine's environment can do, asked of it as a process."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from flexit_engine.errors import InstallError, error_from
from flexit_engine.isolation import python_words, run_apart
from flexit_engine.networks.profiles import Profile
from flexit_installer.environment import Environment, last_line

SECONDS_TO_EXPLAIN = 120.0
SECONDS_TO_CONVERT = 1800.0
"""A gigabyte from a slow disk, and a slow processor."""


class TooSlow(InstallError):
    """It takes longer than it can."""


def converted(environment: Environment, profile: Profile, folder: Path) -> list[str]:
    """Convert and load the files of a profile; the names of those that were made.

    Raises:
        WeightsError: a file does not load.
        InstallError: the environment does not work.
    """
    question = {"profile": profile.model_dump(mode="json"), "folder": str(folder)}
    names: list[str] = _ask(environment, question, SECONDS_TO_CONVERT)["converted"]
    return names


def explained(environment: Environment, path: Path) -> str:
    """Why a file is not a published one, as far as that shows in reasonable time."""
    try:
        return str(_ask(environment, {"explain": str(path)}, SECONDS_TO_EXPLAIN)["reason"])
    except TooSlow:
        return f"The file {path.name!r} is not the published one."


def _ask(environment: Environment, question: dict[str, Any], seconds: float) -> dict[str, Any]:
    try:
        words = python_words(environment.python, "flexit_installer.conversion")
        done = run_apart(words, told=json.dumps(question).encode(), timeout=seconds)
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise TooSlow(
            f"The networks have not loaded within {seconds / 60:.0f} minutes.",
            "Close other programs, and run it again.",
        ) from None
    except OSError as error:
        raise _broken(error.strerror or str(error)) from None
    except ValueError:
        raise _broken(last_line(done.stderr) or f"exit code {done.returncode}") from None
    if "code" in answer:
        raise error_from(answer["code"], answer["message"], answer["hint"])
    return answer


def _broken(reason: str) -> InstallError:
    return InstallError(
        f"The engine's environment does not work ({reason}).", "See `flexit doctor`."
    )
