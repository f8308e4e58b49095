"""The client with the real engine and its embedded networks."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from flexit.client import (
    Edit,
    EditRequest,
    Engine,
    EngineUnreachable,
    Event,
    FlexITError,
    Follower,
    MaskError,
    NotFound,
    NotRunning,
    PictureError,
    PixelFormat,
    RequestError,
    SettingsError,
    Unauthorised,
    UnknownWords,
    WrongState,
)

from .stand_in import wait_until

PATIENCE = 60.0
"""Seconds an edit may take on a slow machine."""

HEIGHT, WIDTH = 48, 64
REQUEST = EditRequest(
    "dog",
    source="cat",
    preset="draft",
    settings={"steps": 2},
    image=PixelFormat(WIDTH, HEIGHT, "RGBA"),
    client="test",
)
ENDLESS = replace(REQUEST, settings={"steps": 10_000})


class Heard:
    """Follows an edit, and keeps what it hears."""

    def __init__(self, edit: Edit, **options: Any) -> None:  # noqa: ANN401
        self.events: list[Event] = []
        self.errors: list[FlexITError] = []
        self._ended = threading.Event()
        self.follower = Follower(edit, self._on_event, self._on_error, **options).start()

    def __enter__(self) -> Heard:
        return self

    def __exit__(self, *_: object) -> None:
        self.follower.close()
        assert self.follower.join(PATIENCE)

    def _on_event(self, event: Event) -> None:
        self.events.append(event)
        if event.ended:
            self._ended.set()

    def _on_error(self, error: FlexITError) -> None:
        self.errors.append(error)
        self._ended.set()

    def has(self, kind: str) -> bool:
        return any(event.kind == kind for event in self.events)

    def wait_for_step(self) -> None:
        wait_until(lambda: any(event.data.get("step", 0) > 0 for event in self.events))

    def wait(self) -> Event:
        """The last event."""
        assert self._ended.wait(PATIENCE)
        assert not self.errors, self.errors
        return self.events[-1]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that was started as an editor starts it."""
    yield from _engine(tmp_path_factory.mktemp("engine"))


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Engine]:
    """An engine that a test may kill."""
    yield from _engine(tmp_path / "mortal")


def _engine(folder: Path) -> Iterator[Engine]:
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "command.json").write_text(json.dumps([sys.executable, "-m", "flexit_engine"]))
    engine = start(folder)
    yield engine
    stop(engine)


def start(folder: Path) -> Engine:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLEXIT_DATA", str(folder))
        engine = Engine.find_or_start(timeout=PATIENCE)
    assert engine.folder == folder
    return engine


def stop(engine: Engine) -> None:
    try:
        pid = engine.address().pid
        engine.shutdown()
    except NotRunning:
        return
    wait_until(lambda: not lives(pid))


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def engines_on(folder: Path) -> list[int]:
    """The processes that serve a data folder, or are about to."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "cwd"])
        if "serve" in (process.info["cmdline"] or []) and process.info["cwd"] == str(folder)
    ]


def picture(seed: int = 0) -> NDArray[np.uint8]:
    """An orange disc on green: something the embedded networks see as one."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = (rows - HEIGHT / 2) ** 2 + (columns - WIDTH / 2) ** 2 < (HEIGHT / 3) ** 2
    drawn = np.where(inside[..., None], (230, 140, 40, 255), (60, 150, 70, 255))
    noise = np.random.default_rng(seed).integers(-9, 10, (HEIGHT, WIDTH, 4))
    return np.clip(drawn + noise, 0, 255).astype(np.uint8)


def test_an_edit_goes_from_pixels_to_pixels(engine: Engine) -> None:
    pixels = picture()
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, : WIDTH // 2] = 255
    request = replace(REQUEST, mask=PixelFormat(WIDTH, HEIGHT, "GRAY"))
    edit = engine.submit(request, pixels.data, mask.data)
    with Heard(edit, previews=True) as heard:
        last = heard.wait()
    assert (last.kind, last.data["state"]) == ("done", "done")
    assert heard.has("state")
    assert heard.has("progress")
    previews = [event.picture for event in heard.events if event.picture]
    assert previews[0].format is not None
    assert previews[0].format.channels == "RGB"
    result = edit.result()
    assert result.format == request.image
    assert result.step == 2
    made = np.frombuffer(result.data, np.uint8).reshape(pixels.shape)
    assert (made[:, WIDTH // 2 :] == pixels[:, WIDTH // 2 :]).all()
    assert (made[:, : WIDTH // 2] != pixels[:, : WIDTH // 2]).any()


def test_a_step_can_be_revisited_and_gone_on_from(engine: Engine) -> None:
    edit = engine.submit(REQUEST, picture().data)
    with Heard(edit) as heard:
        heard.wait()
    first, second = edit.result(step=1), edit.result(step=2)
    assert (first.step, second.step) == (1, 2)
    assert first.data != second.data == edit.result().data
    assert bytes(edit.result(accept="image/png").data).startswith(b"\x89PNG")
    with pytest.raises(NotFound):
        edit.result(step=3)
    edit.continue_(1)
    with Heard(edit) as heard:
        assert heard.wait().data["kept"] == 3
    assert edit.result(step=2).data == second.data
    assert edit.result().step == 3


def test_a_file_comes_back_as_a_file(engine: Engine) -> None:
    png = Path("docs/images/red-apple.png").read_bytes()
    edit = engine.submit(EditRequest("lemon", preset="draft", settings={"steps": 1}), png)
    with Heard(edit) as heard:
        heard.wait()
    result = edit.result(accept="*/*")
    assert (result.content_type, result.format, result.step) == ("image/png", None, 1)
    assert bytes(result.data).startswith(b"\x89PNG")


def test_two_clients_each_get_their_own(engine: Engine) -> None:
    edits = [
        engine.submit(replace(REQUEST, client=name, settings={"steps": 0}), picture(seed).data)
        for name in ("one", "two")
        for seed in range(4)
    ]
    for number, edit in enumerate(edits):
        with Heard(edit) as heard:
            heard.wait()
        # After no step at all the result is the source: so each can be told by its noise.
        assert edit.result().data == picture(number % 4).tobytes()
    assert {edit.id for edit in edits[4:]} == {info["id"] for info in engine.edits("two")}


def test_closing_cancels_what_was_asked_for_like_that(engine: Engine) -> None:
    edit = engine.submit(replace(ENDLESS, on_disconnect="cancel"), picture().data)
    with Heard(edit) as heard:
        heard.wait_for_step()
    wait_until(lambda: edit.info()["state"] == "cancelled")
    assert not heard.errors


def test_closing_leaves_everything_else_alone(engine: Engine) -> None:
    edit = engine.submit(ENDLESS, picture().data)
    with Heard(edit) as heard:
        heard.wait_for_step()
    assert edit.info()["state"] == "running"
    with Heard(Edit(engine, edit.id)) as heard:
        heard.wait_for_step()
        assert edit.cancel()["id"] == edit.id
        assert heard.wait().kind == "cancelled"
    kept = edit.info()["kept"]
    assert kept is not None
    assert edit.result(step=kept).step == kept


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"settings": {"steps": -1}}, SettingsError),
        ({"image": PixelFormat(WIDTH, HEIGHT + 1, "RGBA")}, PictureError),
        ({"image": PixelFormat(0, 0, "RGBA")}, RequestError),
        ({"mask": PixelFormat(1, 1, "GRAY")}, MaskError),
        ({"on_disconnect": "maybe"}, RequestError),
    ],
)
def test_what_the_engine_refuses_is_an_error_of_the_tree(
    engine: Engine, change: dict[str, Any], error: type[FlexITError]
) -> None:
    request = replace(REQUEST, **change)
    with pytest.raises(error) as refusal:
        engine.submit(request, picture().data, b"\xff" if request.mask else None)
    assert refusal.value.message
    assert Path(refusal.value.log).is_absolute()


@pytest.mark.parametrize(
    ("change", "error"), [({"target": "zyzzyva"}, UnknownWords), ({"image": None}, PictureError)]
)
def test_an_edit_that_turns_out_to_be_impossible_fails_with_its_reason(
    engine: Engine, change: dict[str, Any], error: type[FlexITError]
) -> None:
    edit = engine.submit(replace(REQUEST, **change), picture().data)
    with Heard(edit) as heard:
        last = heard.wait()
    assert last.kind == "failed"
    assert type(last.error) is error
    assert last.error.hint


def test_a_wrong_token_is_heard_though_the_picture_is_not_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = engine.address()._replace(token="wrong")  # noqa: S106
    monkeypatch.setattr(engine, "address", lambda: wrong)
    with pytest.raises(Unauthorised):
        engine.submit(REQUEST, bytes(64 << 20))


def test_the_state_of_an_edit_is_respected(engine: Engine) -> None:
    edit = engine.submit(ENDLESS, picture().data)
    with pytest.raises(WrongState):
        edit.result()
    edit.cancel()
    with pytest.raises(NotFound):
        Edit(engine, "no such/edit?").info()


def test_the_engine_tells_about_itself(engine: Engine) -> None:
    edit = engine.submit(REQUEST, picture().data)
    with Heard(edit) as heard:
        heard.wait()
    assert engine.health()["pid"] == engine.address().pid
    assert [row["installed"] for row in engine.profiles() if row["name"] == "mini"] == [True]
    wait_until(lambda: engine.ready()["workers"][0]["state"] == "idle")
    assert engine.ready()["ready"]
    assert engine.unload() == 1
    assert not engine.ready()["ready"]


def test_an_edit_outlives_a_killed_engine(mortal: Engine) -> None:
    edit = mortal.submit(replace(REQUEST, settings={"steps": 12}), picture().data)
    with Heard(edit) as heard:
        heard.wait_for_step()
        killed = mortal.address()
        os.kill(killed.pid, signal.SIGKILL)
        wait_until(lambda: not lives(killed.pid))
        with pytest.raises(EngineUnreachable):
            edit.info()
        start(mortal.folder)
        assert heard.wait().kind == "done"
    assert mortal.address().token != killed.token
    assert edit.result().step == 12


def test_editors_that_start_the_engine_at_once_get_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    (folder / "command.json").write_text(json.dumps([sys.executable, "-m", "flexit_engine"]))
    found: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLEXIT_DATA", str(folder))
        editors = [
            threading.Thread(
                target=lambda: found.append(Engine.find_or_start(PATIENCE).health()["pid"])
            )
            for _ in range(3)
        ]
        for editor in editors:
            editor.start()
        for editor in editors:
            editor.join(PATIENCE)
    assert len(found) == 3
    assert len(set(found)) == 1
    wait_until(lambda: engines_on(folder) == found[:1])  # the others see that they are too late
    stop(Engine(folder))
