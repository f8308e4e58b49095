"""The client and the engine say the same; neither imports the other, but this test does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import flexit
import flexit_engine
from flexit.client import environment as client_environment
from flexit.client import errors as client_errors
from flexit.client import protocol as client
from flexit.client import timeouts
from flexit.client.discovery import Address, data_folders
from flexit.client.proof import proof_of
from flexit_engine import errors as engine_errors
from flexit_engine.service import discovery, environment, news, proof, routes
from flexit_engine.service import protocol as engine
from flexit_engine.worker import messages

ONLY_ON_THE_COMMAND_LINE = {"usage", "install", "download"}


def test_both_have_one_version_and_one_protocol() -> None:
    assert flexit.__version__ == flexit_engine.__version__
    assert client.PROTOCOL == engine.PROTOCOL


def test_a_request_has_the_same_fields_and_defaults() -> None:
    ours = client.EditRequest("dog").as_json()
    theirs = engine.EditRequest(target="dog").model_dump()
    assert ours.keys() == theirs.keys()
    assert engine.EditRequest.model_validate(ours) == engine.EditRequest(target="dog")
    assert [field.name for field in fields(client.EditRequest)] == list(theirs)


def test_a_request_with_everything_in_it_is_understood() -> None:
    pixels = client.PixelFormat(640, 480, "BGRA", "uint16")
    ours = client.EditRequest(
        target="dog",
        source="cat",
        profile="paper",
        preset="draft",
        strength=0.5,
        settings={"steps": 3},
        image=pixels,
        result="raw",
        mask=client.PixelFormat(640, 480, "GRAY"),
        names={"image": "a", "mask": "b"},
        on_disconnect="cancel",
        keep_alive=-1,
        client="krita",
    ).as_json()
    theirs = engine.EditRequest.model_validate(ours).model_dump()
    assert theirs == ours


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (client.Progress, messages.Progress),
        (client.Box, messages.Box),
        (client.Failure, messages.Failure),
        (client.Health, engine.Health),
        (client.Ready, engine.Ready),
        (client.WorkerInfo, engine.Worker),
    ],
)
def test_an_answer_has_the_same_fields(ours: type, theirs: type[BaseModel]) -> None:
    assert ours.__annotations__.keys() == theirs.model_fields.keys()


def test_an_edit_has_all_the_fields_that_the_client_names() -> None:
    assert client.EditInfo.__annotations__.keys() <= engine.Edit.model_fields.keys()


def test_pixels_lie_the_same() -> None:
    assert client.BANDS == messages.BANDS
    assert client.BYTES == messages.BYTES
    for channels in client.BANDS:
        for depth in client.BYTES:
            ours = client.PixelFormat(7, 5, channels, depth)
            assert ours.size == messages.PixelFormat.model_validate(ours._asdict()).size


def test_events_are_called_the_same() -> None:
    assert frozenset(get_args(news.Kind)) == client.KINDS
    assert news.ENDINGS == client.ENDINGS


def test_a_stream_is_given_up_only_after_several_signs_of_life_are_missing() -> None:
    assert timeouts.STREAM_PATIENCE >= 2 * routes.SECONDS_BETWEEN_PINGS


def test_the_discovery_file_is_read_as_it_is_written() -> None:
    assert set(Address._fields) | {"protocol"} == discovery.Address.model_fields.keys()


def test_an_engine_proves_itself_as_it_is_asked_to() -> None:
    assert proof_of("token", "nonce") == proof.proof_of("token", "nonce")
    assert proof_of("token", "another") != proof.proof_of("token", "nonce")


def test_both_look_in_the_same_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLEXIT_DATA", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert data_folders() == [discovery.data_folder()]
    for name in ("/mine", "~/mine", "mine"):
        monkeypatch.setenv("FLEXIT_DATA", name)
        assert data_folders() == [discovery.data_folder()]


def test_what_passes_to_an_engine_is_the_same() -> None:
    assert client_environment.NAMES == environment.NAMES
    assert set(client_environment.PREFIXES) == set(environment.PREFIXES)


def test_every_error_of_the_engine_is_one_of_the_clients_with_the_same_parents() -> None:
    for theirs in tree(engine_errors.FlexITError):
        own = theirs.__module__ == engine_errors.__name__ and "code" in vars(theirs)
        if own and theirs.code not in ONLY_ON_THE_COMMAND_LINE:
            ours = client_errors.error_from({"code": theirs.code, "message": "Oh."})
            assert names(type(ours)) == names(theirs)


def test_no_two_errors_of_the_client_have_one_code() -> None:
    codes = [kind.code for kind in tree(client_errors.FlexITError)]
    assert len(codes) == len(set(codes))


def tree(kind: type) -> Iterator[Any]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


def names(kind: type) -> list[str]:
    return [parent.__name__ for parent in kind.__mro__]
