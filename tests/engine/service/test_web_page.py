"""A page in a real browser, on the same machine, gets nothing done and learns nothing."""

from __future__ import annotations

import json
import queue
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from .conftest import QUICK, Start
from .running import Running, drawn
from .wire import receive

PAGE = (Path(__file__).parent / "page.html").read_text()
WORD = "what the page may read"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--host-resolver-rules=MAP rebound.example 127.0.0.1",
)  # fmt: skip
SECONDS = 90.0


class Home(ThreadingHTTPServer):
    """The server of the page, which hears what the page could read."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.page = ""
        self.findings: queue.Queue[dict[str, Any]] = queue.Queue()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Visit(BaseHTTPRequestHandler):
    server: Home

    def do_GET(self) -> None:
        self.answer(WORD if self.path == "/word" else self.server.page)

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer("")
        self.server.findings.put(json.loads(said))

    def answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


class Relay:
    """A port before the engine's, which notes each request and how it was answered."""

    def __init__(self, port: int) -> None:
        self._engine = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.noted: list[tuple[str, int]] = []
        self._threads: list[threading.Thread] = []
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                came, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._pass_on, args=(came,), daemon=True))
            self._threads[-1].start()

    def _pass_on(self, came: socket.socket) -> None:
        """One request of a connection: the engine ends those it refuses."""
        came.settimeout(30)
        with came, socket.create_connection(self._engine, 30) as engine:
            head = came.recv(1 << 16)
            if not head:
                return  # a browser opens some in advance
            sender = threading.Thread(target=pump, args=(came, engine), daemon=True)
            engine.sendall(head)
            sender.start()
            answer = receive(engine)
            line = head.split(b"\r\n")[0].decode().removesuffix(" HTTP/1.1")
            self.noted.append((line, int(answer.split()[1])))
            with suppress(OSError):  # the browser may have left
                came.sendall(answer)
                came.shutdown(socket.SHUT_RDWR)
            sender.join(30)


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # the engine may have heard enough
        while piece := source.recv(1 << 16):
            target.sendall(piece)


@contextmanager
def relay(port: int) -> Iterator[Relay]:
    passing = Relay(port)
    try:
        yield passing
    finally:
        passing.close()


@pytest.fixture
def home() -> Iterator[Home]:
    """A server for the page, on another port than the engine's."""
    with Home() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def visit(home: Home, address: str, profile: Path) -> dict[str, Any]:
    """What a page finds when a browser goes there."""
    assert BROWSER, "there is no chromium: scripts/install-test-packages installs it"
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", address]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return home.findings.get(timeout=SECONDS)
    finally:
        browser.terminate()
        browser.wait()


def written(service: Running, home: Home, port: int, edit: str) -> str:
    """The page, with the names of what it is after."""
    page = PAGE.replace("ENGINE", f"127.0.0.1:{port}").replace("HOME", home.address)
    page = page.replace("FILE", str(service.data / "engine.json")).replace("EDIT", edit)
    return page.replace("PORT", str(port))


REACHED = (
    "GET /v1/health", "GET /v1/edits", "POST /v1/edits", "OPTIONS /v1/edits", "POST /v1/shutdown",
    "POST /v1/unload", "POST /v1/edits/{id}/continue", "GET /v1/edits/{id}/result", "GET /metrics",
    "OPTIONS /v1/edits/{id}", "GET /v1/edits/{id}", "GET /v1/edits/{id}/events",
)  # fmt: skip


@pytest.mark.parametrize("origin", ["http", "file"])
def test_a_page_reaches_the_engine_and_is_refused_everything(
    start: Start, home: Home, tmp_path: Path, origin: str
) -> None:
    service = start(tcp=True)
    assert service.address.port is not None
    edit = service.submit(drawn(1), settings={**QUICK, "steps": 2})
    before = service.wait(edit)
    worker = service.worker()["pid"]
    with relay(service.address.port) as passing:
        home.page = written(service, home, passing.port, edit)
        (tmp_path / "page.html").write_text(home.page)
        address = home.address if origin == "http" else f"file://{tmp_path}/page.html"
        findings = visit(home, address, tmp_path / "profile")
    assert {name for name, found in findings.items() if found} == {"own server"}, findings
    assert findings["own server"] == WORD
    assert service.address.token not in json.dumps(findings)
    assert {status for _, status in passing.noted} <= {401, 403}, passing.noted
    lines = {re.sub(f"/{edit}", "/{id}", line) for line, _ in passing.noted}
    assert lines >= set(REACHED), set(REACHED) - lines
    assert service.http.get("/v1/edits").json() == [before]
    assert service.worker()["pid"] == worker
