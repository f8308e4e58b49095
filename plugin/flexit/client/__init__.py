"""The client of FlexIT's engine, shared by the editors' plug-ins.

    engine = Engine.find_or_start()
    request = EditRequest("dog", source="cat", image=PixelFormat(640, 480, "BGRA"))
    edit = engine.submit(request, pixels)
    Follower(edit, on_event, on_error, dispatch=GLib.idle_add).start()
    picture = edit.result(step=96)

All but `Follower` blocks, with a timeout: call it from a thread. Whatever goes wrong is a
`FlexITError` with a sentence for the user and a way out.
"""

from .discovery import Address, data_folders
from .edit import Edit
from .engine import Engine
from .errors import (
    AlreadyRunning,
    BadAnswer,
    Busy,
    DeviceError,
    Died,
    EngineUnreachable,
    FlexITError,
    Forbidden,
    MaskError,
    NotFound,
    NotInstalled,
    NotRunning,
    OutOfMemory,
    OutputError,
    PictureError,
    ProfileError,
    RequestError,
    ServiceError,
    SettingsError,
    Silent,
    StartFailed,
    StorageError,
    TextError,
    TooLarge,
    Unauthorised,
    UnknownWords,
    WeightsError,
    WorkerDied,
    WrongState,
    WrongVersion,
    error_from,
)
from .events import Event
from .follower import Follower
from .pictures import Picture
from .protocol import RAW, Box, EditInfo, EditRequest, PixelFormat, Progress

__all__ = [
    "RAW",
    "Address",
    "AlreadyRunning",
    "BadAnswer",
    "Box",
    "Busy",
    "DeviceError",
    "Died",
    "Edit",
    "EditInfo",
    "EditRequest",
    "Engine",
    "EngineUnreachable",
    "Event",
    "FlexITError",
    "Follower",
    "Forbidden",
    "MaskError",
    "NotFound",
    "NotInstalled",
    "NotRunning",
    "OutOfMemory",
    "OutputError",
    "Picture",
    "PictureError",
    "PixelFormat",
    "ProfileError",
    "Progress",
    "RequestError",
    "ServiceError",
    "SettingsError",
    "Silent",
    "StartFailed",
    "StorageError",
    "TextError",
    "TooLarge",
    "Unauthorised",
    "UnknownWords",
    "WeightsError",
    "WorkerDied",
    "WrongState",
    "WrongVersion",
    "data_folders",
    "error_from",
]
