#!/usr/bin/env python3
"""The plug-in's entry file with a watch on it: what it does is written down, a line each.

`call` what our code does in other threads than the main one; `event` sockets and processes;
`tick` whenever the main loop had time; `cpu` seconds until the end of a query.
"""

import atexit
import os
import sys
import threading
import time
from types import FrameType

out = open(os.environ["FLEXIT_WATCH"], "a", buffering=1)  # noqa: SIM115 -- until the process ends
phase = sys.argv[5]  # -query or -run
EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


def watch_threads(frame: FrameType, event: str, _argument: object) -> None:
    code = frame.f_code
    if event == "call" and "/flexit/gimp/" in code.co_filename:
        out.write(f"call {os.path.basename(code.co_filename)} {code.co_name}\n")


def watch_events(event: str, _arguments: object) -> None:
    if event.startswith(EVENTS):
        out.write(f"event {phase} {event}\n")


def tick() -> bool:
    out.write("tick\n")
    return True


threading.setprofile(watch_threads)
sys.addaudithook(watch_events)
atexit.register(lambda: out.write(f"cpu {phase} {time.process_time()}\n"))

from gi.repository import GLib  # noqa: E402

GLib.timeout_add(20, tick)

from flexit.gimp.plugin import main  # noqa: E402

main(sys.argv)
