"""`flexit batch`: many edits, several at a time; run again, it goes on where it stopped."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flexit_engine import __version__
from flexit_engine.commands.batch_run import BatchRun
from flexit_engine.commands.options import (
    add_common_options,
    add_device_option,
    add_edit_options,
    add_force_option,
    chosen_settings,
)
from flexit_engine.commands.outcome import Outcome
from flexit_engine.commands.outputs import check_folder, reason
from flexit_engine.commands.tasks import COLUMNS, read_tasks
from flexit_engine.errors import OutputError, SettingsError
from flexit_engine.networks.profiles import load_profile
from flexit_engine.recipe import LARGEST_BATCH

SOME_FAILED = 9
"""Exit code when a part of the edits failed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "edits",
        metavar="FOLDER_OR_CSV",
        type=Path,
        help=f"a folder of pictures, or a CSV file with the columns {', '.join(COLUMNS)}",
    )
    parser.add_argument(
        "results", metavar="OUT_FOLDER", type=Path, help="where results go; made if need be"
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        default=4,
        metavar="N",
        help="pictures of one working size edited at a time (default: 4)",
    )
    add_edit_options(parser)
    add_device_option(parser)
    add_force_option(parser)
    add_common_options(parser)


def run(arguments: argparse.Namespace, show_progress: bool) -> Outcome:
    """Make what is missing of a batch's results.

    Raises:
        FlexITError: nothing can be done at all; what is wrong with single pictures is reported.
    """
    started = time.perf_counter()
    if not 1 <= arguments.batch_size <= LARGEST_BATCH:
        raise SettingsError(
            f"The batch size cannot be {arguments.batch_size}.", f"It lies in 1…{LARGEST_BATCH}."
        )
    profile = load_profile(arguments.profile)
    settings = chosen_settings(arguments, profile)
    tasks = read_tasks(arguments.edits, arguments.results, arguments.source, arguments.target)
    _make_folder(arguments.results)
    batch = BatchRun(
        profile.name, arguments.device, settings, arguments.batch_size, arguments.force
    )
    batch.work_through(tasks, show_progress)
    report = {
        "version": __version__,
        "profile": profile.name,
        "settings": settings.model_dump(mode="json"),
        "done": [str(path) for path in batch.done],
        "skipped": [str(path) for path in batch.skipped],
        "failed": batch.failed,
        "seconds": round(time.perf_counter() - started, 3),
    }
    return Outcome(_summary(batch), report, SOME_FAILED if batch.failed else 0)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        raise OutputError(f"There can be no folder {str(folder)!r}: {reason(error)}.") from None
    check_folder(folder)


def _summary(batch: BatchRun) -> str:
    counts = f"{len(batch.done)} done, {len(batch.skipped)} already there, "
    return "\n".join([counts + f"{len(batch.failed)} failed", *_failures(batch.failed)])


def _failures(failed: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{each['input']}: {each['message']} {each['hint']}".rstrip() for each in failed]
