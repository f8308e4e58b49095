"""The command line's way of asking a running engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from flexit_engine.errors import (
    EngineUnreachable,
    FlexITError,
    PictureError,
    ServiceError,
    error_from,
)
from flexit_engine.service.discovery import Address
from flexit_engine.service.proof import ask_for_proof
from flexit_engine.service.protocol import (
    PROTOCOL,
    Edit,
    EditRequest,
    ErrorAnswer,
    Health,
    Preview,
    Ready,
)
from flexit_engine.worker.messages import Failure, Progress

SECONDS = httpx.Timeout(60.0, connect=5.0)
"""How long the engine may be silent; a result of the largest size takes a while to compose."""
SECONDS_FOR_HEALTH = httpx.Timeout(5.0)
WITH_LOG = frozenset({"error", "worker_died"})
"""Codes of faults of ours: only the log knows more."""

Answer = TypeVar("Answer", bound=BaseModel)


EVENTS: dict[str, type[Edit | Progress | Preview]] = {
    "state": Edit,
    "progress": Progress,
    "preview": Preview,
    "done": Edit,
    "failed": Edit,
    "cancelled": Edit,
}
"""What each kind of event carries."""


class Caller:
    """A connection to a running engine; what it refuses is raised as the engine's own errors.

    Raises:
        EngineUnreachable: from any call, if the engine does not answer as one.
    """

    def __init__(self, address: Address) -> None:
        self._token = address.token
        self._client = httpx.Client(
            # A transport of its own also keeps the environment's proxies out of it. Nothing is
            # encrypted on the way to oneself: not to read certificates saves 60 ms.
            transport=httpx.HTTPTransport(
                uds=str(address.socket) if address.socket else None,
                verify=False,
            ),
            base_url="http://flexit" if address.socket else f"http://127.0.0.1:{address.port}",
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=SECONDS,
        )

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def health(self) -> Health:
        """Ask whether the engine is there, and is one this program can talk to.

        Raises:
            ServiceError: it is of a version that cannot be talked to.
        """
        health = self._ask("GET", "/v1/health", Health, timeout=SECONDS_FOR_HEALTH)
        if health.protocol != PROTOCOL:
            raise ServiceError(
                f"The running engine is of version {health.version}, which cannot be talked to.",
                "End it with `flexit stop`, then start this one with `flexit start`.",
            )
        return health

    def ready(self) -> Ready:
        """Its workers and its queue."""
        return self._ask("GET", "/v1/ready", Ready)

    def shutdown(self) -> None:
        """Ask it to end; it does so after the answer."""
        with self._stream("POST", "/v1/shutdown", timeout=SECONDS_FOR_HEALTH):
            pass

    def submit(self, request: EditRequest, image: Path, mask: Path | None) -> Edit:
        """Hand over an edit with its files as they are.

        Raises:
            PictureError: a file cannot be read.
            FlexITError: what the engine says is wrong.
        """
        with ExitStack() as files:
            parts = {"image": ("image", files.enter_context(_opened(image)))}
            if mask is not None:
                parts["mask"] = ("mask", files.enter_context(_opened(mask)))
            data = {"request": request.model_dump_json(exclude_defaults=True)}
            return self._ask("POST", "/v1/edits", Edit, data=data, files=parts)

    def edit(self, number: str) -> Edit:
        """An edit as it stands."""
        return self._ask("GET", f"/v1/edits/{number}", Edit)

    def cancel(self, number: str) -> Edit:
        """Stop an edit."""
        return self._ask("DELETE", f"/v1/edits/{number}", Edit)

    def result(self, number: str, step: int | None = None) -> bytes:
        """The result file of an edit, or what it was at a step."""
        params = {} if step is None else {"step": step}
        with self._stream("GET", f"/v1/edits/{number}/result", params=params) as response:
            return response.read()

    def events(self, number: str) -> Iterator[Edit | Progress | Preview]:
        """What happens to an edit, until its end."""
        with self._stream("GET", f"/v1/edits/{number}/events") as response:
            for kind, data in _parse_events(response.iter_bytes()):
                if kind in EVENTS:
                    yield EVENTS[kind].model_validate_json(data)

    def _ask(self, method: str, path: str, kind: type[Answer], **more: Any) -> Answer:  # noqa: ANN401
        with self._stream(method, path, **more) as response:
            return kind.model_validate_json(response.read())

    @contextmanager
    def _stream(self, method: str, path: str, **more: Any) -> Iterator[httpx.Response]:  # noqa: ANN401
        tracing = {"trace": self._prove_new}
        try:
            with self._client.stream(method, path, extensions=tracing, **more) as response:
                if response.is_error:
                    raise refusal(ErrorAnswer.model_validate_json(response.read()).error)
                yield response
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise EngineUnreachable(
                f"The engine does not answer ({str(error) or type(error).__name__}).",
                "See `flexit logs`; `flexit stop` ends it, `flexit start` starts another.",
            ) from None
        except ValidationError:
            raise EngineUnreachable(
                "What answers in the engine's place is not one.", "Try `flexit start`."
            ) from None

    def _prove_new(self, event: str, info: Mapping[str, Any]) -> None:
        """Trust a new connection over TCP with nothing before the engine has proved itself."""
        if event != "connection.connect_tcp.complete":
            return
        stream = info["return_value"]
        try:
            ask_for_proof(stream.get_extra_info("socket"), self._token)
        except EngineUnreachable:
            stream.close()
            raise


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise PictureError(f"{path.name!r} cannot be read: {error.strerror}.") from None
    with file:
        yield file


def refusal(failure: Failure) -> FlexITError:
    """The error that an engine tells of."""
    hint = failure.hint
    if failure.code in WITH_LOG and failure.log:
        hint = f"{hint} Details are in {failure.log}.".strip()
    return error_from(failure.code, failure.message, hint)


def _parse_events(blocks: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    """Server-sent events as far as the engine uses them: a name, a line of JSON, an empty one."""
    kind, data, rest = "", "", b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            text = line.decode().rstrip("\r")
            name, _, value = text.partition(":")
            if name == "event":
                kind = value.strip()
            elif name == "data":
                data = value.strip()
            elif not text and data:
                yield kind, data
                kind, data = "", ""
