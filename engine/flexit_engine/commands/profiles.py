"""`flexit profiles`: which networks there are, and which of them can be used."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome
from flexit_engine.networks.inventory import describe
from flexit_engine.networks.profiles import list_profiles, load_profile

MEGABYTE = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    add_common_options(parser)


def run(_arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """List the profiles.

    Raises:
        ProfileError: one of the descriptions is broken.
    """
    rows = [describe(load_profile(name)) for name in list_profiles()]
    return Outcome("\n\n".join(_paragraph(row) for row in rows), rows)


def _paragraph(row: Mapping[str, Any]) -> str:
    state = (
        "installed"
        if row["installed"]
        else f"missing in {row['folder']}: {', '.join(row['missing'])}"
    )
    size = f"{'' if row['bytes_complete'] else '> '}{row['bytes'] / MEGABYTE:,.0f} MB"
    lines = [
        f"{row['name']}: {row['title']}",
        f"    {row['resolution']} px, {size}, {state}",
        *(f"    licence: {licence}" for licence in row["licences"]),
    ]
    return "\n".join(lines)
