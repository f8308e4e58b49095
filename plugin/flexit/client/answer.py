"""An answer of the engine: its head is there, its body comes."""

from __future__ import annotations

import json
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any

from .errors import BadAnswer, Busy, FlexITError, error_from
from .faults import Faults
from .memory import reserve

LARGEST_JSON = 16 << 20
"""Bytes."""
LARGEST_PICTURE = 4 << 30
"""Bytes: as many as the largest picture an engine edits has, as `float32`."""


class Answer:
    """What is left to read of an answer; belongs to its connection."""

    def __init__(self, response: HTTPResponse, faults: Faults) -> None:
        self._response = response
        self._faults = faults
        self.headers = response.headers

    def close(self) -> None:
        """Read no more."""
        self._response.close()

    def read_json(self) -> Any:  # noqa: ANN401
        """All of it.

        Raises:
            BadAnswer: it is no JSON, or too long.
            Silent: it is cut off.
        """
        length = self._response.length
        if length is not None and length > LARGEST_JSON:
            raise self._faults.bad_answer("is too long")
        with self._faults.in_words():
            text = self._response.read(LARGEST_JSON if length is None else None)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise self._faults.bad_answer("is not JSON") from None

    def read_bytes(self, expected: int | None) -> memoryview:
        """All of it, received into its place; writable.

        Args:
            expected: how many bytes it must have; None where that is not known.

        Raises:
            BadAnswer: it has another length, does not say which, or is too long.
            Silent: it is cut off.
        """
        length = self._response.length
        if length is None or length > LARGEST_PICTURE or expected not in (None, length):
            raise self._faults.bad_answer("has not the length it should have")
        data = reserve(length)
        rest = data
        with self._faults.in_words():
            while rest:
                count = self._response.readinto(rest)
                if not count:
                    raise self._faults.broken_off()
                rest = rest[count:]
        return data

    def read_some(self) -> bytes:
        """What has come meanwhile, at least a byte; none at the end.

        Raises:
            Silent: nothing came in time, or it is cut off.
        """
        with self._faults.in_words():
            return self._response.read1(1 << 16)

    def error(self, log: str) -> FlexITError | None:
        """What the engine refuses, in its own words; None where it does not.

        Args:
            log: path of the engine's log, if the answer does not name it.
        """
        status = self._response.status
        if status < 300:
            return None
        try:
            answer = self.read_json()
        except BadAnswer:
            return self._faults.bad_answer(f"has the status {status} and gives no reason")
        error = error_from(answer.get("error") if isinstance(answer, dict) else None)
        error.log = error.log or log
        if isinstance(error, Busy):
            with suppress(ValueError):
                error.retry_after = float(self.headers.get("Retry-After", ""))
        return error
