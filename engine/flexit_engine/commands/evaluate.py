"""`flexit evaluate`: the paper's protocol on a folder of pictures, with a report at the end."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from flexit_engine.benchmark.suites import MethodSpec, Suite, all_methods, load_suites, suite_names
from flexit_engine.commands.options import (
    add_common_options,
    add_device_option,
    add_network_options,
)
from flexit_engine.commands.outcome import Outcome
from flexit_engine.errors import SettingsError, UsageError
from flexit_engine.networks.profiles import load_profile
from flexit_engine.recipe import LARGEST_BATCH


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "data",
        metavar="DATA",
        type=Path,
        help="ImageNet's validation folder, a folder of clustered pictures, or a table of "
        "photographs (images.csv)",
    )
    parser.add_argument(
        "out",
        metavar="OUT_FOLDER",
        type=Path,
        help="results and report; goes on with what is there",
    )
    _add_questions(parser.add_argument_group("what is asked"))
    _add_methods(parser.add_argument_group("what is compared"))
    _add_critics(parser.add_argument_group("who judges"))
    _add_work(parser.add_argument_group("how it is worked on"))
    add_device_option(parser)
    add_common_options(parser)


def _add_questions(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--split",
        choices=("dev", "test"),
        default="dev",
        help="dev is for choosing settings; look at test once (default: dev)",
    )
    group.add_argument("--queries", type=int, metavar="N", help="only N, spread over the targets")
    group.add_argument(
        "--query-table",
        type=Path,
        metavar="CSV",
        help="the released queries.csv; drawn by the paper's rule when not given",
    )
    group.add_argument("--query-seed", type=int, default=0, metavar="N", help="of that draw")
    group.add_argument(
        "--columns",
        default="",
        metavar="ROLE=NAME,…",
        help="photographs: what the table calls path, label, kind, near, mask, split",
    )
    group.add_argument("--style", help="minidata: drawing style of the sources")
    group.add_argument(
        "--side", type=int, metavar="N", help="of the sources in pixels (default: the profile's)"
    )


def _add_methods(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--suite",
        action="append",
        metavar="NAME",
        help=f"{', '.join(suite_names())}, or a TOML file of such; repeatable (default: main)",
    )
    group.add_argument(
        "--method",
        action="append",
        metavar="MODULE:CLASS",
        help="a class of yours, as a row of the first suite: called with (picture, source, target)",
    )
    group.add_argument(
        "--control",
        metavar="FOLDER",
        help="other weights of the profile, as a row of the first suite",
    )
    group.add_argument(
        "--leave-out",
        action="append",
        metavar="NAME",
        help="an image-text network of the profile that does not edit, so that it may judge",
    )
    add_network_options(group)
    group.add_argument(
        "--set",
        action="append",
        metavar="SETTING=VALUE",
        help="a setting of all methods, as --steps of `flexit edit`: steps=40",
    )


def _add_critics(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--judge",
        action="append",
        type=Path,
        metavar="FILE",
        required=True,
        help="ImageNet, photographs: DeiT-B distilled, or lite0, lite1, lite2, squeezenet; else "
        "judges made by training; the first one decides",
    )
    group.add_argument("--alexnet", type=Path, metavar="FILE", help="its weights, for LPIPS")
    group.add_argument("--inception", type=Path, metavar="FILE", help="FID's, for SFID and CSFID")
    group.add_argument(
        "--blind",
        type=int,
        metavar="N",
        help="numbered sheets of N results and a table for a viewer who was told nothing: the "
        "report counts what was filled in",
    )
    group.add_argument(
        "--against",
        type=Path,
        metavar="OUT_FOLDER",
        help="of a former run: as many sheets that show its results beside these, for --blind",
    )
    group.add_argument(
        "--references", type=Path, metavar="FOLDER", help="ImageNet: training pictures"
    )
    group.add_argument(
        "--statistics", type=Path, metavar="FILE", help="of the references, kept for other runs"
    )


def _add_work(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--batch-size", type=int, default=8, metavar="N", help="edited at a time (default: 8)"
    )
    group.add_argument("--threads", type=int, default=0, metavar="N", help="of each process's CPU")
    group.add_argument("--shard", default="1/1", metavar="I/N", help="do the I-th of N parts only")
    group.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="on Ray; here when no address is given",
    )
    group.add_argument(
        "--actors",
        type=int,
        default=0,
        metavar="N",
        help="of Ray (default: one for each GPU or CPU)",
    )


def run(arguments: argparse.Namespace, show_progress: bool) -> Outcome:
    """Make what is missing of the results, and the report once all are there.

    Raises:
        FlexITError: something cannot be done; results made until then are kept.
    """
    suites = _suites(arguments)
    methods = all_methods(suites)
    for method in methods:
        method.all_settings()
        _check_networks(method, arguments.judge)
    if not 1 <= arguments.batch_size <= LARGEST_BATCH:
        raise SettingsError(
            f"The batch size cannot be {arguments.batch_size}.", f"It lies in 1…{LARGEST_BATCH}."
        )
    if arguments.blind is not None:
        _check_blind_look(arguments.blind, suites[0])
    elif arguments.against:
        raise UsageError("--against needs to know how many to show.", "Add --blind 100.")
    # Only now, when the arguments are known to be right, what needs torch.
    from flexit_engine.commands.evaluate_run import evaluate

    return evaluate(arguments, suites, methods, show_progress)


def _check_networks(method: MethodSpec, judges: Sequence[Path]) -> None:
    """Let no network judge what it edited.

    Raises:
        UsageError: one would, or one that is left out is not there, or none is left.
    """
    if not method.edits:
        return
    names = method.networks_that_edit()
    if not names:
        raise UsageError("No network is left to edit with.", "Leave out fewer of them.")
    for judge in judges:
        if str(judge) in names:
            raise UsageError(
                f"The network {str(judge)!r} would judge its own edits.",
                f"Leave it out: --leave-out {judge}",
            )


def _check_blind_look(count: int, suite: Suite) -> None:
    """Refuse before the work what could not be shown after it.

    Raises:
        SettingsError: no picture is asked for.
        UsageError: the suite holds baselines only.
    """
    if count < 1:
        raise SettingsError(
            f"A blind look at {count} pictures shows nothing.", "Ask for some: 100."
        )
    if all(method.is_baseline for method in suite.methods):
        raise UsageError(
            "A blind look needs a method that is no baseline.", "Add one to the suite."
        )


def _suites(arguments: argparse.Namespace) -> list[Suite]:
    """The suites that are asked for; the user's own rows join the first.

    Raises:
        UsageError: there is no such suite, or a setting is not of the form NAME=VALUE.
    """
    changes = dict(pair.partition("=")[::2] for pair in arguments.set or ())
    if "" in changes.values():
        raise UsageError("A setting has no value.", "Write --set NAME=VALUE.")
    profile, preset = load_profile(arguments.profile).name, arguments.preset
    names = dict.fromkeys(arguments.suite or ["main"])
    first, *others = [
        suite for name in names for suite in load_suites(name, profile, preset, changes)
    ]
    rows = [MethodSpec(name=path, kind="own", path=path) for path in arguments.method or ()]
    if arguments.control:
        plain = next(method for method in first.methods if method.kind == "flexit")
        control = {"name": "FlexIT, control", "weights": arguments.control}
        rows.append(plain.model_copy(update=control))
    suites = [first.model_copy(update={"methods": (*first.methods, *rows)}), *others]
    return [_without(suite, tuple(arguments.leave_out or ())) for suite in suites]


def _without(suite: Suite, networks: tuple[str, ...]) -> Suite:
    """The suite, its methods editing without some networks."""
    methods = [
        method.model_copy(update={"leave_out": networks}) if method.edits else method
        for method in suite.methods
    ]
    return suite.model_copy(update={"methods": tuple(methods)})
