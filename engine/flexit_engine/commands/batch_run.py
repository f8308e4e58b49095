"""The work of `flexit batch`: grouping pictures, editing groups, and leaving out what is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flexit_engine import __version__
from flexit_engine.commands.editors import load_editor
from flexit_engine.commands.failures import as_error
from flexit_engine.commands.interruption import Interrupted
from flexit_engine.commands.outputs import check_outputs
from flexit_engine.commands.progress import Progress
from flexit_engine.commands.tasks import Task
from flexit_engine.errors import PictureError
from flexit_engine.recipe import FileReference, Place, Recipe, parse_recipe
from flexit_engine.settings import Settings

if TYPE_CHECKING:
    from flexit_engine.editor import EditStep, OpenPicture

MOST_WAITING = 4
"""Groups' worth of opened pictures kept in memory until enough of one size have come."""


class Planned(NamedTuple):
    """An edit that has to be made."""

    task: Task
    recipe: Recipe


class Opened(NamedTuple):
    """An edit ready to start."""

    plan: Planned
    picture: OpenPicture


@dataclass
class BatchRun:
    """One run over a list of edits, and what came of them."""

    profile: str
    device: str
    settings: Settings
    size: int
    force: bool
    done: list[Path] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)

    def work_through(self, tasks: Sequence[Task], show_progress: bool) -> None:
        """Make all results that are missing; what fails is noted, and does not stop the rest.

        Raises:
            ProfileError: the networks cannot be loaded.
            DeviceError: the device is not there.
        """
        inputs = [path for task in tasks for path in task.inputs]
        plans = [plan for task in tasks if (plan := self._plan(task, inputs)) is not None]
        if not plans:
            return
        load_editor(self.profile, self.device)
        total = len(self.failed) + len(plans)
        with Progress(total, "pictures", "batch", show_progress) as progress:
            try:
                for group in self._groups(plans):
                    self._edit(group, progress)
            except Interrupted as stop:
                stop.message = f"Stopped after {len(self.done)} of {len(plans)} edits."
                stop.hint = "The same command goes on from there."
                raise

    def _groups(self, plans: Sequence[Planned]) -> Iterator[list[Opened]]:
        """Open the pictures, and hand them out by working size, as many as fit a batch."""
        waiting: dict[tuple[int, ...], list[Opened]] = {}
        for opened in filter(None, map(self._open, plans)):
            shape = tuple(opened.picture.image.shape)
            group = waiting.setdefault(shape, [])
            group.append(opened)
            if len(group) == self.size:
                yield waiting.pop(shape)
            elif sum(map(len, waiting.values())) > MOST_WAITING * self.size:
                yield waiting.pop(max(waiting, key=lambda shape: len(waiting[shape])))
        yield from waiting.values()

    def _plan(self, task: Task, inputs: Sequence[Path]) -> Planned | None:
        """What is to be done for a task; nothing if its result is there or cannot be made.

        Args:
            task: one of the list.
            inputs: the files that any task of the list reads.
        """
        from flexit_engine.canvas import check_output
        from flexit_engine.flexit.query import parse_query

        try:
            check_output(task.result)
            parse_query(task.source, task.target)
            folder = task.result.parent
            settings = self.settings if task.seed is None else self.settings.replace(seed=task.seed)
            recipe = Recipe(
                version=__version__,
                profile=self.profile,
                source=task.source,
                target=task.target,
                settings=settings,
                steps=settings.steps,
                input=FileReference.of(task.picture, folder),
                mask=None if task.mask is None else FileReference.of(task.mask, folder),
            )
            if _is_result(task.result, recipe):
                self.skipped.append(task.result)
                return None
            check_outputs([task.result], inputs, self.force)
        except Exception as error:
            self._fail(task, error)
            return None
        return Planned(task, recipe)

    def _open(self, plan: Planned) -> Opened | None:
        from flexit_engine.canvas import read_mask, read_picture

        task = plan.task
        try:
            original = read_picture(task.picture)
            mask = None if task.mask is None else read_mask(task.mask, original)
            editor = load_editor(self.profile, self.device)
            recipe = plan.recipe
            return Opened(plan, editor.open(original, mask, recipe.settings, recipe.source))
        except Exception as error:
            self._fail(task, error)
            return None

    def _edit(self, group: Sequence[Opened], progress: Progress) -> None:
        """Edit some pictures side by side; if one of them spoils it, each by itself."""
        try:
            rows = self._optimise(group, progress)
        except Exception as error:
            if len(group) == 1:
                self._fail(group[0].plan.task, error)
                return
            for opened in group:
                self._edit([opened], progress)
            return
        for row, opened in enumerate(group):
            self._write(opened.plan, rows[row], Place(row=row, size=len(group)))

    def _optimise(self, group: Sequence[Opened], progress: Progress) -> list[EditStep]:
        editor, before = group[0].picture.editor, len(self.done) + len(self.failed)
        recipes = [opened.plan.recipe for opened in group]
        rows: list[EditStep] = []
        for rows in editor.edit(
            [opened.picture for opened in group],
            [(recipe.source, recipe.target) for recipe in recipes],
            self.settings,
            [recipe.settings.seed for recipe in recipes],
        ):
            share = rows[0].index / max(1, self.settings.steps)
            progress.reach(before + share * len(group), rows)
        return rows

    def _write(self, plan: Planned, step: EditStep, place: Place) -> None:
        from flexit_engine.canvas import write_picture

        texts = plan.recipe.model_copy(update={"batch": place}).texts()
        try:
            path = write_picture(step.picture, plan.task.result, texts=texts, replace=self.force)
        except Exception as error:
            self._fail(plan.task, error)
        else:
            self.done.append(path)

    def _fail(self, task: Task, error: Exception) -> None:
        reported = as_error(error)
        self.failed.append(
            {
                "input": str(task.picture),
                "code": reported.code,
                "message": reported.message,
                "hint": reported.hint,
            }
        )


def _is_result(path: Path, recipe: Recipe) -> bool:
    """Whether a file is the result of a recipe, made by any version in a batch of any size."""
    from flexit_engine.canvas import read_texts

    try:
        found = parse_recipe(read_texts(path), path)
    except (PictureError, OSError):
        return False
    return found.model_copy(update={"version": recipe.version, "batch": recipe.batch}) == recipe
