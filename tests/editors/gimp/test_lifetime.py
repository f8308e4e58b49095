"""Processes, threads and sockets: what the plug-in starts, ends, and leaves alone."""

from __future__ import annotations

import ast
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

import flexit
from flexit.client import Engine
from tests.editors.engines import COMMAND, FakeEngine

from .host import HERE, Gimp
from .window import Window

PLUGIN = Path(flexit.__file__).parent


def test_03_the_engine_is_free_as_soon_as_gimp_kills_the_plug_in(
    gimp: Gimp, engine: FakeEngine
) -> None:
    made = gimp("image")
    engine.go_on.clear()
    edit = threading.Thread(
        target=lambda: gimp("edit", image=made["image"], layers=[made["layer"]])
    )
    edit.start()
    assert engine.reached.wait(20)
    pid = Window.wait_for(gimp.plugin_pid)
    os.kill(pid, signal.SIGKILL)
    assert engine.left.wait(20)
    assert engine.sent[0].request["on_disconnect"] == "cancel"
    edit.join(20)


class Watched(NamedTuple):
    """A GIMP whose plug-in writes down what it does."""

    gimp: Gimp
    data: Path
    notes: Path

    def lines(self, kind: str) -> list[list[str]]:
        """What it wrote down of a kind."""
        lines = [line.split() for line in self.notes.read_text().splitlines()]
        return [words for first, *words in lines if first == kind]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """It starts, and so asks the plug-in what it is, without any network."""
    home = tmp_path_factory.mktemp("watched")
    notes = home / "notes"
    with Gimp(
        home,
        home / "data",
        entry=HERE / "inside" / "watched_entry.py",
        wrapped_by=("unshare", "--net"),
        FLEXIT_WATCH=str(notes),
    ) as gimp:
        yield Watched(gimp, home / "data", notes)


def test_06_registering_opens_no_socket_starts_no_process_and_takes_no_second(
    watched: Watched,
) -> None:
    assert watched.gimp("procedure_facts") is not None
    assert [words for words in watched.lines("event") if words[0] == "-query"] == []
    (seconds,) = [float(words[1]) for words in watched.lines("cpu") if words[0] == "-query"]
    assert seconds < 1


def test_06_the_plugin_imports_only_gi_and_the_standard_library() -> None:
    files = [
        *(PLUGIN.rglob("gimp/*.py")),
        *PLUGIN.rglob("model/*.py"),
        *PLUGIN.rglob("client/*.py"),
    ]
    trees = [ast.parse(path.read_text()) for path in files]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    names |= {str(node.module) for node in froms}
    assert "gi.repository" in names
    assert {name.split(".")[0] for name in names} <= {"flexit", "gi", *sys.stdlib_module_names}


def test_07_gimp_is_called_from_the_main_thread_only(watched: Watched) -> None:
    made = watched.gimp("image")
    with FakeEngine(watched.data):
        answer = watched.gimp("edit", image=made["image"], layers=[made["layer"]], variants=2)
    assert answer["status"] == "success"
    # All that our code does in another thread is to hand calls over to the main loop.
    assert {tuple(words) for words in watched.lines("call")} == {("dispatch.py", "__call__")}


def test_04_the_main_loop_goes_on_during_an_edit(watched: Watched) -> None:
    made = watched.gimp("image")
    with FakeEngine(watched.data) as engine:
        engine.go_on.clear()
        edit = threading.Thread(
            target=lambda: watched.gimp("edit", image=made["image"], layers=[made["layer"]])
        )
        edit.start()
        assert engine.reached.wait(20)
        before = len(watched.lines("tick"))
        Window.wait_for(lambda: len(watched.lines("tick")) >= before + 30)
        engine.go_on.set()
        edit.join(20)


@pytest.fixture
def startable(data: Path) -> Iterator[Engine]:
    """An engine that does not run, but could: as GIMP sees it, outside of its Debian."""
    outside = f"/proc/{os.getpid()}/root"
    (data / "command.json").write_text(json.dumps(["chroot", outside, *COMMAND]))
    engine = Engine(data)
    yield engine
    pid = engine.address().pid
    engine.shutdown()
    psutil.Process(pid).wait(30)


def test_19_the_engine_is_started_where_none_runs_and_only_once_by_two(
    gimp: Gimp, startable: Engine, tmp_path: Path, data: Path
) -> None:
    answers = []

    def edit(editor: Gimp) -> None:
        made = editor("image", width=32, height=32)
        answers.append(editor("edit", image=made["image"], layers=[made["layer"]], steps=1))

    with Gimp(tmp_path / "other", data) as other:
        both = [threading.Thread(target=edit, args=(editor,)) for editor in (gimp, other)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join(120)
    assert [answer["status"] for answer in answers] == ["success"] * 2, answers
    process = psutil.Process(startable.address().pid)
    served = [
        each
        for each in psutil.process_iter(["cmdline", "environ"])
        if "serve" in (each.info["cmdline"] or [])
        and (each.info["environ"] or {}).get("FLEXIT_DATA") == str(data)
    ]
    assert served == [process]
    environ = process.environ()
    assert not {"GIMP3_DIRECTORY", "GI_TYPELIB_PATH", "PYTHONPATH"} & environ.keys()
    assert os.getsid(process.pid) != os.getsid(gimp.process.pid)
    assert startable.health()["status"] == "ok"  # it goes on after both
