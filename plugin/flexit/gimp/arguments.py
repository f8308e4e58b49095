"""The arguments of the edit's procedure, and the choices they stand for."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from gi.repository import Gimp, GObject

from flexit.model import Choices
from flexit.model.choices import (
    LARGEST_SEED,
    MOST_CONTEXT,
    MOST_FEATHER,
    MOST_STEPS,
    MOST_VARIANTS,
)
from flexit.model.words import inputs, labels, presets, tips

PROFILES = ("mini", "paper", "paper5")
"""The sets of networks there are; which of them are installed, only the engine knows."""
UNSET = {"steps": 0, "seed": -1}
"""GIMP's arguments always have a value: these stand for None."""
NUMBERS = {
    "strength": ("double", 0.0, 1.0),
    "steps": ("int", UNSET["steps"], MOST_STEPS),
    "seed": ("int", UNSET["seed"], LARGEST_SEED),
    "variants": ("int", 1, MOST_VARIANTS),
    "context": ("double", 0.0, MOST_CONTEXT),
    "feather": ("int", 0, MOST_FEATHER),
}
"""Kind, least and most."""
NAMES = tuple(each.name for each in fields(Choices))


def add_arguments(procedure: Gimp.Procedure) -> None:
    """Have a procedure take all choices."""
    _add(procedure, "argument")


def add_return_values(procedure: Gimp.Procedure) -> None:
    """Have a procedure return all choices."""
    _add(procedure, "return_value")


def choices_of(config: Gimp.ProcedureConfig) -> Choices:
    """What the arguments say."""
    values = {name: config.get_property(name) for name in NAMES}
    set_values = {name: value for name, value in values.items() if value != UNSET.get(name)}
    return Choices.from_json(set_values)


def values_of(choices: Choices) -> dict[str, Any]:
    """Choices as values of the arguments, or of what is returned, in their order."""
    values = choices.as_json()
    if values["profile"] not in PROFILES:  # kept by a later version
        values["profile"] = Choices().profile
    return {name: UNSET[name] if values[name] is None else values[name] for name in NAMES}


def set_choices(config: Gimp.ProcedureConfig, choices: Choices) -> None:
    """Have the arguments say it."""
    for name, value in values_of(choices).items():
        config.set_property(name, value)


def _add(procedure: Gimp.Procedure, ending: str) -> None:
    default = values_of(Choices())
    options = {
        "input": inputs(),
        "preset": presets(),
        "profile": {name: name for name in PROFILES},
    }
    for name in NAMES:
        kind: str = "string"
        limits: list[Any] = []
        if name in NUMBERS:
            kind, *limits = NUMBERS[name]
        elif name in options and ending == "argument":  # GIMP 3.0 crashes when it returns one
            kind, limits = "choice", [_choice(options[name])]
        add = getattr(procedure, f"add_{kind}_{ending}")
        words = (name, labels()[name], tips()[name])
        add(*words, *limits, default[name], GObject.ParamFlags.READWRITE)


def _choice(options: dict[str, str]) -> Gimp.Choice:
    choice = Gimp.Choice.new()
    for number, (name, label) in enumerate(options.items()):
        choice.add(name, number, label, "")
    return choice
