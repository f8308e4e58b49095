"""Errors as answers: which status each has, and the one form all of them take."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse

from flexit_engine.errors import (
    Busy,
    FlexITError,
    Forbidden,
    NotFound,
    OutputError,
    PictureError,
    ProfileError,
    RequestError,
    SettingsError,
    SizeUnknown,
    StorageError,
    TextError,
    TooLarge,
    Unauthorised,
    WeightsError,
    WrongField,
    WrongState,
)
from flexit_engine.service.protocol import ErrorAnswer
from flexit_engine.worker.messages import Failure

RETRY_AFTER = 10
"""Seconds after which a refused client may ask again."""

STATUSES: dict[type[FlexITError], HTTPStatus] = {
    RequestError: HTTPStatus.BAD_REQUEST,
    WrongField: HTTPStatus.UNPROCESSABLE_ENTITY,
    PictureError: HTTPStatus.BAD_REQUEST,
    TextError: HTTPStatus.BAD_REQUEST,
    SettingsError: HTTPStatus.BAD_REQUEST,
    ProfileError: HTTPStatus.BAD_REQUEST,
    OutputError: HTTPStatus.BAD_REQUEST,
    WeightsError: HTTPStatus.CONFLICT,
    Unauthorised: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    WrongState: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    SizeUnknown: HTTPStatus.LENGTH_REQUIRED,
    Busy: HTTPStatus.TOO_MANY_REQUESTS,
    StorageError: HTTPStatus.INSUFFICIENT_STORAGE,
}


def status_of(error: FlexITError) -> HTTPStatus:
    """The status of the nearest class that has one; 500 for what is our own fault."""
    classes = (cls for cls in type(error).__mro__ if cls in STATUSES)
    return next((STATUSES[cls] for cls in classes), HTTPStatus.INTERNAL_SERVER_ERROR)


def failure(error: FlexITError, log: str) -> Failure:
    """The words for the user, with the log's path."""
    return Failure(code=error.code, message=error.message, hint=error.hint, log=log)


def answer(
    error: FlexITError,
    log: str,
    status: HTTPStatus | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error as a response.

    The connection is closed after it: what the client may still be sending is not read.
    """
    extra = {"Connection": "close", **(headers or {})}
    if isinstance(error, Busy):
        extra["Retry-After"] = str(RETRY_AFTER)
    if isinstance(error, Unauthorised):
        extra["WWW-Authenticate"] = "Bearer"
    body = ErrorAnswer(error=failure(error, log))
    return JSONResponse(body.model_dump(), status or status_of(error), extra)
