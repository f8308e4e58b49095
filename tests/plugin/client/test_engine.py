"""The calls of an engine and its edits, against one that answers as a test wants it to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flexit.client import (
    RAW,
    BadAnswer,
    Died,
    Edit,
    Engine,
    NotRunning,
    PixelFormat,
    Silent,
    Unauthorised,
    WrongState,
    WrongVersion,
)

from .conftest import Stand
from .stand_in import Exchange, StandIn, edit_facts

HEALTH = {"status": "ok", "version": "0.1.0", "protocol": 1, "pid": 1, "uptime": 0.5}
PIXELS = {
    "Content-Type": RAW,
    "FlexIT-Width": 2,
    "FlexIT-Height": 3,
    "FlexIT-Channels": "BGRA",
    "FlexIT-Depth": "uint16",
    "FlexIT-Step": 96,
}


def healthy(exchange: Exchange) -> None:
    assert exchange.path == "/v1/health"
    exchange.answer(HEALTH)


class TestFinding:
    @pytest.fixture(autouse=True)
    def folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
        """Two data folders: that of a sandbox, and the usual one."""
        monkeypatch.delenv("FLEXIT_DATA")
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "box"))
        monkeypatch.setenv("HOME", str(tmp_path))
        places = tmp_path / "box/flexit", tmp_path / ".local/share/flexit"
        for place in places:
            place.mkdir(parents=True)
        return places

    @pytest.mark.parametrize("which", [0, 1])
    @pytest.mark.parametrize("tcp", [False, True])
    def test_an_engine_is_found_in_any_of_the_folders(
        self, stand: Stand, folders: tuple[Path, Path], which: int, tcp: bool
    ) -> None:
        stand(healthy, folder=folders[which], tcp=tcp)
        assert Engine.find().folder == folders[which]

    def test_a_leftover_does_not_hide_the_one_that_runs(
        self, stand: Stand, folders: tuple[Path, Path]
    ) -> None:
        StandIn(folders[0], healthy).stop()
        stand(healthy, folder=folders[1])
        assert Engine.find().folder == folders[1]

    def test_without_any_none_runs(self) -> None:
        with pytest.raises(NotRunning, match="flexit start") as error:
            Engine.find()
        assert type(error.value) is NotRunning

    def test_of_one_that_died_the_log_is_named(self, folders: tuple[Path, Path]) -> None:
        gone = StandIn(folders[1], healthy)
        gone.stop()
        with pytest.raises(Died) as error:
            Engine.find()
        assert error.value.log == gone.facts["log"]

    @pytest.mark.parametrize("answer", [b"<html>", {}, [], {"protocol": None}])
    def test_another_program_at_the_port_is_no_engine(
        self, stand: Stand, folders: tuple[Path, Path], answer: object
    ) -> None:
        stand(lambda exchange: exchange.answer(answer), folder=folders[0], tcp=True)
        with pytest.raises((BadAnswer, WrongVersion)):
            Engine.find()

    def test_the_token_of_an_earlier_start_does_not_hide_the_one_that_runs(
        self, stand: Stand, folders: tuple[Path, Path]
    ) -> None:
        error = {"error": {"code": "unauthorised", "message": "No token."}}
        stand(lambda exchange: exchange.answer(error, 401), folder=folders[0])
        with pytest.raises(Unauthorised):
            Engine.find()
        stand(healthy, folder=folders[1])
        assert Engine.find().folder == folders[1]

    def test_an_engine_of_another_protocol_is_said_to_be_one(
        self, stand: Stand, folders: tuple[Path, Path]
    ) -> None:
        stand(lambda exchange: exchange.answer({**HEALTH, "protocol": 2}), folder=folders[0])
        with pytest.raises(WrongVersion, match="Update the plug-in"):
            Engine.find_or_start()

    def test_a_silent_engine_is_not_started_twice(
        self, stand: Stand, folders: tuple[Path, Path]
    ) -> None:
        stand(lambda exchange: exchange.wait_for_close(), folder=folders[0])
        with pytest.raises(Silent):
            Engine.find_or_start(timeout=0.2)


def test_the_next_engine_of_a_folder_is_used_without_being_looked_for(
    engine: Engine, folder: Path
) -> None:
    with StandIn(folder, healthy):
        engine.health()
    with pytest.raises(Died):
        engine.health()
    with StandIn(folder, healthy, token="another") as second:  # noqa: S106
        assert engine.health() == HEALTH
    assert second.seen[0].headers["authorization"] == "Bearer another"


CALLS: list[tuple[str, str, Any, Any]] = [
    ("ready", "GET /v1/ready", {"ready": True, "queued": 0, "workers": []}, None),
    ("profiles", "GET /v1/profiles", [{"name": "mini", "installed": True}], None),
    ("edits", "GET /v1/edits", [edit_facts()], None),
    ("unload", "POST /v1/unload", {"unloaded": 1}, 1),
]


@pytest.mark.parametrize(("name", "line", "answer", "value"), CALLS)
def test_a_call_is_a_request_and_its_answer(
    stand: Stand, engine: Engine, name: str, line: str, answer: object, value: object
) -> None:
    there = stand(lambda exchange: exchange.answer(answer))
    assert getattr(engine, name)() == (answer if value is None else value)
    (exchange,) = there.seen
    assert f"{exchange.method} {exchange.path}" == line


@pytest.mark.parametrize("name", [name for name, *_ in CALLS])
@pytest.mark.parametrize("answer", [None, 1, "x", {"x": 1}, [1], [{"id": "abc"}]])
def test_an_answer_that_lacks_something_is_refused(
    stand: Stand, engine: Engine, name: str, answer: object
) -> None:
    stand(lambda exchange: exchange.answer(answer))
    with pytest.raises(BadAnswer):
        getattr(engine, name)()


def test_the_edits_of_one_client_are_asked_for_by_its_name(stand: Stand, engine: Engine) -> None:
    there = stand(lambda exchange: exchange.answer([]))
    assert engine.edits(client="krita & co") == []
    assert there.seen[0].path == "/v1/edits?client=krita+%26+co"


def test_a_shutdown_needs_no_body(stand: Stand, engine: Engine) -> None:
    there = stand(lambda exchange: exchange.answer(b"", 202))
    engine.shutdown()
    assert (there.seen[0].method, there.seen[0].path) == ("POST", "/v1/shutdown")


@pytest.mark.parametrize(
    ("name", "line"),
    [("info", "GET /v1/edits/a%2Fb"), ("cancel", "DELETE /v1/edits/a%2Fb")],
)
def test_an_edit_is_asked_about_by_its_quoted_id(
    stand: Stand, engine: Engine, name: str, line: str
) -> None:
    there = stand(lambda exchange: exchange.answer(edit_facts(state="cancelled")))
    assert getattr(Edit(engine, "a/b"), name)()["state"] == "cancelled"
    assert f"{there.seen[0].method} {there.seen[0].path}" == line


def test_an_edit_goes_on_by_so_many_steps(stand: Stand, engine: Engine) -> None:
    bodies = []

    def read(exchange: Exchange) -> None:
        bodies.append((exchange.headers["content-type"], json.loads(exchange.read_body())))
        exchange.answer(edit_facts(state="queued"), 202)

    there = stand(read)
    assert Edit(engine, "abc").continue_(40)["state"] == "queued"
    assert there.seen[0].path == "/v1/edits/abc/continue"
    assert bodies == [("application/json", {"steps": 40})]


@pytest.mark.parametrize(("step", "path"), [(None, "/result"), (0, "/result?step=0")])
def test_a_raw_result_says_how_its_pixels_lie(
    stand: Stand, engine: Engine, step: int | None, path: str
) -> None:
    there = stand(lambda exchange: exchange.answer(bytes(range(48)), headers=PIXELS))
    picture = Edit(engine, "abc").result(step)
    assert picture.data == bytes(range(48))
    assert picture.format == PixelFormat(2, 3, "BGRA", "uint16")
    assert (picture.step, picture.content_type) == (96, RAW)
    assert there.seen[0].path == f"/v1/edits/abc{path}"
    assert there.seen[0].headers["accept"] == RAW


def test_a_picture_as_a_file_has_its_type(stand: Stand, engine: Engine) -> None:
    head = {"Content-Type": "image/png", "FlexIT-Step": "3"}
    there = stand(lambda exchange: exchange.answer(b"\x89PNG", headers=head))
    assert Edit(engine, "abc").preview("image/png") == (b"\x89PNG", None, 3, "image/png")
    assert there.seen[0].path == "/v1/edits/abc/preview"
    assert there.seen[0].headers["accept"] == "image/png"


@pytest.mark.parametrize(
    "change",
    [
        {"FlexIT-Width": 3},
        {"FlexIT-Width": -2, "FlexIT-Height": -3},
        {"FlexIT-Height": "x"},
        {"FlexIT-Height": "٣"},
        {"FlexIT-Width": "9" * 5000},
        {"FlexIT-Channels": "CMYK"},
        {"FlexIT-Depth": "bit"},
        {"FlexIT-Step": "first"},
    ],
)
def test_pixels_that_do_not_fit_their_description_are_refused(
    stand: Stand, engine: Engine, change: dict[str, object]
) -> None:
    stand(lambda exchange: exchange.answer(bytes(48), headers={**PIXELS, **change}))
    with pytest.raises(BadAnswer):
        Edit(engine, "abc").result()


def test_pixels_whose_description_is_not_complete_are_refused(stand: Stand, engine: Engine) -> None:
    head = {name: value for name, value in PIXELS.items() if name != "FlexIT-Depth"}
    stand(lambda exchange: exchange.answer(bytes(48), headers=head))
    with pytest.raises(BadAnswer):
        Edit(engine, "abc").result()


@pytest.mark.parametrize("size", [-1, 1 << 50, "x"])
def test_a_picture_of_no_sensible_size_is_refused(
    stand: Stand, engine: Engine, size: object
) -> None:
    head = {"Content-Type": "image/png", "Content-Length": size}
    stand(lambda exchange: exchange.answer(b"\x89PNG", headers=head))
    with pytest.raises(BadAnswer):
        Edit(engine, "abc").result()


def test_a_result_that_is_cut_off_is_not_handed_out(stand: Stand, engine: Engine) -> None:
    head = {**PIXELS, "Content-Length": 48}
    stand(lambda exchange: exchange.answer(bytes(47), headers=head))
    with pytest.raises(Silent, match="broke off"):
        Edit(engine, "abc").result()


def test_a_result_that_is_not_there_yet_is_an_error_of_the_tree(
    stand: Stand, engine: Engine
) -> None:
    error = {"error": {"code": "state", "message": "It is running.", "hint": "Wait."}}
    stand(lambda exchange: exchange.answer(error, 409))
    with pytest.raises(WrongState, match=r"It is running\. Wait\."):
        Edit(engine, "abc").result()
