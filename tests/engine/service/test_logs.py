"""The log: JSON lines for the owner only, of limited size, readable while it is written."""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.errors import StorageError
from flexit_engine.service import logs

from .places import full_disk, mode, occupy

LOGGER = logging.getLogger("flexit_engine.test")


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    root.handlers.clear()
    yield
    logging.captureWarnings(False)
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_record_is_one_json_object_with_its_extra_fields(tmp_path: Path) -> None:
    path = logs.configure(tmp_path)
    LOGGER.info("step %d", 12, extra={"edit": "0b5c", "seconds": 0.25})
    (record,) = records(path)
    moment = datetime.fromisoformat(record.pop("time"))
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(timezone.utc) - moment) < timedelta(minutes=1)
    assert record == {
        "level": "INFO",
        "logger": "flexit_engine.test",
        "message": "step 12",
        "edit": "0b5c",
        "seconds": 0.25,
    }


def test_an_exception_is_in_its_record(tmp_path: Path) -> None:
    path = logs.configure(tmp_path)
    try:
        raise RuntimeError("boom")
    except RuntimeError:
        LOGGER.exception("It broke.")
    (record,) = records(path)
    assert record["exc_info"].splitlines()[-1] == "RuntimeError: boom"


def test_uvicorns_loggers_end_in_the_log(tmp_path: Path) -> None:
    own = logging.StreamHandler()
    logging.getLogger("uvicorn.access").addHandler(own)
    logging.getLogger("uvicorn.access").propagate = False
    path = logs.configure(tmp_path)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).info("hello")
    assert [record["logger"] for record in records(path)] == [
        "uvicorn",
        "uvicorn.error",
        "uvicorn.access",
    ]


def test_every_file_stays_private_and_their_number_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 1000)
    before = os.umask(0)
    try:
        logs.configure(tmp_path / "logs")
        for number in range(200):
            LOGGER.info("record %d", number)
    finally:
        os.umask(before)
    files = list((tmp_path / "logs").iterdir())
    records = [file for file in files if file.name.startswith("engine.jsonl")]
    assert len(records) == logs.BACKUPS + 1
    assert {mode(file) for file in files} == {0o600}
    assert all(file.stat().st_size <= 1000 for file in records)
    assert mode(tmp_path / "logs") == 0o700


def test_a_full_disk_loses_records_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = logs.configure(tmp_path)
    LOGGER.info("before")
    with full_disk():
        for _ in range(1000):
            LOGGER.info("perhaps lost")
    LOGGER.info("after")
    messages = [record["message"] for record in records(path)]
    assert (messages[0], messages[-1]) == ("before", "after")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("what", ["folder", "pipe", "link"])
def test_something_foreign_in_the_logs_place_is_a_sentence(tmp_path: Path, what: str) -> None:
    occupy(tmp_path / logs.NAME, what)
    with pytest.raises(StorageError, match=r"engine\.jsonl"):
        logs.configure(tmp_path)


def test_a_terminal_shows_readable_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(tmp_path, stream=True)
    LOGGER.warning("The \x1b[31mdisk\nis full.", extra={"edit": "0b5c"})
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING flexit_engine.test  The \\x1b[31mdisk\\nis full.  edit=0b5c")


@pytest.mark.parametrize("line", ["", "half {", '"text"', "{}", '{"time": 1}', "\x1b[2J"])
def test_what_is_no_record_is_shown_as_it_is_but_harmless(line: str) -> None:
    assert logs.readable(line) == line.replace("\x1b", "\\x1b")


def test_the_tail_reaches_back_over_rotated_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 300)
    logs.configure(tmp_path)
    for number in range(12):
        LOGGER.info("record %d", number)
    shown = [json.loads(line)["message"] for line in logs.tail(tmp_path, 5)]
    assert shown == [f"record {number}" for number in range(7, 12)]
    assert logs.tail(tmp_path, 0) == []
    assert logs.tail(tmp_path / "nowhere", 5) == []


def test_following_misses_no_record_while_files_rotate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 2000)
    monkeypatch.setattr(logs, "SECONDS_BETWEEN_LOOKS", 0.001)
    logs.configure(tmp_path)
    for number in range(5):
        LOGGER.info("%d", number)
    seen: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in logs.follow(tmp_path, 3):
            message = json.loads(line)["message"]
            seen.put(message)
            if message == "last":
                return

    reader = threading.Thread(target=read)
    reader.start()
    numbers = [seen.get(timeout=10) for _ in range(3)]
    for number in range(5, 100):
        LOGGER.info("%d", number)
        numbers.append(seen.get(timeout=10))
    LOGGER.info("last")
    reader.join(10)
    assert not reader.is_alive()
    assert numbers == [str(number) for number in range(2, 100)]


def test_following_begins_before_there_is_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "SECONDS_BETWEEN_LOOKS", 0.001)
    looked = threading.Event()
    monkeypatch.setattr(logs.time, "sleep", lambda _seconds: looked.set())
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(next(logs.follow(tmp_path, 3))))
    reader.start()
    assert looked.wait(10)
    logs.configure(tmp_path)
    LOGGER.info("first")
    reader.join(10)
    assert json.loads(found[0])["message"] == "first"


def test_the_command_shows_the_last_records(tmp_path: Path) -> None:
    logs.configure(tmp_path / "logs")
    for number in range(3):
        LOGGER.info("record %d", number)
    command = [sys.executable, "-m", "flexit_engine", "logs", "-n", "2"]
    environment = {**os.environ, "FLEXIT_DATA": str(tmp_path)}
    people = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    assert [line.split("  ")[-1] for line in people.stdout.splitlines()] == ["record 1", "record 2"]
    programs = subprocess.run(
        [*command, "--json"], env=environment, capture_output=True, check=True, text=True
    )
    assert [record["message"] for record in json.loads(programs.stdout)] == ["record 1", "record 2"]


def test_the_command_follows_until_its_reader_leaves(tmp_path: Path) -> None:
    logs.configure(tmp_path / "logs")
    LOGGER.info("there already")
    command = [sys.executable, "-m", "flexit_engine", "logs", "--follow"]
    environment = {**os.environ, "FLEXIT_DATA": str(tmp_path)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("there already\n")
        LOGGER.info("new")
        assert process.stdout.readline().endswith("new\n")
        process.stdout.close()
        LOGGER.info("for nobody")
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_ctrl_c_ends_following(tmp_path: Path) -> None:
    logs.configure(tmp_path / "logs")
    LOGGER.info("there already")
    command = [sys.executable, "-m", "flexit_engine", "logs", "--follow"]
    environment = {**os.environ, "FLEXIT_DATA": str(tmp_path)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith(b"there already\n")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert (process.returncode, said) == (130, b"flexit: Stopped.\n")
