"""Everything that can go wrong, as one tree.

FlexITError
├── UsageError            the command line, or a list of edits, is not understood
├── PictureError          the picture cannot be read, or is not one we can edit
│   └── MaskError         the mask does not fit the picture, or selects nothing
├── TextError             a text cannot be used
│   └── UnknownWords      an embedded network does not know these words
├── SettingsError         a setting is out of range or of the wrong kind
├── OutputError           the result cannot be written there
├── ProfileError          no such profile, or its description is broken
│   └── WeightsError      a weight file is missing, truncated or of another network
├── DeviceError           the device is not there, or failed
│   └── OutOfMemory       the device is too small for this edit
├── InstallError          the installer cannot do what was asked
│   └── DownloadError     a file cannot be fetched from any of its sources
└── ServiceError          the engine's service cannot do what was asked
    ├── RequestError      the request is malformed
    │   └── WrongField    one of its fields is
    ├── TooLarge          the request has more bytes than allowed
    │   └── SizeUnknown   it does not say how many
    ├── Unauthorised      the request does not carry the token
    ├── Forbidden         the request comes from where none may come from
    ├── NotFound          there is no such edit, step or page
    ├── WrongState        the edit is not in a state for this
    ├── Busy              too many edits are waiting
    ├── WorkerDied        the process with the networks died
    │   └── EngineOutdated it is of another version: FlexIT was updated meanwhile
    ├── StorageError      the disk is full, read-only or somebody else's
    ├── AlreadyRunning    another engine is running
    └── EngineUnreachable the engine does not run or does not answer

Each carries a `code` for programs, one sentence for people, and a `hint`: what to do about it.
The exit codes of the command line are in `EXIT_CODES` of `flexit_engine.cli`.
"""

from __future__ import annotations


class FlexITError(Exception):
    """Base of every error this project raises on purpose.

    Args:
        message: what went wrong, one sentence, for the person at the screen.
        hint: what to do about it, one sentence; empty where there is nothing to do.
    """

    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(FlexITError):
    """The command line, or a list of edits, is not understood."""

    code = "usage"


class PictureError(FlexITError):
    """The picture cannot be read, or is not one we can edit."""

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
    """The result cannot be written."""

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


class InstallError(FlexITError):
    """The installer cannot do what was asked of it."""

    code = "install"


class DownloadError(InstallError):
    """A file cannot be fetched from any of its sources."""

    code = "download"


class ServiceError(FlexITError):
    """The engine's service cannot do what was asked of it."""

    code = "service"


class RequestError(ServiceError):
    """The request is malformed."""

    code = "request"


class WrongField(RequestError):
    """A field of the request is wrong."""


class TooLarge(ServiceError):
    """The request, or a part of it, has more bytes than allowed."""

    code = "too_large"


class SizeUnknown(TooLarge):
    """The request does not say how many bytes it has."""


class Unauthorised(ServiceError):
    """The request does not carry the engine's token."""

    code = "unauthorised"


class Forbidden(ServiceError):
    """The request comes from where none may come from: a web page, another host's name."""

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


class WorkerDied(ServiceError):
    """The process with the networks died during an edit."""

    code = "worker_died"


class EngineOutdated(WorkerDied):
    """The process with the networks is of another version than the service that started it."""


class StorageError(ServiceError):
    """The disk is full, the folder read-only or somebody else's."""

    code = "storage"


class AlreadyRunning(ServiceError):
    """Another engine is running on the same data folder."""

    code = "already_running"


class EngineUnreachable(ServiceError):
    """The engine does not run, or does not answer."""

    code = "unreachable"


def error_from(code: str, message: str, hint: str = "") -> FlexITError:
    """The error of a code, as it came from another process; an unknown code gives the base."""

    def family(kind: type[FlexITError]) -> list[type[FlexITError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in family(child))]

    kinds = {kind.code: kind for kind in family(FlexITError)}
    return kinds.get(code, FlexITError)(message, hint)
