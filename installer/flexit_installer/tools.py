"""What only the engine's environment can do, asked of it as a process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flexit_engine.errors import InstallError, error_from
from flexit_engine.isolation import python_words, run_apart
from flexit_engine.networks.profiles import Profile
from flexit_installer.environment import Environment, last_line


def converted(environment: Environment, profile: Profile, folder: Path) -> list[str]:
    """Convert and load the files of a profile; the names of those that were made.

    Raises:
        WeightsError: a file does not load.
        InstallError: the environment does not work.
    """
    question = {"profile": profile.model_dump(mode="json"), "folder": str(folder)}
    names: list[str] = _ask(environment, question)["converted"]
    return names


def explained(environment: Environment, path: Path) -> str:
    """Why a file is not a published one."""
    return str(_ask(environment, {"explain": str(path)})["reason"])


def _ask(environment: Environment, question: dict[str, Any]) -> dict[str, Any]:
    try:
        words = python_words(environment.python, "flexit_installer.conversion")
        done = run_apart(words, told=json.dumps(question).encode())
        answer: dict[str, Any] = json.loads(done.stdout)
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
