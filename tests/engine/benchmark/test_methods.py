from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from flexit_engine.benchmark.datasets import DataFolder
from flexit_engine.benchmark.methods import (
    Copy,
    Encode,
    FlexIT,
    Retrieve,
    import_method,
    in_the_mask,
)
from flexit_engine.benchmark.minidata import MiniData
from flexit_engine.benchmark.queries import Query, choose, draw_queries
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.worker import Place, Worker
from flexit_engine.editor import Editor
from flexit_engine.errors import UnknownWords, UsageError
from flexit_engine.settings import Settings
from tests.engine.commands.tiny_flexit import load_tiny

SMALL = Settings(steps=10, augmentations=1, resolution=32, learning_rate=1, composition="decoded")


@pytest.fixture(scope="module")
def editor() -> Editor:
    return load_tiny(device="cpu")


@pytest.fixture(scope="module")
def data(minidata: Path) -> MiniData:
    return MiniData(minidata, 32)


@pytest.fixture(scope="module")
def queries(data: MiniData) -> list[Query]:
    return choose(draw_queries(data.labels, data.sources, 0), "dev", 4, 0)


@pytest.fixture(scope="module")
def pictures(data: MiniData, queries: list[Query]) -> list[Image.Image]:
    return [data.picture(query.path, query.index) for query in queries]


def same(one: Image.Image, other: Image.Image) -> bool:
    return bool((np.asarray(one) == np.asarray(other)).all())


def test_copy_is_the_source(pictures: Sequence[Image.Image], queries: Sequence[Query]) -> None:
    edits = Copy().edit(pictures, queries)
    assert all(same(edit.picture, source) for edit, source in zip(edits, pictures, strict=True))


def test_encode_is_flexits_step_0(
    editor: Editor, pictures: Sequence[Image.Image], queries: Sequence[Query]
) -> None:
    encoded = Encode(editor, SMALL).edit(pictures, queries)
    edited = FlexIT(editor, SMALL).edit(pictures, queries)
    for copy, edit, source in zip(encoded, edited, pictures, strict=True):
        assert same(copy.picture, edit.along[0])
        assert not same(copy.picture, edit.picture)
        assert not same(copy.picture, source)


def test_flexits_pictures_along_the_steps_are_those_of_shorter_edits(
    editor: Editor, pictures: Sequence[Image.Image], queries: Sequence[Query]
) -> None:
    long = FlexIT(editor, SMALL).edit(pictures, queries)
    short = FlexIT(editor, SMALL.replace(steps=8)).edit(pictures, queries)
    assert sorted(long[0].along) == [0, 8]
    assert sorted(short[0].along) == [0]  # its own end is its result
    assert all(same(one.along[8], two.picture) for one, two in zip(long, short, strict=True))
    assert set(long[0].losses) == {"embedding", "perceptual", "latent", "total"}


def test_queries_see_views_of_their_own(
    editor: Editor, pictures: Sequence[Image.Image], queries: Sequence[Query]
) -> None:
    twice = [queries[0], replace(queries[0], index=queries[0].index + 1)]
    one, two = FlexIT(editor, SMALL).edit([pictures[0], pictures[0]], twice)
    assert not same(one.picture, two.picture)


def test_side_by_side_and_alone_an_edit_is_the_same_up_to_rounding(
    editor: Editor, pictures: Sequence[Image.Image], queries: Sequence[Query]
) -> None:
    method = FlexIT(editor, SMALL)
    together = method.edit(pictures, queries)
    for place, edit in enumerate(together):
        (alone,) = method.edit([pictures[place]], [queries[place]])
        difference = np.asarray(alone.picture, int) - np.asarray(edit.picture, int)
        assert abs(difference).max() <= 1


def test_retrieve_finds_the_picture_it_aims_at(
    editor: Editor, data: MiniData, queries: Sequence[Query]
) -> None:
    class Only(MiniData):
        references: ClassVar = {0: ["fruit/plum/000.jpg"], 1: ["emoji/noto/1f534.png"]}

    only = Only(data.folder, 32)
    # Without texts the target point is the picture itself: what is nearest to it is it.
    settings = SMALL.replace(image_weight=100, source_weight=0)
    shown = [only.picture("fruit/plum/000.jpg", 0), only.picture("emoji/noto/1f534.png", 0)]
    found = Retrieve(editor, settings, only).edit(shown, queries[:2])
    assert [same(edit.picture, source) for edit, source in zip(found, shown, strict=True)] == [
        True,
        True,
    ]


def test_retrieve_without_references_says_what_is_missing(editor: Editor, data: MiniData) -> None:
    class Nothing(MiniData):
        references: ClassVar = {}

    with pytest.raises(UsageError, match="--references"):
        Retrieve(editor, SMALL, Nothing(data.folder, 32))


def test_a_class_of_ones_own_is_called_with_picture_and_texts(
    pictures: Sequence[Image.Image], queries: Sequence[Query]
) -> None:
    path = "tests.engine.benchmark.tiny:Inverted"
    once, twice = (
        import_method(path, {"times": times}).edit(pictures, queries) for times in (1, 2)
    )
    assert 255 - np.asarray(once[0].picture)[3, 3, 0] == np.asarray(pictures[0])[3, 3, 0]
    assert same(twice[0].picture, pictures[0])


@pytest.mark.parametrize("path", ["no.such:Thing", "tests.engine.benchmark.tiny:Nothing", "json"])
def test_a_class_that_is_not_there_is_refused_in_words(path: str) -> None:
    with pytest.raises(UsageError, match="cannot be made"):
        import_method(path, {})


def test_a_class_that_returns_no_picture_is_refused_in_words(
    pictures: Sequence[Image.Image], queries: Sequence[Query]
) -> None:
    with pytest.raises(UsageError, match="NoneType"):
        import_method("tests.engine.benchmark.tiny:Broken", {}).edit(pictures, queries)


def test_only_the_query_whose_words_are_unknown_is_refused(
    monkeypatch: pytest.MonkeyPatch, minidata: Path, queries: Sequence[Query]
) -> None:
    editor = load_tiny(device="cpu")
    known = editor.networks.encoders[0].encode_text

    def encode_text(texts: Sequence[str]) -> object:
        if queries[1].target in texts:
            raise UnknownWords("It does not know that.")
        return known(texts)

    monkeypatch.setattr(editor.networks.encoders[0], "encode_text", encode_text)
    monkeypatch.setattr("flexit_engine.benchmark.worker._load", lambda *_: editor)
    spec = MethodSpec(name="x", settings=SMALL.model_dump(exclude_unset=True))
    edits = Worker(Place(DataFolder(minidata, 32), "cpu")).edit(spec, queries)
    texts = [(query.source, query.target) for query in queries]
    refused = [queries[1].target in pair for pair in texts]
    assert any(refused)
    assert not all(refused)
    assert [bool(edit.refused) for edit in edits] == refused


def test_within_a_mask_the_rest_of_the_picture_stays_to_the_bit(
    editor: Editor,
    data: MiniData,
    pictures: Sequence[Image.Image],
    queries: Sequence[Query],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mask = Image.new("L", (32, 32))
    mask.paste(255, (8, 8, 20, 24))
    monkeypatch.setattr(data, "picture", lambda *_: mask.convert("RGB"))
    asked = [replace(queries[0], mask="mask"), queries[1]]
    settings = SMALL.replace(composition="detail")
    method = FlexIT(editor, settings, in_the_mask(data))
    masked, free = (
        np.asarray(edit.picture) != np.asarray(source)
        for edit, source in zip(method.edit(pictures[:2], asked), pictures, strict=False)
    )
    outside = np.asarray(mask) == 0
    assert masked[~outside].any()
    assert not masked[outside].any()
    assert free[outside].any()  # a query without a mask is edited whole


def test_the_source_is_looked_for_where_the_settings_ask_for_that(
    editor: Editor,
    pictures: Sequence[Image.Image],
    queries: Sequence[Query],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Editor, "where", lambda _, __, source: asked.append(source))
    FlexIT(editor, SMALL.replace(where="source")).edit(pictures, queries)
    assert asked == [query.source for query in queries]


def test_a_network_that_is_left_out_takes_no_part(
    monkeypatch: pytest.MonkeyPatch, minidata: Path, queries: Sequence[Query]
) -> None:
    monkeypatch.setattr("flexit_engine.benchmark.worker._load", lambda *_: load_tiny(device="cpu"))
    worker = Worker(Place(DataFolder(minidata, 32), "cpu"))
    settings = SMALL.model_dump(exclude_unset=True)
    names = [encoder.name for encoder in load_tiny(device="cpu").networks.encoders]
    others = tuple(names[1:])
    first = MethodSpec(name="x", settings=settings, networks=(0,))
    rest = MethodSpec(name="y", settings=settings, leave_out=others)
    one, two = (worker.edit(spec, queries[:1])[0].picture for spec in (first, rest))
    assert same(one, two)
    with pytest.raises(UsageError, match="No network is left"):
        worker.edit(MethodSpec(name="z", leave_out=tuple(names)), queries)


def test_some_of_the_networks_make_another_edit(
    monkeypatch: pytest.MonkeyPatch, minidata: Path, queries: Sequence[Query]
) -> None:
    monkeypatch.setattr("flexit_engine.benchmark.worker._load", lambda *_: load_tiny(device="cpu"))
    worker = Worker(Place(DataFolder(minidata, 32), "cpu"))
    settings = SMALL.model_dump(exclude_unset=True)
    all_of_them = worker.edit(MethodSpec(name="x", settings=settings), queries)
    first = worker.edit(MethodSpec(name="y", settings=settings, networks=(0,)), queries)
    assert not same(all_of_them[0].picture, first[0].picture)
    with pytest.raises(UsageError, match="has only"):
        worker.edit(MethodSpec(name="z", networks=(9,)), queries)
