"""`flexit edit IN OUT`."""

from __future__ import annotations

import argparse
from pathlib import Path

from flexit_engine import __version__
from flexit_engine.commands import remote
from flexit_engine.commands.job import Job, carry_out
from flexit_engine.commands.options import (
    add_common_options,
    add_device_option,
    add_edit_options,
    add_force_option,
    chosen_settings,
)
from flexit_engine.commands.outcome import Outcome
from flexit_engine.commands.outputs import check_outputs, numbered
from flexit_engine.errors import SettingsError
from flexit_engine.networks.profiles import load_profile
from flexit_engine.recipe import LARGEST_BATCH, FileReference, Place, Recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("picture", metavar="IN", type=Path, help="the picture; stays as it is")
    parser.add_argument("result", metavar="OUT", type=Path, help="the edited picture")
    parser.add_argument(
        "--mask", type=Path, metavar="FILE", help="a picture of the same size, white where to edit"
    )
    parser.add_argument(
        "--variants",
        type=int,
        default=1,
        metavar="K",
        help="make K results with consecutive seeds: OUT-1, OUT-2 and so on (default: 1)",
    )
    parser.add_argument(
        "--film", type=Path, metavar="FILE", help="also write eight of the steps side by side"
    )
    parser.add_argument(
        "--local", action="store_true", help="edit in this process, even if an engine runs"
    )
    add_edit_options(parser)
    add_device_option(parser)
    add_force_option(parser)
    add_common_options(parser)


def run(arguments: argparse.Namespace, show_progress: bool) -> Outcome:
    """Edit one picture.

    Raises:
        FlexITError: what is wrong, in one sentence.
    """
    profile = load_profile(arguments.profile)
    settings = chosen_settings(arguments, profile)
    count = arguments.variants
    if not 1 <= count <= LARGEST_BATCH:
        raise SettingsError(f"{count} variants cannot be made.", f"Ask for 1 to {LARGEST_BATCH}.")
    seeds = [settings.replace(seed=settings.seed + number).seed for number in range(count)]
    picture, mask, film = arguments.picture, arguments.mask, arguments.film
    results = numbered(arguments.result, count)
    inputs = [picture] if mask is None else [picture, mask]
    outputs = results if film is None else [*results, film]
    check_outputs(outputs, inputs, arguments.force)
    folder = arguments.result.parent
    recipe = Recipe(
        version=__version__,
        profile=profile.name,
        source=arguments.source,
        target=arguments.target,
        settings=settings,
        steps=settings.steps,
        input=FileReference.of(picture, folder),
        mask=None if mask is None else FileReference.of(mask, folder),
        batch=Place(size=count),
    )
    rows = dict(enumerate(results))
    job = Job(recipe, picture, mask, seeds, rows, arguments.device, film, arguments.force)
    if not arguments.local and (address := remote.engine_for(job)) is not None:
        return remote.carry_out(job, address, show_progress)
    return carry_out(job, show_progress)
