"""Who may ask: the owner of the token, from this machine, and never a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Running, faulty, running
from .wire import exchange, request

HEALTH = b"GET /v1/health HTTP/1.1"
OURS = [b"127.0.0.1", b"127.0.0.1:80", b"localhost", b"LOCALHOST:65535", b"[::1]", b"[::1]:9"]
FOREIGN = [
    b"evil.example", b"127.0.0.1.evil.example", b"localhost.evil.example:80", b"127.0.0.1:x",
    b"user@localhost", b"[::1].evil.example", b"::1", b"127.0.0.2", b"0.0.0.0", b"localhost:123456",
]  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that listens on both sockets."""
    folder: Path = tmp_path_factory.mktemp("guard")
    with running(folder / "data", tcp=True, worker=faulty(folder / "faults")) as service:
        yield service


@pytest.mark.parametrize("host", OURS)
def test_over_tcp_a_request_may_be_addressed_to_this_machine(service: Running, host: bytes) -> None:
    asked = request(HEALTH, token=service.address.token, host=host)
    assert exchange(service.address, True, asked).status == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_over_tcp_a_request_to_another_name_is_refused_even_with_the_token(
    service: Running, host: bytes
) -> None:
    asked = request(HEALTH, token=service.address.token, host=host)
    answer = exchange(service.address, True, asked)
    assert (answer.status, answer.error["code"]) == (403, "forbidden")
    assert exchange(service.address, False, asked).status == 200


@pytest.mark.parametrize("hosts", [[], [b"127.0.0.1", b"evil.example"], [b"127.0.0.1"] * 2])
def test_over_tcp_a_request_names_one_host(service: Running, hosts: list[bytes]) -> None:
    lines = [HEALTH, *(b"Host: " + host for host in hosts), b"Connection: close"]
    token = b"Authorization: Bearer " + service.address.token.encode()
    answer = exchange(service.address, True, b"\r\n".join([*lines, token, b"", b""]))
    assert (answer.status, answer.error["code"]) == (403, "forbidden")


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
@pytest.mark.parametrize("origin", [b"null", b"http://127.0.0.1", b"https://evil.example", b""])
def test_a_request_of_a_page_is_refused_even_with_the_token(
    service: Running, tcp: bool, origin: bytes
) -> None:
    asked = request(HEALTH, b"Origin: " + origin, token=service.address.token)
    answer = exchange(service.address, tcp, asked)
    assert (answer.status, answer.error["code"]) == (403, "forbidden")


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
@pytest.mark.parametrize("form", ["", "{}", "Bearer", "Basic {}", "Bearer {}x", "Bearer é{}"])
def test_without_the_token_nothing_is_answered_but_how_to_get_it(
    service: Running, tcp: bool, form: str
) -> None:
    value = f"Authorization: {form.format(service.address.token)}".encode()
    answer = exchange(service.address, tcp, request(HEALTH, value))
    assert (answer.status, answer.error["code"]) == (401, "unauthorised")
    assert answer.headers[b"www-authenticate"] == b"Bearer"
    assert "engine.json" in answer.error["hint"]
