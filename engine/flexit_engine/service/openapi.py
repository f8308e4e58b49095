"""What FastAPI cannot see by itself of the calls, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from flexit_engine.service.protocol import Continue, EditRequest, ErrorAnswer
from flexit_engine.service.sending import TYPES

_BINARY = {"type": "string", "format": "binary"}

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer}
    for status in (400, 401, 403, 404, 405, 409, 411, 413, 422, 429, 500, 507)
}

PICTURES: dict[int | str, dict[str, Any]] = {
    200: {"content": {name: {"schema": _BINARY} for name in TYPES}, "description": "The picture."}
}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without references, which would point nowhere from within the document."""
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:  # noqa: ANN401 -- JSON
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            return resolve(definitions[name]) if name else {k: resolve(v) for k, v in node.items()}
        return [resolve(item) for item in node] if isinstance(node, list) else node

    resolved: dict[str, Any] = resolve(schema)
    return resolved


POSTED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["request", "image"],
                    "properties": {
                        "request": _inlined(EditRequest.model_json_schema()),
                        "image": _BINARY,
                        "mask": _BINARY,
                    },
                },
                "encoding": {"request": {"contentType": "application/json"}},
            }
        },
    }
}
"""Body of `POST /v1/edits`, which is read as it comes in and never seen whole."""

CONTINUED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Continue.model_json_schema()}},
    }
}
"""Body of `POST /v1/edits/{id}/continue`, which is read only so far."""
