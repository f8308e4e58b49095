"""Options that several commands share; those of an edit come from the fields of `Settings`."""

from __future__ import annotations

import argparse
from typing import Any

from flexit_engine.networks.profiles import Profile
from flexit_engine.settings import PRESETS, Settings, preset_settings, with_strength

ANY_DEVICE = "auto"
LARGEST_SHOWN = 10_000
"""Limits above this one are there for the machine's sake and are not worth showing."""


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """How a command talks."""
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument("--debug", action="store_true", help="show where in the program errors are")


def add_device_option(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument(
        "--device",
        default=ANY_DEVICE,
        help="auto, cpu, cuda, cuda:1, xpu or mps; auto takes the fastest there is",
    )


def add_force_option(parser: argparse.ArgumentParser) -> None:
    """Whether results may replace files."""
    parser.add_argument(
        "--force", action="store_true", help="replace existing results, but never an input"
    )


def add_edit_options(parser: argparse.ArgumentParser) -> None:
    """Texts, networks and settings of an edit."""
    parser.add_argument(
        "--from",
        dest="source",
        default="",
        metavar="TEXT",
        help="what is there: «cat», or several as «cat, animal»; may be left out",
    )
    parser.add_argument(
        "--to",
        dest="target",
        default="",
        metavar="TEXT",
        help="what it should become: «dog», or several as «dog:0.7, wolf:0.3»",
    )
    add_network_options(parser)
    parser.add_argument(
        "--strength",
        type=float,
        metavar="0…1",
        help="how much to let go of the picture, on top of the other settings; 0.5 changes nothing",
    )
    _add_settings(parser.add_argument_group("settings", "defaults are those of `standard`"))


def add_network_options(parser: argparse._ActionsContainer) -> None:
    """Networks, and settings to start from."""
    parser.add_argument("--profile", default="mini", help="the networks; see `flexit profiles`")
    parser.add_argument(
        "--preset", default="standard", help=f"settings to start from: {', '.join(PRESETS)}"
    )


def chosen_settings(arguments: argparse.Namespace, profile: Profile) -> Settings:
    """The settings that the arguments ask for.

    Raises:
        SettingsError: one of them is out of range.
    """
    given = {
        name: value
        for name in Settings.model_fields
        if (value := getattr(arguments, name)) is not None
    }
    settings = preset_settings(profile, arguments.preset, **given)
    return settings if arguments.strength is None else with_strength(settings, arguments.strength)


def _add_settings(group: argparse._ArgumentGroup) -> None:
    """One option for each field of `Settings`; values are checked there, not here."""
    for name, field in Settings.model_json_schema()["properties"].items():
        flag = "--" + name.replace("_", "-")
        text = _help(field)
        if field.get("type") == "boolean":
            group.add_argument(flag, action=argparse.BooleanOptionalAction, help=text)
        else:
            group.add_argument(flag, metavar=_range(field), help=text)


def _help(field: dict[str, Any]) -> str:
    text: str = field["description"].removesuffix(".")
    if isinstance(field["default"], bool):
        text += " (default: yes)" if field["default"] else " (default: no)"
    elif field["default"] is not None:
        text += f" (default: {field['default']})"
    return text.replace("%", "%%")


def _range(field: dict[str, Any]) -> str:
    """What a field takes: `0…100`, `latent|pixels`, or just `N` where the limit says nothing."""
    if "enum" in field:
        return "|".join(field["enum"])
    bounds = next((kind for kind in field.get("anyOf", []) if "maximum" in kind), field)
    if bounds["maximum"] > LARGEST_SHOWN:
        return "N"
    lowest = bounds.get("minimum", bounds.get("exclusiveMinimum"))
    return f"{lowest}…{bounds['maximum']}"
