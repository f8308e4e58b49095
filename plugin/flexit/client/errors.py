"""Everything that can go wrong, as one tree: the engine's, and what only its client can find out.

FlexITError
├── PictureError          the picture cannot be read, or is not one the engine can edit
│   └── MaskError         the mask does not fit the picture, or selects nothing
├── TextError             a text cannot be used
│   └── UnknownWords      an embedded network does not know these words
├── SettingsError         a setting is out of range or of the wrong kind
├── OutputError           the result cannot be written like that
├── ProfileError          no such profile, or its description is broken
│   └── WeightsError      a weight file is missing, truncated or of another network
├── DeviceError           the device is not there, or failed
│   └── OutOfMemory       the device is too small for this edit
└── ServiceError          the engine's service cannot do what was asked
    ├── RequestError      the request is malformed
    ├── TooLarge          the request has more bytes than allowed
    ├── Unauthorised      the request does not carry the token
    ├── Forbidden         the request comes from where none may come from
    ├── NotFound          there is no such edit, step or page
    ├── WrongState        the edit is not in a state for this
    ├── Busy              too many edits are waiting
    ├── WorkerDied        the process with the networks died
    ├── StorageError      the disk is full, read-only or somebody else's
    ├── AlreadyRunning    another engine is running
    └── EngineUnreachable the engine does not run, or does not answer; found out here:
        ├── NotInstalled  there is no engine on this machine
        ├── NotRunning    there is one, but it does not run
        │   └── Died      it ran, and ended without saying so
        ├── StartFailed   it ended while it was started, or was not ready in time
        ├── Silent        it runs, and does not answer or breaks off
        ├── BadAnswer     what answers does not speak the protocol
        └── WrongVersion  it speaks another version of the protocol

Each carries a `code` for programs, one sentence for people, a `hint`: what to do about it, and the
path of the engine's `log` where it is known. The engine's words are passed on as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class FlexITError(Exception):
    """Base of every error this project raises on purpose.

    Args:
        message: what went wrong, one sentence, for the person at the screen.
        hint: what to do about it, one sentence; empty where there is nothing to do.
        log: path of the engine's log; empty where it is not known.
    """

    code = "error"

    def __init__(self, message: str, hint: str = "", log: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = log

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class PictureError(FlexITError):
    """The picture cannot be read, or is not one the engine can edit."""

    code = "picture"


class MaskError(PictureError):
    """The mask does not fit the picture, or selects nothing of it."""

    code = "mask"


class TextError(FlexITError):
    """A text cannot be used."""

    code = "text"


class UnknownWords(TextError):
    """An embedded network does not know some words of a text."""

    code = "unknown_words"


class SettingsError(FlexITError):
    """A setting is out of range or of the wrong kind."""

    code = "settings"


class OutputError(FlexITError):
    """The result cannot be written like that."""

    code = "output"


class ProfileError(FlexITError):
    """There is no such profile, or its description is broken."""

    code = "profile"


class WeightsError(ProfileError):
    """A weight file is missing, truncated or of another network."""

    code = "weights"


class DeviceError(FlexITError):
    """The device asked for is not there, or failed."""

    code = "device"


class OutOfMemory(DeviceError):
    """The device has too little memory for this edit."""

    code = "out_of_memory"


class ServiceError(FlexITError):
    """The engine's service cannot do what was asked of it."""

    code = "service"


class RequestError(ServiceError):
    """The request is malformed."""

    code = "request"


class TooLarge(ServiceError):
    """The request, or a part of it, has more bytes than allowed."""

    code = "too_large"


class Unauthorised(ServiceError):
    """The request does not carry the engine's token."""

    code = "unauthorised"


class Forbidden(ServiceError):
    """The request comes from where none may come from."""

    code = "forbidden"


class NotFound(ServiceError):
    """There is no such edit, step or page."""

    code = "not_found"


class WrongState(ServiceError):
    """The edit is not in a state for this."""

    code = "state"


class Busy(ServiceError):
    """Too many edits are waiting."""

    code = "busy"

    retry_after: float | None = None
    """Seconds after which to ask again; None where the engine did not say."""


class WorkerDied(ServiceError):
    """The process with the networks died during an edit."""

    code = "worker_died"


class StorageError(ServiceError):
    """The disk is full, the folder read-only or somebody else's."""

    code = "storage"


class AlreadyRunning(ServiceError):
    """Another engine is running on the same data folder."""

    code = "already_running"


class EngineUnreachable(ServiceError):
    """The engine does not run, or does not answer."""

    code = "unreachable"


class NotInstalled(EngineUnreachable):
    """There is no engine on this machine, or none where it can be found."""

    code = "not_installed"


class NotRunning(EngineUnreachable):
    """The engine does not run."""

    code = "not_running"


class Died(NotRunning):
    """The engine ran, and ended without saying so."""

    code = "died"


class StartFailed(EngineUnreachable):
    """The engine ended while it was started, or was not ready in time."""

    code = "start_failed"


class Silent(EngineUnreachable):
    """The engine runs, but does not answer, or breaks off in the middle."""

    code = "silent"


class BadAnswer(EngineUnreachable):
    """What answers does not speak the protocol."""

    code = "bad_answer"


class WrongVersion(EngineUnreachable):
    """The engine speaks another version of the protocol than this client."""

    code = "wrong_version"


def error_from(failure: object) -> FlexITError:
    """The error an engine reported.

    Args:
        failure: what is under `error` in an answer, or in an edit that failed. A code of a newer
            engine becomes a plain `FlexITError` with that code; what is no failure, a `BadAnswer`.
    """
    facts = failure if isinstance(failure, Mapping) else {}
    code, message = facts.get("code"), facts.get("message")
    if not (isinstance(code, str) and isinstance(message, str) and message):
        return BadAnswer("The engine reports an error without saying which.", "See its log.")
    kinds = {kind.code: kind for kind in _tree(FlexITError)}
    error = kinds.get(code, FlexITError)(
        message, str(facts.get("hint") or ""), str(facts.get("log") or "")
    )
    error.code = code
    return error


def _tree(kind: type[FlexITError]) -> Iterator[type[FlexITError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)
