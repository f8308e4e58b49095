"""From a posted request to a checked edit in the queue."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from flexit_engine.errors import MaskError, PictureError, WeightsError, WrongField
from flexit_engine.flexit.query import parse_query
from flexit_engine.networks.profiles import load_profile, missing_files
from flexit_engine.service.archive import Archive
from flexit_engine.service.job import Job
from flexit_engine.service.protocol import EditRequest
from flexit_engine.service.scheduler import Scheduler
from flexit_engine.service.store import storage_errors
from flexit_engine.service.upload import Upload, check_length, receive
from flexit_engine.settings import Settings, preset_settings, with_strength
from flexit_engine.worker.messages import PixelFormat

Parsed = TypeVar("Parsed", bound=BaseModel)


async def take_in(request: Request, archive: Archive, scheduler: Scheduler) -> Job:
    """Receive an edit, check all that can be checked without the networks, and queue it.

    Nothing of the body is read unless there is room for it; nothing is left of a refused edit.

    Raises:
        Busy: the queue is full.
        TooLarge: it has more bytes than allowed.
        StorageError: the disk is full or read-only.
        RequestError: it is malformed.
        FlexITError: the texts, the profile, a setting or the pixels cannot be used.
    """
    size = check_length(request)
    with scheduler.place(), archive.folder(size) as folder:
        with storage_errors():
            upload = await receive(request, folder)
        wanted = parse(EditRequest, upload.request)
        settings = check(wanted, upload)
        job = archive.add(folder, wanted, settings, upload.mask is not None)
    scheduler.queue(job)
    return job


def parse(kind: type[Parsed], body: bytes) -> Parsed:
    """Read JSON that a client sent.

    Raises:
        WrongField: names the first field that is wrong.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _wrong_field(error) from None


def _wrong_field(error: ValidationError) -> WrongField:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = ".".join(str(part) for part in first["loc"])[:80] or "body"
    return WrongField(f"The field {name!r} of the request is wrong.", f"{first['msg']}.")


def check(wanted: EditRequest, upload: Upload) -> Settings:
    """The settings of an edit, if all of it can be used as far as that is known by now.

    Raises:
        FlexITError: what cannot.
    """
    parse_query(wanted.source, wanted.target)
    profile = load_profile(wanted.profile)
    missing = missing_files(profile)
    if missing:
        raise WeightsError(
            f"The profile {profile.name!r} lacks {len(missing)} of its files.",
            f"They go to {str(profile.folder)!r}; `flexit profiles` lists them.",
        )
    settings = preset_settings(profile, wanted.preset, **wanted.settings)
    if wanted.strength is not None:
        settings = with_strength(settings, wanted.strength)
    _check_pixels(wanted, upload)
    return settings


def _check_pixels(wanted: EditRequest, upload: Upload) -> None:
    image, mask = wanted.image, wanted.mask
    if image is not None and _size(upload.image) != image.size:
        raise PictureError(
            f"The picture has {_size(upload.image):,} bytes, not {image.size:,}.",
            "Send width × height pixels without padding.",
        )
    if mask is None:
        return
    if upload.mask is None:
        raise MaskError("The mask is missing.", "Send it as the part `mask`.")
    if mask.channels != "GRAY" or _size(upload.mask) != mask.size:
        raise MaskError(
            f"The mask has {_size(upload.mask):,} bytes, not {mask.size:,} of GRAY.",
            "Send width × height samples without padding.",
        )
    if image is not None and _shape(image) != _shape(mask):
        raise MaskError(
            f"The mask is {mask.width} × {mask.height} pixels, the picture {image.width} ×"
            f" {image.height}.",
            "Make the mask as large as the picture.",
        )


def _size(path: Path) -> int:
    return path.stat().st_size


def _shape(laid: PixelFormat) -> tuple[int, int]:
    return laid.width, laid.height
