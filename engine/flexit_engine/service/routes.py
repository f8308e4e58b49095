"""The calls of the API: each says what it takes, and asks the archive or the scheduler."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import PlainTextResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from flexit_engine import __version__
from flexit_engine.errors import NotFound, WrongState
from flexit_engine.networks.inventory import describe
from flexit_engine.networks.profiles import list_profiles, load_profile
from flexit_engine.service.core import Core
from flexit_engine.service.intake import parse, take_in
from flexit_engine.service.job import Job, ResultFile
from flexit_engine.service.metrics import exposition
from flexit_engine.service.openapi import CONTINUED, PICTURES, POSTED
from flexit_engine.service.protocol import Continue, Edit, Health, Proof, Ready
from flexit_engine.service.scheduler import Scheduler
from flexit_engine.service.sending import accepted, picture_response, preview_response
from flexit_engine.service.upload import receive_small
from flexit_engine.worker.messages import Form

SECONDS_BETWEEN_PINGS = 15
"""On an event stream, so that its reader knows the engine is alive."""

router = APIRouter()


def _core(request: Request) -> Core:
    core: Core = request.app.state.core
    return core


TheCore = Annotated[Core, Depends(_core)]
Id = Annotated[str, Path(alias="id", max_length=64)]


async def _more(request: Request) -> Continue:
    # FastAPI would take a body of any size, and wait for it for ever.
    return parse(Continue, await receive_small(request))


@router.get("/v1/proof")
async def proof(
    core: TheCore, nonce: Annotated[str, Query(min_length=16, max_length=128)]
) -> Proof:
    """Show that this is the engine that has the token, to whoever is about to say it."""
    return Proof(proof=core.prove(nonce))


@router.get("/v1/health")
async def health(core: TheCore) -> Health:
    """The service is alive."""
    uptime = time.monotonic() - core.started
    return Health(version=__version__, pid=os.getpid(), uptime=uptime)


@router.get("/v1/ready")
async def ready(core: TheCore) -> Ready:
    """Whether a worker holds verified networks, so that an edit would start at once."""
    workers = [worker.status() for worker in core.scheduler.workers]
    warm = any(worker.profile for worker in workers)
    return Ready(ready=warm, queued=core.scheduler.queued, workers=workers)


@router.get("/v1/profiles")
async def profiles() -> list[dict[str, Any]]:
    """The sets of networks, and which of them are installed."""
    return [dict(describe(load_profile(name))) for name in list_profiles()]


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(core: TheCore) -> Response:
    """Prometheus text."""
    return Response(exposition(core.scheduler), media_type="text/plain; version=0.0.4")


@router.post("/v1/edits", status_code=HTTPStatus.ACCEPTED, openapi_extra=POSTED)
async def submit(core: TheCore, request: Request) -> Edit:
    """Take an edit: picture, perhaps a mask, and what to do."""
    return (await take_in(request, core.archive, core.scheduler)).edit


@router.get("/v1/edits")
async def edits(
    core: TheCore, client: Annotated[str | None, Query(max_length=64)] = None
) -> list[Edit]:
    """The edits, newest first."""
    jobs = sorted(core.archive.jobs.values(), key=lambda job: -job.number)
    return [job.edit for job in jobs if client in (None, job.edit.client)]


@router.get("/v1/edits/{id}")
async def edit(core: TheCore, edit_id: Id) -> Edit:
    """An edit as it stands."""
    return core.archive.find(edit_id).edit


@router.get("/v1/edits/{id}/events", response_class=EventSourceResponse)
async def events(core: TheCore, edit_id: Id, request: Request) -> Response:
    """Server-sent events: what is new of an edit, until it ends."""
    job = core.archive.find(edit_id)
    news = _events(job, request.headers.get("last-event-id"), core.scheduler)
    return EventSourceResponse(news, ping=SECONDS_BETWEEN_PINGS)


@router.get("/v1/edits/{id}/preview", response_class=Response, responses=PICTURES)
async def preview(core: TheCore, edit_id: Id, request: Request) -> Response:
    """The networks' newest picture of an edit."""
    job, form = core.archive.find(edit_id), accepted(request)
    if job.preview is None:
        raise NotFound("There is no preview of the edit.", "Previews come with its steps.")
    return preview_response((job.folder / "preview").read_bytes(), job.preview, form)


@router.get("/v1/edits/{id}/result", response_class=Response, responses=PICTURES)
async def result(
    core: TheCore, edit_id: Id, request: Request, step: Annotated[int | None, Query(ge=0)] = None
) -> Response:
    """The result, or the edit as it was at a step."""
    job, form = core.archive.find(edit_id), accepted(request)
    return picture_response(await _result(job, step, form, core.scheduler))


@router.post("/v1/edits/{id}/continue", status_code=HTTPStatus.ACCEPTED, openapi_extra=CONTINUED)
async def go_on(core: TheCore, edit_id: Id, more: Annotated[Continue, Depends(_more)]) -> Edit:
    """Take more steps from the last."""
    job = core.archive.find(edit_id)
    core.scheduler.go_on(job, more.steps)
    return job.edit


@router.delete("/v1/edits/{id}")
async def cancel(core: TheCore, edit_id: Id) -> Edit:
    """Stop an edit; one that has ended stays as it is."""
    job = core.archive.find(edit_id)
    core.scheduler.cancel(job)
    return job.edit


@router.post("/v1/unload")
async def unload(core: TheCore) -> dict[str, int]:
    """Give the memory of idle workers back."""
    return {"unloaded": await core.scheduler.unload()}


@router.post("/v1/shutdown", status_code=HTTPStatus.ACCEPTED)
async def shutdown(core: TheCore) -> dict[str, str]:
    """Stop the service; what is queued goes on at the next start."""
    # After this answer is out.
    asyncio.get_running_loop().call_later(0.05, core.shut_down)
    return {"status": "stopping"}


async def _events(
    job: Job, last: str | None, scheduler: Scheduler
) -> AsyncIterator[ServerSentEvent]:
    job.streams += 1
    try:
        async for item in job.news.follow(last):
            yield ServerSentEvent(item.data, event=item.kind, id=item.id)
    finally:
        job.streams -= 1
        scheduler.left(job)


async def _result(
    job: Job, step: int | None, form: Form | None, scheduler: Scheduler
) -> ResultFile:
    """The kept file if it is what is asked for, else a picture made for this answer."""
    laid = job.edit.result if job.edit.state == "done" else None
    if laid is not None and step in (None, laid.step) and form in (None, laid.form):
        return ResultFile(job.folder / "result", laid, temporary=False)
    if step is None and laid is None:
        kept = job.edit.kept
        raise WrongState(
            f"The edit is {job.edit.state} and has no result.",
            "Wait for its end." if kept is None else f"Ask for a step, 0 to {kept}.",
        )
    wanted = laid.step if step is None and laid else step or 0
    return await scheduler.render(job, wanted, form or job.request.result)
