"""What stays with a result's layer: how it was made, enough to make it again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import flexit
from flexit.client import EditRequest, PixelFormat

from .choices import Choices, requests_of
from .region import Region

FORMAT = 1
LARGEST = 1 << 31


@dataclass(frozen=True)
class Recipe:
    """How a result was made."""

    choices: Choices
    """As the user made them, with the seed that was used."""
    settings: dict[str, Any]
    """All of the engine's settings, as used."""
    region: Region
    """Of the picture: what was sent."""
    edit: str = ""
    """The engine's name for it."""
    step: int | None = None
    """The step that the layer shows."""
    engine: str = ""
    """The engine's version."""
    plugin: str = field(default=flexit.__version__)
    """The plug-in's version."""

    def as_json(self) -> str:
        """As it is kept: JSON in ASCII, since GIMP's parasites take no other bytes."""
        facts = {**self.__dict__, "choices": self.choices.as_json(), "region": list(self.region)}
        return json.dumps({"flexit": FORMAT, **facts}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Recipe | None:
        """Read what was kept; None where it is no recipe, is damaged, or of a later form."""
        try:
            facts = json.loads(text)
            if facts.pop("flexit") != FORMAT or not isinstance(facts["settings"], dict):
                return None
            return cls(
                Choices.from_json(facts["choices"]),
                facts["settings"],
                Region(*map(_whole, facts["region"])),
                str(facts["edit"]),
                None if facts["step"] is None else _whole(facts["step"]),
                str(facts["engine"]),
                str(facts["plugin"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def request(
        self, image: PixelFormat, *, masked: bool, client: str, on_disconnect: str = "keep"
    ) -> EditRequest:
        """The same edit again, to the byte where the picture is the same."""
        choices = self.choices.replace(variants=1)
        (like,) = requests_of(
            choices, image, masked=masked, client=client, on_disconnect=on_disconnect
        )
        facts = {**like.__dict__, "strength": None, "settings": {**self.settings}}
        return EditRequest(**facts)


def _whole(number: Any) -> int:  # noqa: ANN401
    """A number from a document, which may hold any.

    Raises:
        ValueError: no picture has so many pixels, nor an edit so many steps.
    """
    if not abs(number) <= LARGEST:
        raise ValueError(number)
    return int(number)
