"""What is said over the wire: requests and answers. The contract is docs/service.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from flexit_engine.settings import Settings
from flexit_engine.worker.messages import (
    Box,
    Failure,
    Form,
    Laid,
    Name,
    Names,
    PixelFormat,
    Progress,
)

PROTOCOL = 1
"""Goes up when an old client could not talk to a new engine any more."""

State = Literal["queued", "running", "done", "failed", "cancelled"]
Text = Annotated[str, StringConstraints(max_length=1000)]


class EditRequest(BaseModel):
    """An edit as it is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Text
    source: Text = ""
    profile: Name = "mini"
    preset: Name = "standard"
    strength: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    settings: dict[str, Any] = Field({}, max_length=64)
    image: PixelFormat | None = None
    """None: the part is an encoded file."""
    mask: PixelFormat | None = None
    result: Form | None = None
    """None: as the image came."""
    names: Names = Names()
    on_disconnect: Literal["keep", "cancel"] = "keep"
    keep_alive: float | None = Field(None, ge=-1, le=1e9, allow_inf_nan=False)
    client: Annotated[Name, StringConstraints(max_length=64)] = ""


class Continue(BaseModel):
    """A request for more steps."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(ge=1, le=10_000)


class Edit(BaseModel):
    """An edit as it stands."""

    id: str
    state: State = "queued"
    client: str = ""
    source: str = ""
    target: str
    profile: str
    settings: Settings
    on_disconnect: Literal["keep", "cancel"] = "keep"
    created: float
    started: float | None = None
    finished: float | None = None
    position: int | None = None
    progress: Progress | None = None
    kept: int | None = None
    result: Laid | None = None
    box: Box | None = None
    seconds: dict[str, float] = {}
    error: Failure | None = None
    note: str = ""
    version: str

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in ("done", "failed", "cancelled")


class Preview(BaseModel):
    """A newer picture of the networks can be fetched."""

    step: int
    box: Box


class Worker(BaseModel):
    """A worker process as it stands."""

    device: str
    state: Literal["stopped", "loading", "idle", "busy"]
    profile: str | None = None
    pid: int | None = None
    memory: int | None = None
    """Bytes of its resident set, where the system tells."""


class Ready(BaseModel):
    """Whether an edit could start at once."""

    ready: bool
    queued: int
    workers: list[Worker]


class Proof(BaseModel):
    """That the service has the token, without saying it."""

    proof: str
    """HMAC-SHA256 of the nonce, in hex; see `proof.proof_of`."""


class Health(BaseModel):
    """The service answers."""

    status: Literal["ok"] = "ok"
    version: str
    protocol: int = PROTOCOL
    pid: int
    uptime: float
    """Seconds since the start."""


class ErrorAnswer(BaseModel):
    """The one form of every error."""

    error: Failure
