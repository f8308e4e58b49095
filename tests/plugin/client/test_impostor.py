"""Over TCP: another program that has taken the port of an engine gets nothing to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flexit.client import BadAnswer, EditRequest, Engine, NotRunning

from .conftest import Stand
from .stand_in import Exchange, StandIn

SECRETS = ("secret", "authorization", "red apple", "picture")


def greedy(exchange: Exchange) -> None:
    """Ask for nothing, agree to all."""
    exchange.answer({"proof": "0" * 64, "id": "abc"})


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"no JSON", b'{"proof": null}', b"\xff" * 9])
def test_what_cannot_prove_that_it_is_the_engine_is_sent_nothing(
    stand: Stand, engine: Engine, answer: bytes
) -> None:
    impostor = stand(lambda exchange: exchange.answer(answer), tcp=True, proves=False)
    ask_for_an_edit(engine)
    assert asked_for_proof_alone(impostor)


def test_neither_is_one_that_guesses(stand: Stand, engine: Engine) -> None:
    impostor = stand(greedy, tcp=True, proves=False)
    ask_for_an_edit(engine)
    assert asked_for_proof_alone(impostor)


def test_an_answer_that_was_overheard_proves_nothing(stand: Stand, engine: Engine) -> None:
    genuine = stand(lambda exchange: exchange.answer({"id": "abc"}), tcp=True)
    engine.call("GET", "/v1/edits")
    overheard = genuine.proofs[0]
    impostor = stand(lambda each: each.answer({"proof": overheard}), tcp=True, proves=False)
    ask_for_an_edit(engine)
    assert asked_for_proof_alone(impostor)


def test_of_an_engine_that_has_ended_not_even_the_port_is_tried(
    stand: Stand, engine: Engine
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    impostor = stand(greedy, tcp=True, proves=False, pid=gone.pid)
    with pytest.raises(NotRunning):
        engine.health()
    assert impostor.seen == []


def test_a_sandbox_sees_no_processes_and_relies_on_the_proof(
    stand: Stand, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "info").touch()
    monkeypatch.setattr("flexit.client.environment.FLATPAK_INFO", tmp_path / "info")
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    stand(lambda exchange: exchange.answer([]), tcp=True, pid=gone.pid)
    assert engine.edits() == []


def ask_for_an_edit(engine: Engine) -> None:
    with pytest.raises(BadAnswer, match="Another program"):
        engine.submit(EditRequest("red apple"), b"picture")


def asked_for_proof_alone(impostor: StandIn) -> bool:
    """Whether it saw a single request, which told it nothing."""
    (seen,) = impostor.seen
    told = f"{seen.path} {seen.headers}"
    return seen.path.startswith("/v1/proof?") and not any(word in told for word in SECRETS)
