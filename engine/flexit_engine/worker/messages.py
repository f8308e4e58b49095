"""What the service and a worker say to each other, one JSON object a line. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from flexit_engine.canvas.limits import MAX_SIDE
from flexit_engine.settings import Settings

Stage = Literal["loading", "encoding", "step", "composing"]
Channels = Literal["RGBA", "RGB", "BGRA", "GRAY", "GRAYA"]
Depth = Literal["uint8", "uint16", "float32"]
Form = Literal["raw", "png", "jpeg", "webp", "tiff", "gif"]
"""How pixels travel: as they lie in memory, or as a file."""

BANDS: dict[Channels, int] = {"RGBA": 4, "RGB": 3, "BGRA": 4, "GRAY": 1, "GRAYA": 2}
BYTES: dict[Depth, int] = {"uint8": 1, "uint16": 2, "float32": 4}

Name = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")]


class PixelFormat(BaseModel):
    """How raw pixels lie: rows from the top, no padding, little-endian, straight alpha, sRGB."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(ge=1, le=MAX_SIDE)
    height: int = Field(ge=1, le=MAX_SIDE)
    channels: Channels
    depth: Depth = "uint8"

    @property
    def size(self) -> int:
        """Bytes of the whole picture."""
        return self.width * self.height * BANDS[self.channels] * BYTES[self.depth]


class Names(BaseModel):
    """What the files were called, for the recipe inside an encoded result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: Name = "image"
    mask: Name = "mask"


class Box(BaseModel):
    """A part of the image, in its pixels."""

    left: int
    top: int
    width: int
    height: int


class Progress(BaseModel):
    """How far a running edit is."""

    stage: Stage
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    losses: dict[str, float | None] = {}
    understood: list[str] = []
    """What texts were taken for, as `dog → Chihuahua`."""


class Failure(BaseModel):
    """What went wrong, in the words for the user."""

    code: str
    message: str
    hint: str = ""
    log: str = ""


class Laid(BaseModel):
    """What a result file holds."""

    form: Form
    width: int
    height: int
    step: int
    channels: Channels = "RGBA"
    """Of raw pixels only, as is the depth."""
    depth: Depth = "uint8"


NOT_UNDERSTOOD = 76
"""Exit code of a worker that was given an order it cannot read: `EX_PROTOCOL`."""


class EditOrder(BaseModel):
    """Edit a picture, or go on with what its folder holds of the edit."""

    do: Literal["edit"] = "edit"
    id: str
    folder: Path
    """Holds `image` and perhaps `mask`; takes what comes of the edit."""
    profile: str
    source: str
    target: str
    settings: Settings
    image: PixelFormat | None
    mask: PixelFormat | None
    has_mask: bool
    form: Form | None
    """Of the result; None: as the image came."""
    names: Names


class RenderOrder(BaseModel):
    """Make the picture as it was at a step, into a file of the folder."""

    do: Literal["render"] = "render"
    ticket: int
    edit: EditOrder
    step: int
    form: Form | None
    file: str


class CancelOrder(BaseModel):
    """Stop an edit after the step it is at."""

    do: Literal["cancel"] = "cancel"
    id: str


Order = Annotated[EditOrder | RenderOrder | CancelOrder, Field(discriminator="do")]
ORDERS: TypeAdapter[Order] = TypeAdapter(Order)


class ReadyReport(BaseModel):
    """The process is there and takes orders; the first report of all."""

    say: Literal["ready"] = "ready"
    version: str = ""
    """Of the code that the process was started from, which may be newer than the service's."""


class BrokenReport(BaseModel):
    """The process cannot go on, and ends; the last report of all."""

    say: Literal["broken"] = "broken"
    reason: str


class LoadedReport(BaseModel):
    """It holds the verified networks of a profile."""

    say: Literal["loaded"] = "loaded"
    profile: str
    device: str
    """The one that `auto` has become."""


class ProgressReport(BaseModel):
    """How far the edit is."""

    say: Literal["progress"] = "progress"
    id: str
    progress: Progress
    kept: int | None = None
    box: Box | None = None


class AdaptedReport(BaseModel):
    """The edit goes on with other settings, because it did not fit into memory."""

    say: Literal["adapted"] = "adapted"
    id: str
    settings: Settings
    note: str


class PreviewReport(BaseModel):
    """The file `preview` is newer: the networks' picture, raw RGB."""

    say: Literal["preview"] = "preview"
    id: str
    step: int
    box: Box
    width: int
    height: int


class DoneReport(BaseModel):
    """The edit is finished and its result written."""

    say: Literal["done"] = "done"
    id: str
    laid: Laid
    """What the file `result` holds."""
    seconds: dict[str, float]


class CancelledReport(BaseModel):
    """The edit was stopped as ordered."""

    say: Literal["cancelled"] = "cancelled"
    id: str


class FailedReport(BaseModel):
    """The edit failed."""

    say: Literal["failed"] = "failed"
    id: str
    error: Failure
    fatal: bool = False
    """The process is of no more use, and ends."""


class RenderedReport(BaseModel):
    """A step's picture was made, or why not."""

    say: Literal["rendered"] = "rendered"
    ticket: int
    laid: Laid | None = None
    error: Failure | None = None
    fatal: bool = False
    """The process is of no more use, and ends."""


Report = Annotated[
    ReadyReport
    | BrokenReport
    | LoadedReport
    | ProgressReport
    | AdaptedReport
    | PreviewReport
    | DoneReport
    | CancelledReport
    | FailedReport
    | RenderedReport,
    Field(discriminator="say"),
]
REPORTS: TypeAdapter[Report] = TypeAdapter(Report)
