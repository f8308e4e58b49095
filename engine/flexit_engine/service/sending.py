"""Pictures as answers: straight from their files, in large pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import anyio
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from flexit_engine.errors import NotFound, RequestError
from flexit_engine.service.job import ResultFile
from flexit_engine.worker.messages import Form, Laid, PreviewReport

TYPES: dict[str, Form] = {
    "application/octet-stream": "raw",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/webp": "webp",
    "image/tiff": "tiff",
    "image/gif": "gif",
}
NAMES = {form: name for name, form in TYPES.items()}
PIECE = 4 << 20
"""Bytes read at a time."""


def accepted(request: Request) -> Form | None:
    """The form that a client asks for; None where any will do.

    Raises:
        RequestError: it is none of ours.
    """
    wanted = [
        item.split(";")[0].strip().lower()
        for item in request.headers.get("accept", "*/*").split(",")
    ]
    if "*/*" in wanted:
        return None
    for name in wanted:
        if name in TYPES:
            return TYPES[name]
        if name == "image/*":
            return "png"
    raise RequestError("The engine has no pictures of that type.", f"Accept {', '.join(TYPES)}.")


def picture_response(picture: ResultFile) -> Response:
    """A picture's file, deleted after it if it was made for this answer alone.

    Raises:
        NotFound: the edit was removed a moment ago.
    """
    try:
        size = picture.path.stat().st_size
    except FileNotFoundError:
        raise NotFound("The result is gone.", "Old edits are removed; make it again.") from None
    headers = {"Content-Length": str(size), **describe(picture.laid)}
    return StreamingResponse(_pieces(picture), headers=headers)


async def _pieces(picture: ResultFile) -> AsyncIterator[bytes]:
    try:
        async with await anyio.open_file(picture.path, "rb", buffering=0) as file:
            while piece := await file.read(PIECE):
                yield piece
    finally:
        if picture.temporary:
            picture.path.unlink(missing_ok=True)


def describe(laid: Laid) -> dict[str, str]:
    """The headers that say what a picture's bytes are."""
    headers = {"Content-Type": NAMES[laid.form], "FlexIT-Step": str(laid.step)}
    if laid.form == "raw":
        headers["FlexIT-Width"], headers["FlexIT-Height"] = str(laid.width), str(laid.height)
        headers["FlexIT-Channels"], headers["FlexIT-Depth"] = laid.channels, laid.depth
    return headers


def preview_response(pixels: bytes, report: PreviewReport, form: Form | None) -> Response:
    """The networks' own picture, which is small: as PNG unless raw pixels are asked for.

    Raises:
        RequestError: it is wanted as something else.
    """
    laid = Laid(
        form=form or "png",
        width=report.width,
        height=report.height,
        step=report.step,
        channels="RGB",
    )
    if laid.form not in ("raw", "png"):
        raise RequestError("Previews are PNG or raw.", "Accept image/png.")
    if laid.form == "png":
        buffer = BytesIO()
        Image.frombytes("RGB", (report.width, report.height), pixels).save(buffer, "png")
        pixels = buffer.getvalue()
    return Response(pixels, headers=describe(laid))
