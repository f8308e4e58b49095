"""One picture's edit, in one or several variants: from checked arguments to written files."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flexit_engine.commands.editors import drop_text_towers, load_editor
from flexit_engine.commands.film import Film
from flexit_engine.commands.interruption import Interrupted
from flexit_engine.commands.outcome import Outcome
from flexit_engine.commands.outputs import unfinished
from flexit_engine.commands.progress import Progress
from flexit_engine.recipe import Recipe

if TYPE_CHECKING:
    from flexit_engine.editor import EditStep, OpenPicture


@dataclass(frozen=True)
class Job:
    """What to do, checked as far as that goes without the networks."""

    recipe: Recipe
    """Common to all rows of the batch; each result gets its own row of it."""
    picture: Path
    mask: Path | None
    seeds: Sequence[int]
    """One for each row."""
    results: Mapping[int, Path]
    """Where the rows that are wanted go."""
    device: str
    film: Path | None = None
    force: bool = False
    """Whether files that are there give way."""


class Made(NamedTuple):
    """One result, as it is reported."""

    path: Path
    seed: int
    steps: int
    losses: Mapping[str, float]
    understood: Sequence[str] = ()
    """What texts were taken for, as `dog → Chihuahua`."""


@dataclass
class Stopwatch:
    """How long each part took, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, part: str) -> Iterator[None]:
        """Time the block."""
        started = time.perf_counter()
        yield
        self.seconds[part] = round(time.perf_counter() - started, 3)


def carry_out(job: Job, show_progress: bool) -> Outcome:
    """Edit the picture and write what was asked for.

    Raises:
        FlexITError: anything of `errors` that can be wrong with a picture, a text or the machine.
        Interrupted: stopped by a signal; the last finished step was saved.
    """
    from flexit_engine.canvas import check_output, read_mask, read_picture
    from flexit_engine.flexit.query import parse_query

    recipe, watch = job.recipe, Stopwatch()
    for path in filter(None, [*job.results.values(), job.film]):
        check_output(path)
    parse_query(recipe.source, recipe.target)
    original = read_picture(job.picture)
    mask = None if job.mask is None else read_mask(job.mask, original)
    with watch.time("load"):
        editor = load_editor(recipe.profile, job.device)
    with watch.time("open"):
        opened = editor.open(original, mask, recipe.settings, recipe.source)
    last: list[EditStep] = []
    film, strip = Film(recipe.steps), None
    try:
        with watch.time("edit"):
            for last in _steps(job, opened, show_progress):
                if job.film is not None:
                    film.add(last)
        with watch.time("write"):
            paths = _write(job, last, job.results, job.force)
            if job.film is not None:
                strip = _write_film(film, job.film, job.force)
    except Interrupted as stop:
        if last and last[0].index:
            stop.message = f"Stopped; the edit so far is in {_write_unfinished(job, last)}."
        raise
    made = [
        Made(path, job.seeds[row], last[row].index, last[row].losses, last[row].understood)
        for row, path in paths.items()
    ]
    return outcome(replace(job, film=strip), made, str(editor.device), watch.seconds)


def _steps(job: Job, opened: OpenPicture, show_progress: bool) -> Iterator[list[EditStep]]:
    recipe, count = job.recipe, len(job.seeds)
    steps = opened.editor.edit(
        [opened] * count, [(recipe.source, recipe.target)] * count, recipe.settings, job.seeds
    )
    label = f"{recipe.source} → {recipe.target}"
    with Progress(recipe.steps, "steps", label, show_progress) as progress:
        for rows in itertools.islice(steps, recipe.steps + 1):
            if rows[0].index == 0:
                drop_text_towers(opened.editor)
            progress.reach(rows[0].index, rows)
            yield rows


def _write(
    job: Job, rows: Sequence[EditStep], results: Mapping[int, Path], force: bool
) -> dict[int, Path]:
    """Write results; where they went."""
    from flexit_engine.canvas import write_picture

    went = {}
    for row, path in results.items():
        texts = job.recipe.of_row(row, job.seeds[row], rows[row].index).texts()
        went[row] = write_picture(rows[row].picture, path, texts=texts, replace=force)
    return went


def _write_film(film: Film, path: Path, force: bool) -> Path:
    from flexit_engine.canvas import Picture, write_picture

    return write_picture(Picture.from_array(film.strip()), path, replace=force)


def _write_unfinished(job: Job, rows: Sequence[EditStep]) -> str:
    """Save a stopped edit under names that say so."""
    results = {row: unfinished(path, rows[0].index) for row, path in job.results.items()}
    return names(_write(job, rows, results, force=False).values())


def outcome(
    job: Job, made: Sequence[Made], device: str, seconds: Mapping[str, float], note: str = ""
) -> Outcome:
    """What to say of an edit's results.

    Args:
        job: what was to be done.
        made: what was done, in the order of the rows.
        device: where.
        seconds: how long each part took.
        note: what else the user should know.
    """
    recipe = job.recipe
    report = {
        "version": recipe.version,
        "profile": recipe.profile,
        "device": device,
        "input": str(job.picture),
        "mask": None if job.mask is None else str(job.mask),
        "source": recipe.source,
        "target": recipe.target,
        "settings": recipe.settings.model_dump(mode="json"),
        "seed": recipe.settings.seed,
        "outputs": [
            {
                "path": str(each.path),
                "seed": each.seed,
                "steps": each.steps,
                "losses": _finite(each.losses),
                "understood": list(each.understood),
            }
            for each in made
        ],
        "film": None if job.film is None else str(job.film),
        "timings": seconds,
    }
    text = f"{recipe.steps} steps in {seconds['edit']:.1f} s: {names(each.path for each in made)}"
    understood = "; ".join(dict.fromkeys(told for each in made for told in each.understood))
    return Outcome(
        "\n".join(filter(None, (text, understood, _left_alone(job, made), note))), report
    )


def _left_alone(job: Job, made: Sequence[Made]) -> str:
    """Which files were not replaced though results were to get their names."""
    kept = {path.name for path in job.results.values()} - {each.path.name for each in made}
    listed = ", ".join(map(repr, sorted(kept)))
    return f"{listed} was left as it is: it is new, or somebody else's." if kept else ""


def names(paths: Iterable[Path]) -> str:
    """Files, as one names them in a sentence."""
    return ", ".join(map(str, paths))


def _finite(losses: Mapping[str, float]) -> dict[str, Any]:
    """JSON knows no NaN and no infinity."""
    return {name: value if math.isfinite(value) else None for name, value in losses.items()}
