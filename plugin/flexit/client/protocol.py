"""What is said over the wire; the contract is docs/service.md.

The engine has these names in `flexit_engine.service.protocol`; one test holds both sides together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, TypedDict

PROTOCOL = 1
"""The version of the protocol that this client speaks."""

RAW = "application/octet-stream"
"""`Accept` for pixels as they lie in memory."""

BANDS = {"RGBA": 4, "RGB": 3, "BGRA": 4, "GRAY": 1, "GRAYA": 2}
"""Values a pixel has."""
BYTES = {"uint8": 1, "uint16": 2, "float32": 4}
"""Bytes a value has."""

KINDS = frozenset({"state", "progress", "preview", "done", "failed", "cancelled"})
"""Events."""
ENDINGS = frozenset({"done", "failed", "cancelled"})
"""Those after which nothing comes; also the states in which an edit has ended."""


class PixelFormat(NamedTuple):
    """How raw pixels lie: rows from the top, no padding, little-endian, straight alpha, sRGB."""

    width: int
    height: int
    channels: str
    """One of `BANDS`; a mask is `GRAY`."""
    depth: str = "uint8"
    """One of `BYTES`; `float32` is 0…1."""

    @property
    def size(self) -> int:
        """Bytes of the whole picture."""
        return self.width * self.height * BANDS[self.channels] * BYTES[self.depth]


@dataclass(frozen=True)
class EditRequest:
    """An edit as it is asked for; the engine checks all of it."""

    target: str
    """What it should become."""
    source: str = ""
    """What is there; empty: it is not told."""
    profile: str = "mini"
    preset: str = "standard"
    strength: float | None = None
    """0…1; None: as the preset has it."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Any of the engine's settings, over the preset's."""
    image: PixelFormat | None = None
    """None: the image is an encoded file, such as a PNG."""
    mask: PixelFormat | None = None
    """None: the mask, if there is one, is an encoded file."""
    result: str | None = None
    """`raw`, `png`, `jpeg`, `webp`, `tiff` or `gif`; None: as the image came."""
    names: dict[str, str] = field(default_factory=dict)
    """`image`, `mask`: what the files are called in the recipe inside an encoded result."""
    on_disconnect: str = "keep"
    """`cancel`: ends the edit when nobody follows it any more."""
    keep_alive: float | None = None
    """Seconds the networks stay in memory afterwards, −1 for ever; None: as the engine has it."""
    client: str = ""
    """Who asks; turns go round between clients."""

    def as_json(self) -> dict[str, Any]:
        """As it is sent."""
        formats = {
            name: value and value._asdict()
            for name, value in (("image", self.image), ("mask", self.mask))
        }
        return {**asdict(self), **formats}


class Box(TypedDict):
    """A part of the image, in its pixels."""

    left: int
    top: int
    width: int
    height: int


class Progress(TypedDict):
    """How far a running edit is."""

    stage: str
    """`loading`, `encoding`, `step` or `composing`."""
    step: int
    steps: int
    seconds_left: float | None
    losses: dict[str, float | None]
    understood: list[str]
    """What texts were taken for, as `dog → Chihuahua`."""


class Failure(TypedDict):
    """What went wrong; `errors.error_from` makes an exception of it."""

    code: str
    message: str
    hint: str
    log: str


class EditInfo(TypedDict):
    """An edit as it stands."""

    id: str
    state: str
    """`queued`, `running`, or one of `ENDINGS`."""
    client: str
    source: str
    target: str
    profile: str
    settings: dict[str, Any]
    """All of them, as used."""
    on_disconnect: str
    created: float
    started: float | None
    finished: float | None
    position: int | None
    """Edits before this one, while it is queued."""
    progress: Progress | None
    kept: int | None
    """The last step one can come back to."""
    box: Box | None
    """The part of the image that the networks see; previews show it."""
    seconds: dict[str, float]
    """How long each stage took."""
    error: Failure | None
    note: str
    """What was changed to make the edit fit into memory."""
    version: str
    """Of the engine."""


class WorkerInfo(TypedDict):
    """A worker process as it stands."""

    device: str
    state: str
    """`stopped`, `loading`, `idle` or `busy`."""
    profile: str | None
    pid: int | None
    memory: int | None
    """Bytes."""


class Ready(TypedDict):
    """Whether an edit could start at once."""

    ready: bool
    queued: int
    workers: list[WorkerInfo]


class Health(TypedDict):
    """The engine answers."""

    status: str
    version: str
    protocol: int
    pid: int
    uptime: float
    """Seconds since its start."""
