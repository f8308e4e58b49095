"""An engine that does what a test tells it to: a few lines of HTTP on a real socket."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flexit.client.proof import proof_of
from flexit.client.protocol import PROTOCOL

DEADLINE = 30.0
"""Seconds after which something that a test waits for will not happen any more."""

Script = Callable[["Exchange"], None]


class Exchange:
    """A request that came, and the connection to answer it on."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._stream = connection.makefile("rb")
        self.method, self.path, _ = self._stream.readline().decode().split(" ")
        lines = iter(self._stream.readline, b"\r\n")
        pairs = (line.decode().rstrip("\r\n").split(": ", 1) for line in lines)
        self.headers = {name.lower(): value for name, value in pairs}

    def read_body(self) -> bytes:
        """All of the body."""
        return self._stream.read(int(self.headers["content-length"]))

    def read_into(self, place: bytearray | memoryview) -> int:
        """As much of the body as fits; how much that was."""
        return self._stream.readinto(place)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def answer(
        self,
        body: object = b"",
        status: int = 200,
        headers: Mapping[str, object] | None = None,
    ) -> None:
        """Send a whole answer; what is not bytes goes as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = {"Content-Length": len(data), "Connection": "close", **(headers or {})}
        # In one piece: a reset by unread bytes would overtake the second.
        self.send(_head(head, status) + data)

    def send_head(self, headers: Mapping[str, object], status: int = 200) -> None:
        """Send the head of an answer."""
        self.send(_head(headers, status))

    def begin_events(self) -> None:
        """Begin a stream of events that ends with the connection."""
        self.send_head({"Content-Type": "text/event-stream", "Connection": "close"})

    def send_event(self, kind: str, data: object, number: int = 1) -> None:
        """Send one event."""
        text = data if isinstance(data, str) else json.dumps(data)
        self.send(f"id: {number}\r\nevent: {kind}\r\ndata: {text}\r\n\r\n".encode())

    def wait_for_close(self) -> None:
        """Wait until the client has closed."""
        self.connection.settimeout(DEADLINE)
        with suppress(ConnectionResetError):
            assert self._stream.read(1) == b""

    def close(self) -> None:
        """Close the connection, with what was not read."""
        self._stream.close()
        self.connection.close()


class StandIn:
    """Listens in a data folder, and runs a script for each request, in a thread of its own.

    Args:
        folder: the data folder.
        script: what to do with a request.
        tcp: listen on 127.0.0.1 and on no Unix socket.
        proves: prove to who asks over TCP that this is the engine, before the script.
        facts: other content for the discovery file.
    """

    def __init__(
        self,
        folder: Path,
        script: Script,
        tcp: bool = False,
        proves: bool = True,
        **facts: Any,  # noqa: ANN401
    ) -> None:
        self.folder = folder
        self.script = script
        self.seen: list[Exchange] = []
        self.proofs: list[str] = []
        self.failures: list[BaseException] = []
        self._proves = tcp and proves
        self._path = folder / "engine.sock"
        self._listener = _listen(None if tcp else self._path)
        self.facts = {
            "protocol": PROTOCOL,
            "version": "0.1.0",
            "pid": os.getpid(),
            "token": "secret",
            "socket": None if tcp else str(self._path),
            "port": self._listener.getsockname()[1] if tcp else None,
            "log": str(folder / "logs" / "engine.jsonl"),
            **facts,
        }
        (folder / "engine.json").write_text(json.dumps(self.facts))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        assert not self.failures, self.failures

    def stop(self) -> None:
        """End like a killed process: the discovery file stays."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for exchange in self.seen:
            with suppress(OSError):
                exchange.connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _prove(self, exchange: Exchange) -> str:
        nonce = exchange.path.partition("?nonce=")[2]
        self.proofs.append(proof_of(self.facts["token"], nonce))
        return self.proofs[-1]

    def _serve(self, connection: socket.socket) -> None:
        try:
            exchange = Exchange(connection)
            if self._proves and exchange.path.startswith("/v1/proof?"):
                stays = {"Connection": "keep-alive"}
                exchange.answer({"proof": self._prove(exchange)}, headers=stays)
                exchange = Exchange(connection)
        except (OSError, ValueError):  # it went away before it asked
            connection.close()
            return
        self.seen.append(exchange)
        try:
            self.script(exchange)
        except (BrokenPipeError, ConnectionResetError):
            pass
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            exchange.close()


def _head(headers: Mapping[str, object], status: int) -> bytes:
    lines = [f"HTTP/1.1 {status} so", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _listen(path: Path | None) -> socket.socket:
    if path is None:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
    else:
        path.unlink() if path.exists() else None
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
    listener.listen()
    return listener


def wait_until(happens: Callable[[], object]) -> None:
    """Wait for something that has no event.

    Raises:
        AssertionError: it has not happened before the deadline.
    """
    deadline = time.monotonic() + DEADLINE
    while not happens():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.005)


def edit_facts(**facts: Any) -> dict[str, Any]:  # noqa: ANN401
    """An edit as the engine describes one."""
    return {
        "id": "abc",
        "state": "running",
        "client": "",
        "source": "cat",
        "target": "dog",
        "profile": "mini",
        "settings": {"steps": 2},
        "on_disconnect": "keep",
        "created": 1.0,
        "started": 2.0,
        "finished": None,
        "position": None,
        "progress": None,
        "kept": None,
        "box": None,
        "seconds": {},
        "error": None,
        "note": "",
        "version": "0.1.0",
        **facts,
    }
