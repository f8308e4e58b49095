"""`flexit edit --again RESULT [OUT]`: the same result once more, to the byte."""

from __future__ import annotations

import argparse
from pathlib import Path

from flexit_engine import __version__
from flexit_engine.commands.job import Job, carry_out
from flexit_engine.commands.options import add_common_options, add_device_option, add_force_option
from flexit_engine.commands.outcome import Outcome
from flexit_engine.commands.outputs import check_outputs
from flexit_engine.networks.profiles import load_profile
from flexit_engine.recipe import parse_recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("earlier", metavar="RESULT", type=Path, help="a result of `flexit edit`")
    parser.add_argument(
        "result", metavar="OUT", type=Path, nargs="?", help="default: RESULT's name with -again"
    )
    parser.add_argument(
        "--in", dest="picture", metavar="FILE", type=Path, help="where the edited picture is now"
    )
    parser.add_argument("--mask", metavar="FILE", type=Path, help="where its mask is now")
    add_device_option(parser)
    add_force_option(parser)
    add_common_options(parser)


def run(arguments: argparse.Namespace, show_progress: bool) -> Outcome:
    """Make a result again from the recipe in its metadata.

    The recipe is written as it was read, file names included, so that the files are equal.

    Raises:
        FlexITError: what is wrong, in one sentence.
    """
    from flexit_engine.canvas import read_texts

    earlier = arguments.earlier
    recipe = parse_recipe(read_texts(earlier), earlier)
    recipe = recipe.model_copy(update={"version": __version__})
    load_profile(recipe.profile)
    result = arguments.result or earlier.with_stem(f"{earlier.stem}-again")
    folder = earlier.resolve().parent
    picture = recipe.input.find(folder, arguments.picture, "--in")
    mask = None
    if recipe.mask is not None:
        mask = recipe.mask.find(folder, arguments.mask, "--mask")
    inputs = [earlier, picture] if mask is None else [earlier, picture, mask]
    check_outputs([result], inputs, arguments.force)
    # A batch of as many rows, all the same: only then are sums rounded as they were.
    seeds = [recipe.settings.seed] * recipe.batch.size
    results = {recipe.batch.row: result}
    job = Job(recipe, picture, mask, seeds, results, arguments.device, force=arguments.force)
    return carry_out(job, show_progress)
