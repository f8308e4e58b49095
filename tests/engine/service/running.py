"""A real service process and its calls, for the tests of the service."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np
import psutil
from numpy.typing import NDArray

from flexit_engine.ownership import STAMP
from flexit_engine.service.discovery import LOGS, Address, discover

from .places import wait_for

ROOT = Path(__file__).parents[3]
"""Where `tests` can be imported from."""
RAW = "application/octet-stream"
LONGEST = 600.0
"""Seconds an edit of a test may take."""
ENDINGS = ("done", "failed", "cancelled")
BANDS = {1: "GRAY", 2: "GRAYA", 3: "RGB", 4: "RGBA"}
DTYPES = {"uint8": "u1", "uint16": "<u2", "float32": "<f4"}

Pixels = NDArray[Any]
Sent = Pixels | bytes
"""Raw pixels, or a file."""


class Event(NamedTuple):
    """One server-sent event."""

    kind: str
    id: str
    data: dict[str, Any]


class Running:
    """A service that runs, and what a client asks of it.

    Args:
        data: its data folder.
        config: fields of `Config`.
    """

    def __init__(self, data: Path, **config: Any) -> None:  # noqa: ANN401
        self.data = data
        words = json.dumps({"data": str(data), **config})
        command = [sys.executable, "-m", "tests.engine.service.serving", words]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.http = httpx.Client()
        try:
            self.address = wait_for(self._address)
            self.http = self.client()
            assert self.http.get("/v1/health").status_code == 200
        except BaseException:
            self.kill()
            raise

    def client(self, timeout: float = 60.0) -> httpx.Client:
        """A client of its own connections."""
        path, port = self.address.socket, self.address.port
        return httpx.Client(
            transport=httpx.HTTPTransport(uds=None if path is None else str(path)),
            base_url="http://flexit" if port is None else f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {self.address.token}"},
            timeout=timeout,
        )

    def post(self, image: Sent, mask: Sent | None = None, /, **request: Any) -> httpx.Response:  # noqa: ANN401
        """Ask for an edit; arrays are sent as raw pixels, bytes as files."""
        request = {"target": "dog", **request}
        parts = []
        for name, pixels in (("image", image), ("mask", mask)):
            if isinstance(pixels, np.ndarray):
                request.setdefault(name, laid(pixels))
                pixels = pixels.tobytes()
            if pixels is not None:
                parts.append((name, (name, pixels)))
        parts.insert(0, ("request", (None, json.dumps(request).encode())))
        return self.http.post("/v1/edits", files=parts)

    def submit(self, image: Sent, mask: Sent | None = None, /, **request: Any) -> str:  # noqa: ANN401
        """The id of a new edit."""
        answer = self.post(image, mask, **request)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def folders(self) -> set[str]:
        """Names of all that is in the folder of edits, besides its stamp."""
        return {path.name for path in (self.data / "edits").iterdir()} - {STAMP}

    def edit(self, edit_id: str) -> dict[str, Any]:
        """An edit as it stands."""
        return dict(self.http.get(f"/v1/edits/{edit_id}").raise_for_status().json())

    def cancel(self, edit_id: str) -> dict[str, Any]:
        """Cancel an edit."""
        return dict(self.http.delete(f"/v1/edits/{edit_id}").raise_for_status().json())

    def go_on(self, edit_id: str, steps: int) -> None:
        """Take more steps."""
        answer = self.http.post(f"/v1/edits/{edit_id}/continue", json={"steps": steps})
        assert answer.status_code == 202, answer.text

    def events(self, edit_id: str, last: str | None = None) -> Iterator[Event]:
        """The events of an edit, until its stream ends."""
        headers = {} if last is None else {"Last-Event-ID": last}
        with self.http.stream("GET", f"/v1/edits/{edit_id}/events", headers=headers) as answer:
            answer.raise_for_status()
            fields: dict[str, str] = {}
            deadline = time.monotonic() + LONGEST
            for line in answer.iter_lines():
                assert time.monotonic() < deadline, "the edit does not end"
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                elif "data" in fields:
                    yield Event(fields["event"], fields["id"], json.loads(fields["data"]))
                    fields = {}

    def wait(self, edit_id: str) -> dict[str, Any]:
        """The edit, once it has ended."""
        ends = [event.data for event in self.events(edit_id) if event.kind in ENDINGS]
        return ends[-1]

    def until_step(self, edit_id: str, step: int) -> dict[str, Any]:
        """The first progress that is as far as a step; its stream is closed then."""
        for event in self.events(edit_id):
            assert event.kind not in ENDINGS, event.data
            if event.kind == "progress" and event.data["step"] >= step:
                return event.data
        raise AssertionError("the stream ended before")

    def picture(self, edit_id: str, step: int | None = None, accept: str = RAW) -> httpx.Response:
        """The result, or a step."""
        asked = {} if step is None else {"step": step}
        path = f"/v1/edits/{edit_id}/result"
        return self.http.get(path, params=asked, headers={"Accept": accept})

    def pixels(self, edit_id: str, step: int | None = None) -> Pixels:
        """The result, or a step, as raw pixels."""
        answer = self.picture(edit_id, step)
        assert answer.status_code == 200, answer.text
        return from_raw(answer)

    def worker(self) -> dict[str, Any]:
        """What its first worker does."""
        return dict(self.http.get("/v1/ready").raise_for_status().json()["workers"][0])

    def started_workers(self) -> list[int]:
        """The pids of all its worker processes so far."""
        return [entry["worker"] for entry in self.log() if entry["message"] == "worker started"]

    def log(self) -> list[dict[str, Any]]:
        """All records of the log there are, this run's and earlier ones'."""
        lines = (self.data / LOGS / "engine.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def stop(self) -> None:
        """End it as `flexit stop` does."""
        assert self.http.post("/v1/shutdown").status_code == 202
        self.process.wait(LONGEST)
        self._close()

    def kill(self) -> list[psutil.Process]:
        """SIGKILL to it; its workers, which end by themselves."""
        children: list[psutil.Process] = []
        if self.process.poll() is None:
            children = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            self.process.wait()
        self._close()
        return children

    def _close(self) -> None:
        self.http.close()
        assert self.process.stderr is not None
        sys.stdout.write(self.process.stderr.read().decode())  # seen if a test fails
        self.process.stderr.close()

    def _address(self) -> Address | None:
        if self.process.poll() is not None:
            assert self.process.stderr is not None
            raise AssertionError(f"the service ended: {self.process.stderr.read().decode()}")
        found = discover(self.data)
        return found if found and found.pid == self.process.pid else None


@contextmanager
def running(data: Path, **config: Any) -> Iterator[Running]:  # noqa: ANN401
    """A service for the length of a block; its log is shown if the test fails."""
    service = Running(data, **config)
    try:
        yield service
    finally:
        if not service.http.is_closed:
            for worker in service.kill():
                with suppress(psutil.NoSuchProcess):
                    worker.kill()
        for log in (data / LOGS).glob("engine.jsonl"):
            sys.stdout.write(log.read_text(errors="replace"))


def faulty(faults: Path) -> tuple[str, ...]:
    """The command of a worker with small networks that fail as the folder says."""
    faults.mkdir(exist_ok=True)
    found = f"PYTHONPATH={ROOT}"  # the service starts it in another folder
    return ("env", found, sys.executable, "-m", "tests.engine.service.faulty_worker", str(faults))


def laid(pixels: Pixels) -> dict[str, Any]:
    """How raw pixels lie."""
    height, width, *bands = pixels.shape
    channels = BANDS[bands[0] if bands else 1]
    return {"width": width, "height": height, "channels": channels, "depth": pixels.dtype.name}


def from_raw(answer: httpx.Response) -> Pixels:
    """The pixels of a raw answer."""
    width, height, channels, depth = (
        answer.headers[f"FlexIT-{name}"] for name in ("Width", "Height", "Channels", "Depth")
    )
    bands = {"GRAY": 1, "GRAYA": 2, "RGB": 3}.get(channels, 4)
    return np.frombuffer(answer.content, DTYPES[depth]).reshape(int(height), int(width), bands)


def drawn(seed: int = 0, height: int = 48, width: int = 64, bands: int = 4) -> Pixels:
    """A picture of our own, another one for each seed: a disc on noise, opaque."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    inside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (height / 3) ** 2
    colours = rng.integers(60, 190, (2, 3))
    noise = rng.integers(-30, 31, (height, width, 3))
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., :3] = np.where(inside[..., None], *colours) + noise
    if bands < 3:
        return pixels[..., [0, 3][:bands]]
    return pixels[..., :bands]


def left_half(height: int = 48, width: int = 64) -> Pixels:
    """A selection."""
    selected = np.zeros((height, width), np.uint8)
    selected[:, : width // 2] = 255
    return selected
