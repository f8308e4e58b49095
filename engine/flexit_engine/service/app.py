"""The API as an application: its calls, and one form for all errors."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from flexit_engine import __version__
from flexit_engine.errors import FlexITError, NotFound, RequestError
from flexit_engine.service.answers import answer
from flexit_engine.service.core import Core
from flexit_engine.service.openapi import ERRORS
from flexit_engine.service.routes import router


def create_app(core: Core) -> FastAPI:
    """The API of a service."""
    app = FastAPI(
        title="FlexIT",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # pages that load scripts from elsewhere
        redoc_url=None,
        responses=ERRORS,
    )
    app.state.core = core
    app.include_router(router)
    _answer_errors(app, core.log)
    return app


def _answer_errors(app: FastAPI, log: str) -> None:
    """All errors in one form."""

    @app.exception_handler(FlexITError)
    async def ours(_request: Request, error: Exception) -> Response:
        assert isinstance(error, FlexITError)  # noqa: S101 -- Starlette calls it with no other
        return answer(error, log)

    @app.exception_handler(HTTPException)
    async def no_such_call(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        status = HTTPStatus(error.status_code)
        kind = NotFound if status == HTTPStatus.NOT_FOUND else RequestError
        said = kind(
            f"{status.phrase}: {request.method} {request.url.path[:80]}.", "See /v1/openapi.json."
        )
        return answer(said, log, status, error.headers)

    @app.exception_handler(RequestValidationError)
    async def wrong_parameter(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])[:80]
        said = RequestError(f"The value of {name} is wrong.", f"{first['msg']}.")
        return answer(said, log, HTTPStatus.UNPROCESSABLE_ENTITY)

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, error: Exception) -> Response:
        said = FlexITError(
            f"Something unexpected went wrong in the engine ({type(error).__name__}).",
            "The log says where.",
        )
        return answer(said, log)
