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
└── DeviceError           the device is not there
    └── OutOfMemory       the device is too small for this edit

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
