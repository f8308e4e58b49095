"""What a user chooses for an edit, with its ranges; and the requests it becomes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from flexit.client import EditRequest, PixelFormat

LAYER, VISIBLE = "layer", "visible"
PRESETS = ("draft", "standard", "quality")

LONGEST_TEXT = 1000
MOST_STEPS = 1000
MOST_VARIANTS = 8
MOST_CONTEXT = 1.0
MOST_FEATHER = 200
LARGEST_SEED = 99_999
"""Small enough to be read out and typed in again."""


@dataclass(frozen=True)
class Choices:
    """Everything a user can set. What is out of range is moved into it."""

    target: str = ""
    """What it should become."""
    source: str = ""
    """What is there; may be empty."""
    input: str = LAYER
    """`layer`: the chosen layer alone; `visible`: the picture as it is seen."""
    strength: float = 0.5
    """0 hardly touches the picture, 1 lets go of it; 0.5 is the preset."""
    preset: str = "standard"
    """One of `PRESETS`."""
    profile: str = "mini"
    """The set of networks; which there are, the engine knows."""
    steps: int | None = None
    """1…`MOST_STEPS`, at medium strength; None: the preset's."""
    seed: int | None = None
    """0…`LARGEST_SEED`; None: another one each time."""
    variants: int = 1
    """1…`MOST_VARIANTS` results, from consecutive seeds."""
    context: float = 0.25
    """Margin of picture seen around the selection, as a fraction of its longer side; up to
    `MOST_CONTEXT`."""
    feather: int = 0
    """Pixels over which the selection's edge fades inwards, up to `MOST_FEATHER`."""

    def __post_init__(self) -> None:
        for name, value in _mended(asdict(self)).items():
            object.__setattr__(self, name, value)

    def replace(self, **changes: Any) -> Choices:  # noqa: ANN401
        """A copy with some of it changed."""
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        """As it is kept in files."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: object) -> Choices:
        """What was kept; the default in place of whatever is damaged or missing."""
        facts = kept if isinstance(kept, Mapping) else {}
        return cls(**{each.name: facts[each.name] for each in fields(cls) if each.name in facts})


def requests_of(
    choices: Choices,
    image: PixelFormat,
    *,
    masked: bool,
    client: str,
    on_disconnect: str = "keep",
) -> list[EditRequest]:
    """What the engine is asked for: one edit a variant.

    The plug-in's layer carries the selection as its alpha or mask. So the pixels come back edited
    all over the frame: blended by the engine as well, a soft edge would fade twice.

    Args:
        choices: as the user made them; without a seed a new one is drawn.
        image: how the pixels lie.
        masked: whether there is a selection; its mask is as large as the image.
        client: who asks.
        on_disconnect: `keep`, or `cancel` to end the edit when nobody follows it any more.
    """
    seed = secrets.randbelow(LARGEST_SEED + 1) if choices.seed is None else choices.seed
    settings: dict[str, Any] = {"context": choices.context}
    if masked:
        # The editor's own layer carries the selection; what the engine finds by itself it applies.
        settings["mask_composition"] = False
    if choices.steps is not None:
        settings["steps"] = choices.steps
    return [
        EditRequest(
            target=choices.target,
            source=choices.source,
            profile=choices.profile,
            preset=choices.preset,
            strength=choices.strength,
            settings={**settings, "seed": (seed + number) % (LARGEST_SEED + 1)},
            image=image,
            mask=PixelFormat(image.width, image.height, "GRAY") if masked else None,
            result="raw",
            on_disconnect=on_disconnect,
            client=client,
        )
        for number in range(choices.variants)
    ]


def _mended(values: dict[str, Any]) -> dict[str, Any]:
    default = {each.name: each.default for each in fields(Choices)}
    chosen = {
        "target": _text(values["target"]),
        "source": _text(values["source"]),
        "input": values["input"] if values["input"] in (LAYER, VISIBLE) else None,
        "strength": _number(values["strength"], 0, 1),
        "preset": values["preset"] if values["preset"] in PRESETS else None,
        "profile": _text(values["profile"]) or None,
        "variants": _whole(values["variants"], 1, MOST_VARIANTS),
        "steps": _whole(values["steps"], 1, MOST_STEPS),
        "seed": _whole(values["seed"], 0, LARGEST_SEED),
        "context": _number(values["context"], 0, MOST_CONTEXT),
        "feather": _whole(values["feather"], 0, MOST_FEATHER),
    }
    return {name: default[name] if value is None else value for name, value in chosen.items()}


def _text(value: object) -> str | None:
    return " ".join(value.split())[:LONGEST_TEXT] if isinstance(value, str) else None


def _number(value: object, least: float, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    return float(min(max(value, least), most))


def _whole(value: object, least: int, most: int) -> int | None:
    number = _number(value, least, most)
    return None if number is None else int(number)
