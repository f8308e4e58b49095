"""Whatever the engine does, the user gets a sentence, a way out, and the place of the log."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.editors.engines import FakeEngine
from tests.plugin.client.stand_in import Exchange, StandIn

from .host import Gimp, chroot

LOG = "/var/log/engine.jsonl"


def failure(code: str) -> dict[str, str]:
    return {"code": code, "message": f"Sentence of {code}.", "hint": "Way out.", "log": LOG}


def words_of_an_edit(gimp: Gimp) -> str:
    """What an edit that fails says."""
    made = gimp("image", width=16, height=16)
    before = gimp("state", image=made["image"])
    answer = gimp("edit", image=made["image"], layers=[made["layer"]])
    assert answer["status"] == "execution-error"
    assert gimp("state", image=made["image"]) == before
    return str(answer["words"])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((400, "unknown_words"), (401, "unauthorised"), (409, "weights"), (413, "too_large")),
        *(
            (422, "request"),
            (429, "busy"),
            (500, "error"),
            (507, "storage"),
            (418, "not_known_yet"),
        ),
    ],
)
def test_10_an_engine_that_refuses_is_quoted(
    gimp: Gimp, engine: FakeEngine, status: int, code: str
) -> None:
    engine.refusal = status, failure(code)
    assert words_of_an_edit(gimp) == f"Sentence of {code}. Way out. Log: {LOG}"


@pytest.mark.parametrize("code", ["out_of_memory", "device", "worker_died", "storage"])
def test_10_an_edit_that_fails_in_the_engine_is_quoted(
    gimp: Gimp, engine: FakeEngine, code: str
) -> None:
    engine.failure = failure(code)
    assert words_of_an_edit(gimp) == f"Sentence of {code}. Way out. Log: {LOG}"


def test_10_a_missing_target_is_said_before_anything_is_asked(
    gimp: Gimp, engine: FakeEngine
) -> None:
    made = gimp("image")
    answer = gimp("edit", image=made["image"], layers=[made["layer"]], target="  ")
    assert answer["words"] == "It is not said what it should become. Type a word or two."
    assert engine.sent == []


def test_10_no_engine_on_this_machine(gimp: Gimp) -> None:
    assert words_of_an_edit(gimp).startswith("FlexIT's engine is not installed")


def test_10_an_engine_that_does_not_start(gimp: Gimp, data: Path) -> None:
    command = data / "command.json"
    command.write_text(json.dumps(["/bin/sh", "-c", "echo broken >&2; exit 3"]))
    try:
        words = words_of_an_edit(gimp)
    finally:
        command.unlink()
    assert words.startswith("The engine did not start (exit code 3: broken). Run `flexit start`")


def test_19_in_a_flatpak_one_is_told_what_to_run_outside(gimp: Gimp) -> None:
    mark = chroot() / ".flatpak-info"
    mark.touch()
    try:
        words = words_of_an_edit(gimp)
    finally:
        mark.unlink()
    assert "Run `flexit start` in a terminal" in words


@contextmanager
def answering(data: Path, script: Any, **facts: Any) -> Iterator[None]:  # noqa: ANN401
    """An engine that is none of ours."""
    with StandIn(data, script, **facts):
        yield
    (data / "engine.json").unlink()


def health_then(script: Any) -> Any:  # noqa: ANN401
    """Healthy at first sight."""

    def answer(exchange: Exchange) -> None:
        if exchange.path == "/v1/health":
            exchange.answer({"protocol": 1})
        else:
            script(exchange)

    return answer


def cut_off(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 202 so\r\nContent-Length: 100000\r\n\r\n{")


STRANGE = {
    "junk": lambda exchange: exchange.send(b"\x00\xff" * 500),
    "not JSON": lambda exchange: exchange.answer(b"<html>"),
    "not an edit": lambda exchange: exchange.answer({"id": 5}),
    "cut off": cut_off,
    "4 GB": lambda exchange: exchange.send_head({"Content-Length": 4 << 30}),
    "closed": lambda _exchange: None,
}


@pytest.mark.parametrize("name", STRANGE)
def test_11_an_engine_that_talks_nonsense_is_reported(gimp: Gimp, data: Path, name: str) -> None:
    with answering(data, health_then(STRANGE[name])):
        words = words_of_an_edit(gimp)
    assert words.startswith(("The answer of the engine", "The engine's answer", "The connection"))
    assert "Update" in words or "Try again" in words


def test_11_a_result_of_another_size_is_reported(gimp: Gimp, engine: FakeEngine) -> None:
    engine.change = lambda pixels, _step: pixels[1:]
    assert words_of_an_edit(gimp).startswith("The engine's result has another size")


def test_11_a_newer_engine_is_reported(gimp: Gimp, data: Path) -> None:
    with answering(data, health_then(STRANGE["closed"]), protocol=99, version="9.0"):
        words = words_of_an_edit(gimp)
    assert "speaks version 99 of the protocol" in words
    assert "Update the plug-in." in words


def test_10_an_engine_that_dies_in_the_middle_is_reported(gimp: Gimp, engine: FakeEngine) -> None:
    engine.go_on.clear()

    def die() -> None:
        engine.reached.wait(20)
        engine.stand_in.stop()

    killer = threading.Thread(target=die)
    killer.start()
    words = words_of_an_edit(gimp)
    killer.join()
    assert words.startswith("The engine is not running any more. Start it again")
    assert words.endswith(f"Log: {engine.stand_in.facts['log']}")
