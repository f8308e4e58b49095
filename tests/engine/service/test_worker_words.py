"""A worker that cannot work says why, and one that says nothing is not waited for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flexit_engine.service.config import Config
from flexit_engine.service.discovery import is_alive
from flexit_engine.service.worker_end import LastWords

from .conftest import QUICK, Start
from .running import LONGEST, Running, drawn, faulty
from .test_worker_lost import assert_failed

SHORT = {**QUICK, "steps": 2}
OF_A_NEWER_VERSION = """
import sys, flexit_engine.worker.__main__ as worker
worker.__version__ = "9.9.9"
worker.main(sys.argv[1])
"""
THAT_KNOWS_OTHER_ORDERS = """
import sys
from pydantic import TypeAdapter
from flexit_engine.worker import __main__, channel, messages
channel.ORDERS = TypeAdapter(messages.CancelOrder)
__main__.main(sys.argv[1])
"""
THAT_HANGS = """
import json, signal
from flexit_engine import __version__
print(json.dumps({"say": "ready", "version": __version__}), flush=True)
signal.pause()
"""


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def without_torch(folder: Path, program: str) -> tuple[str, ...]:
    """The real worker, which finds this program where it imports torch."""
    folder.mkdir()
    (folder / "torch.py").write_text(program)
    start = (
        f"import runpy, sys; sys.path.insert(0, {str(folder)!r}); "
        "runpy.run_module('flexit_engine.worker', run_name='__main__', alter_sys=True)"
    )
    return (sys.executable, "-c", start)


def said(engine: Running) -> str:
    return "\n".join(entry["message"] for entry in engine.log())


@pytest.mark.parametrize("program", [OF_A_NEWER_VERSION, THAT_KNOWS_OTHER_ORDERS])
def test_an_engine_that_was_updated_says_so_and_makes_room_for_the_new_one(
    start: Start, faults: Path, program: str
) -> None:
    old = start(worker=python(program), constants={"server.SECONDS_BETWEEN_LOOKS": 0.5})
    edit, waiting = (old.submit(drawn(n), settings=SHORT) for n in range(2))
    failed = old.wait(edit)
    assert_failed(old, failed, "worker_died")
    assert "updated" in failed["error"]["message"]
    assert old.process.wait(LONGEST) == 0
    new = start(worker=faulty(faults))
    assert new.wait(waiting)["state"] == "done"
    assert new.edit(edit)["state"] == "failed"


def test_an_order_that_is_not_understood_is_logged_without_its_texts(start: Start) -> None:
    engine = start(worker=python(THAT_KNOWS_OTHER_ORDERS))
    engine.wait(engine.submit(drawn(), settings=SHORT, source="my secret"))
    assert "an order cannot be read" in said(engine)
    assert "my secret" not in said(engine)


def test_what_fails_while_the_worker_imports_is_the_reason_and_its_trace_is_logged(
    start: Start, tmp_path: Path
) -> None:
    program = "raise ImportError('libcudart.so.12: cannot open shared object file')"
    engine = start(worker=without_torch(tmp_path / "broken", program))
    failed = engine.wait(engine.submit(drawn(), settings=SHORT))
    assert_failed(engine, failed, "worker_died")
    assert "(ImportError: libcudart.so.12: cannot open" in failed["error"]["message"]
    assert "flexit doctor" in failed["error"]["hint"]
    assert "Traceback" in said(engine)
    assert "broken/torch.py" in said(engine)


def test_a_library_that_aborts_is_quoted_and_where_it_did_is_logged(
    start: Start, tmp_path: Path
) -> None:
    program = "import os; os.write(2, b'terminate: no such device\\n'); os.abort()"
    engine = start(worker=without_torch(tmp_path / "crashing", program))
    failed = engine.wait(engine.submit(drawn(), settings=SHORT))
    assert (
        "was ended by SIGABRT. Its last words: terminate: no such device"
        in (failed["error"]["message"])
    )
    assert "crashing/torch.py" in said(engine)


def test_a_worker_without_memory_says_that_it_lacks_it(start: Start) -> None:
    limited = ("sh", "-c", 'ulimit -v 300000; exec "$@"', "sh", *Config.worker)
    engine = start(worker=limited)
    failed = engine.wait(engine.submit(drawn(), settings=SHORT))
    assert_failed(engine, failed, "worker_died")
    assert "failed to map segment" in failed["error"]["message"]
    assert "ulimit" in failed["error"]["hint"]


def test_a_worker_that_hangs_is_ended_and_the_next_one_is_tried(start: Start) -> None:
    engine = start(worker=python(THAT_HANGS), constants={"worker_process.SECONDS_OF_SILENCE": 1.0})
    for _ in range(2):
        failed = engine.wait(engine.submit(drawn(), settings=SHORT))
        assert_failed(engine, failed, "worker_died")
        assert "said nothing for 1 seconds" in failed["error"]["message"]
    assert not [pid for pid in engine.started_workers() if is_alive(pid)]


def test_words_are_heard_up_to_a_crash() -> None:
    words = LastWords()
    for line in ("first", "no such device", " ", "Fatal Python error: Aborted", '  File "x"'):
        words.hear(line)
    assert words.died(-6).message.endswith("Its last words: no such device")
