"""One picture's edit, done by the engine that runs: its networks are loaded already."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from flexit_engine import __version__
from flexit_engine.canvas.files import FORMATS, check_output, write_whole
from flexit_engine.commands.interruption import Interrupted
from flexit_engine.commands.job import Job, Made, names, outcome
from flexit_engine.commands.options import ANY_DEVICE
from flexit_engine.commands.outcome import Outcome
from flexit_engine.commands.outputs import unfinished
from flexit_engine.commands.progress import Progress
from flexit_engine.errors import EngineUnreachable, FlexITError, ServiceError
from flexit_engine.flexit.query import parse_query

if TYPE_CHECKING:
    from flexit_engine.service.caller import Caller
    from flexit_engine.service.discovery import Address
    from flexit_engine.service.protocol import Edit, EditRequest
    from flexit_engine.worker.messages import Names

CLIENT = "flexit edit"
PARTS = {"loading": "load", "encoding": "open", "step": "edit", "composing": "write"}
"""What the report calls the stages of an edit."""


@dataclass
class Run:
    """The edits of one job, made one after the other."""

    job: Job
    caller: Caller
    bar: Progress
    made: list[Made] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(PARTS.values(), 0)))
    notes: list[str] = field(default_factory=list)
    losses: Mapping[str, float] = field(default_factory=dict)
    """The newest of the edit at hand."""


def engine_for(job: Job) -> Address | None:
    """The engine that can do a job just as this process would; None if there is none."""
    if job.film is not None or job.device != ANY_DEVICE:
        return None
    from flexit_engine.service.discovery import data_folder, discover

    address = discover(data_folder())
    if address is None or address.version != __version__:
        return None
    from flexit_engine.service.caller import Caller

    try:
        _called(job)
        with Caller(address) as caller:
            caller.health()
    except (ServiceError, ValidationError):  # none, or it cannot take such a file name
        return None
    return address


def carry_out(job: Job, address: Address, show_progress: bool) -> Outcome:
    """Have an engine edit the picture, and write what was asked for.

    Raises:
        FlexITError: anything that can be wrong with a picture, a text or the engine.
        Interrupted: stopped by a signal; what was finished and the edit so far were saved.
    """
    from flexit_engine.service.caller import Caller

    recipe = job.recipe
    for path in job.results.values():
        check_output(path)
    parse_query(recipe.source, recipe.target)
    label, total = f"{recipe.source} → {recipe.target}", recipe.steps * len(job.results)
    with Caller(address) as caller, Progress(total, "steps", label, show_progress) as bar:
        run = Run(job, caller, bar)
        for row in job.results:
            _make(run, row)
        devices = {worker.device for worker in caller.ready().workers}
    seconds = {part: round(value, 3) for part, value in run.seconds.items()}
    return outcome(job, run.made, ", ".join(sorted(devices)), seconds, "\n".join(run.notes))


def _make(run: Run, row: int) -> None:
    """Make one of the results."""
    job, path = run.job, run.job.results[row]
    edit = run.caller.submit(_request(job, row), job.picture, job.mask)
    try:
        edit = _follow(run, row, edit.id)
        path = _write(path, run.caller.result(edit.id), job.force)
    except Interrupted as stop:
        with suppress(FlexITError):
            _leave(run, row, edit.id, stop)
        raise
    steps = job.recipe.steps if edit.result is None else edit.result.step
    understood = edit.progress.understood if edit.progress else ()
    run.made.append(Made(path, job.seeds[row], steps, run.losses, understood))
    run.seconds.update({PARTS[stage]: value for stage, value in edit.seconds.items()})
    run.notes.extend(filter(None, [edit.note]))


def _follow(run: Run, row: int, number: str) -> Edit:
    """Show how an edit goes on, until it is done.

    Raises:
        FlexITError: it failed.
    """
    from flexit_engine.service.caller import refusal
    from flexit_engine.service.protocol import Edit
    from flexit_engine.worker.messages import Progress

    before = row * run.job.recipe.steps
    for event in run.caller.events(number):
        if isinstance(event, Progress):
            if event.losses:
                run.losses = {k: math.nan if v is None else v for k, v in event.losses.items()}
            run.bar.reach(before + event.step, [run] if run.losses else ())
        elif isinstance(event, Edit) and event.ended:
            if event.error is not None:
                raise refusal(event.error)
            if event.state == "done":
                return event
            raise ServiceError("The edit was cancelled in the engine.", "Run the command again.")
    raise EngineUnreachable("The engine ended before the edit did.", "Run the command again.")


def _leave(run: Run, row: int, number: str, stop: Interrupted) -> None:
    """Stop an edit, save what there is of it, and say so."""
    edit = run.caller.cancel(number)
    left = [made.path for made in run.made]
    if edit.kept:
        path = unfinished(run.job.results[row], edit.kept)
        left.append(_write(path, run.caller.result(number, edit.kept), force=False))
    if left:
        stop.message = f"Stopped; the edit so far is in {names(left)}."


def _write(path: Path, data: bytes, force: bool) -> Path:
    """Write a result; where it went."""
    # What a link leads to is replaced, not the link.
    target = Path(os.path.realpath(path))
    went = write_whole(target, data, replace=force)
    return path if went == target else went


def _called(job: Job) -> Names:
    """What the files are called, for the recipe in the result.

    Raises:
        ValidationError: it is not a name that the engine takes.
    """
    from flexit_engine.worker.messages import Names

    recipe = job.recipe
    given = {"image": recipe.input.name}
    if recipe.mask is not None:
        given["mask"] = recipe.mask.name
    return Names(**given)


def _request(job: Job, row: int) -> EditRequest:
    """One of the results as the engine is asked for it."""
    from flexit_engine.service.protocol import EditRequest

    recipe = job.recipe
    return EditRequest(
        source=recipe.source,
        target=recipe.target,
        profile=recipe.profile,
        settings=recipe.settings.replace(seed=job.seeds[row]).model_dump(),
        result=FORMATS[job.results[row].suffix.lower()],
        names=_called(job),
        on_disconnect="cancel",
        client=CLIENT,
    )
