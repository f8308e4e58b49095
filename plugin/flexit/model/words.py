"""What users read, in both editors: the names of things, and how far a run is."""

from __future__ import annotations

from flexit.client import FlexITError

from .language import _, counted, speaks_english
from .listener import RunProgress
from .region import Region


def labels() -> dict[str, str]:
    """What the fields of `Choices` are called."""
    return {
        "source": _("What is there"),
        "target": _("What it should become"),
        "input": _("Edit"),
        "strength": _("Strength"),
        "preset": _("Preset"),
        "profile": _("Networks"),
        "steps": _("Steps"),
        "seed": _("Seed"),
        "variants": _("Variants"),
        "context": _("Surroundings"),
        "feather": _("Soft edge"),
    }


def tips() -> dict[str, str]:
    """What the fields of `Choices` do."""
    return {
        "source": _("A word or two for what the selection shows now. May stay empty."),
        "target": _("A word or two for what it should show instead."),
        "input": _("What the edit starts from: the chosen layer alone, or all that is visible."),
        "strength": _("How far the picture may change: little on the left, a lot on the right."),
        "preset": _("How much work goes into an edit."),
        "profile": _("Which networks do the work."),
        "steps": _("How many steps an edit of medium strength takes."),
        "seed": _("The same seed makes the same result again."),
        "variants": _("How many results to make, each from another seed."),
        "context": _("How much of the picture around the selection is taken into account."),
        "feather": _("Over how many pixels the result fades towards the selection's edge."),
    }


def inputs() -> dict[str, str]:
    """The values of `Choices.input`."""
    return {"layer": _("This layer"), "visible": _("Visible image")}


def presets() -> dict[str, str]:
    """The values of `Choices.preset`."""
    return {"draft": _("Draft"), "standard": _("Standard"), "quality": _("Quality")}


def progress_words(progress: RunProgress) -> str:
    """How far a run is, such as `Step 12 of 32 · 3 s left · dog → Chihuahua`."""
    parts = [_stage(progress)]
    if progress.variants > 1:
        words = _("Variant {number} of {count}")
        parts.insert(0, words.format(number=progress.variant, count=progress.variants))
    if progress.seconds_left is not None:
        parts.append(time_left(progress.seconds_left))
    parts += progress.understood
    return " · ".join(parts)


def _stage(progress: RunProgress) -> str:
    if progress.stage == "step":
        return _("Step {step} of {steps}").format(step=progress.step, steps=progress.steps)
    if progress.stage == "queued" and progress.position:
        words = counted(
            "Waiting for {number} other edit", "Waiting for {number} other edits", progress.position
        )
        return words.format(number=progress.position)
    return {
        "reading": _("Reading the layer"),
        "connecting": _("Connecting to the engine"),
        "sending": _("Sending the picture"),
        "queued": _("Waiting for the engine"),
        "loading": _("Loading the networks"),
        "encoding": _("Looking at the picture"),
        "composing": _("Composing the result"),
        "fetching": _("Receiving the result"),
    }[progress.stage]


def time_left(seconds: float) -> str:
    """Such as `9 s left`, `2 min left`."""
    if seconds < 90:
        return _("{number} s left").format(number=max(1, round(seconds)))
    if seconds < 5400:
        return _("{number} min left").format(number=round(seconds / 60))
    return _("{number} h left").format(number=round(seconds / 3600))


def size_words(region: Region, resolution: int | None) -> str:
    """What will be worked on, such as `2048 × 1536 → 288`."""
    size = f"{region.width} × {region.height}"
    return f"{size} → {resolution}" if resolution else size


def error_words(error: FlexITError) -> tuple[str, str]:
    """What went wrong, and what to do: the engine's own words, or a translation by their code.

    The engine speaks English, and is precise: who reads English gets its words.
    """
    words = _translated_error(error.code)
    if words is None or speaks_english():
        return error.message, error.hint
    return words


def _translated_error(code: str) -> tuple[str, str] | None:
    again = _("Try again.")
    return {
        "picture": (_("The picture cannot be edited."), _("Choose another layer.")),
        "mask": (_("The selection cannot be used."), _("Select a part that can be seen.")),
        "text": (_("A text cannot be used."), _("Use one or two plain words.")),
        "unknown_words": (
            _("These networks do not know all of the words."),
            _("Use simpler English words, or other networks."),
        ),
        "settings": (_("A setting is out of range."), _("Reset the settings.")),
        "profile": (_("These networks do not exist."), _("Choose others.")),
        "weights": (_("Files of these networks are missing."), _("Choose other networks.")),
        "device": (_("The graphics card failed."), again),
        "out_of_memory": (
            _("There is too little memory for this edit."),
            _("Select a smaller part, or close other programs."),
        ),
        "too_large": (_("The picture is too large."), _("Select a smaller part.")),
        "busy": (_("The engine has too many edits waiting."), _("Try again in a minute.")),
        "worker_died": (_("The engine's worker process died."), again),
        "storage": (
            _("The engine cannot write to the disk."),
            _("Make room, or see the log."),
        ),
        "not_found": (_("The engine does not have this edit any more."), _("Run it again.")),
        "state": (_("The edit is not in a state for this."), _("Run it again.")),
        "not_installed": (_("The engine is not installed."), _("Install it.")),
        "not_running": (_("The engine is not running."), _("Start it.")),
        "died": (_("The engine ended unexpectedly."), _("Start it again.")),
        "start_failed": (_("The engine did not start."), _("See its log.")),
        "silent": (_("The engine does not answer."), again),
        "bad_answer": (_("What answers is not FlexIT's engine."), _("Start the engine again.")),
        "wrong_version": (
            _("Plug-in and engine are of different versions."),
            _("Update the older one."),
        ),
    }.get(code)
