"""`flexit doctor`: what is right and what is not, each with the command that mends it."""

from __future__ import annotations

import argparse
from pathlib import Path

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome

WRONG = 12
"""Exit code where something is to be mended."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write a ZIP for an issue as well: without names, paths, tokens and texts of yours",
    )
    add_common_options(parser)


def run(arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """Look at everything.

    Raises:
        OutputError: the report cannot be written.
    """
    from flexit_engine.service.discovery import data_folder
    from flexit_installer.bundle import page, write_bundle
    from flexit_installer.checks import all_findings
    from flexit_installer.places import User

    user, data = User.current(), data_folder()
    findings = list(all_findings(data, user))
    text = page(findings)
    if arguments.report:
        write_bundle(arguments.report, findings, data, user.home)
        text += f"\nThe report is {arguments.report}; look into it before you send it."
    exit_code = WRONG if any(finding.state == "wrong" for finding in findings) else 0
    return Outcome(text, [finding._asdict() for finding in findings], exit_code)
