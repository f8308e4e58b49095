"""The wizard's other half, `python -m flexit_installer.steps REQUEST`: does it, and tells in JSON.

A process of its own: the window never waits, and cancelling is ending it. Each line on stdout is
an object: `{"task", "done", "total", "speed", "seconds_left"}`, the last one `{"report"}` or
`{"error"}`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from flexit_engine.commands.failures import as_error
from flexit_engine.commands.interruption import Interrupted, interruptible
from flexit_engine.networks.profiles import load_profile
from flexit_engine.service.discovery import data_folder
from flexit_installer import installing, models
from flexit_installer.commands.install import report
from flexit_installer.editors import Editor
from flexit_installer.language import use_language
from flexit_installer.manifest import AnyPath
from flexit_installer.places import Kind
from flexit_installer.progress import Progress
from flexit_installer.uv import UvFailed


class Target(BaseModel):
    """An editor that was chosen."""

    kind: Kind
    packaging: str
    profile: AnyPath
    settings: AnyPath | None = None


class Request(BaseModel):
    """What was chosen in the wizard."""

    editors: list[Target]
    networks: str | None = None
    """A profile to fetch besides, whose licences were agreed to."""
    at_login: bool = False
    languages: tuple[str, ...] = ()
    """For what is told meanwhile, such as `de_AT`, `de`."""

    def as_json(self) -> str:
        """The same for the other process."""
        return json.dumps(self.model_dump(), default=str)


def carry_out(request: Request) -> dict[str, Any]:
    """Install what was chosen; the report of it.

    Raises:
        FlexITError: something cannot be done.
    """
    use_language(request.languages)
    editors = [Editor(**target.model_dump()) for target in request.editors]
    todo = installing.plan(editors, data_folder(), own=False)
    done = installing.carry_out(todo, Path.home(), tell, at_login=request.at_login)
    if request.networks:
        models.pull(load_profile(request.networks), todo.environment, tell)
    return report(todo, done)


def tell(progress: Progress) -> None:
    """One line for the window."""
    say(
        task=progress.task,
        done=progress.done,
        total=progress.total,
        speed=progress.speed,
        seconds_left=progress.seconds_left,
    )


def say(**facts: object) -> None:
    """Write one object."""
    print(json.dumps(facts), flush=True)  # noqa: T201


def main() -> int:
    """Run one request; the exit code."""
    try:
        with interruptible():
            say(report=carry_out(Request.model_validate(json.loads(sys.argv[1]))))
    except Interrupted as stop:
        return stop.exit_code
    except Exception as error:
        if isinstance(error, UvFailed):
            sys.stderr.write(error.said)  # the window shows it in its log
        failure = as_error(error)
        say(error={"code": failure.code, "message": failure.message, "hint": failure.hint})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
