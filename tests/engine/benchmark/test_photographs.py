"""A table of photographs: what is read of it, and what is asked about it."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from flexit_engine.benchmark.classes import (
    COUNT,
    WORDNET,
    WORDS,
    class_names,
    class_words,
    folded,
    group_words,
    read_labels,
)
from flexit_engine.benchmark.datasets import DataFolder
from flexit_engine.benchmark.imagenet import read_table
from flexit_engine.benchmark.photographs import TARGETS, Columns, Photographs, draw_targets
from flexit_engine.benchmark.queries import queries_table, read_queries
from flexit_engine.errors import UsageError
from flexit_engine.vocabulary import Vocabulary

from .tiny import write_photographs

COLUMNS = "path=file,label=is,kind=sort,near=none,mask=thing,split=part"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_photographs(tmp_path)


@pytest.fixture
def photographs(table: Path) -> Photographs:
    return Photographs(table, 30, Columns.parse(COLUMNS))


def test_the_classes_are_imagenets() -> None:
    names = [folded(name) for name in class_names()]
    assert len(set(names)) == len(names) == COUNT
    labels = read_labels()
    for row in read_table():  # the paper's name of a class is one of its names here
        number = int(row["id"])
        assert set(row["clusters"].split(";")) <= set(labels[number].clusters)
        assert class_words()[folded(row["name"])] == number
    words = class_words()
    assert all(words[name] == number for number, name in enumerate(names))


def test_the_editors_understand_the_names_as_they_are_meant() -> None:
    vocabulary = Vocabulary.load()
    labels = read_labels()
    for number in range(COUNT):
        assert vocabulary.find(labels[number].name, "").classes == (number,)
    for label in labels.values():
        assert label.shows & set(vocabulary.find(label.name, "").classes), label.name


def test_words_for_several_classes_name_classes_that_are_there() -> None:
    labels = read_labels()
    words = [label for label in labels.values() if label.members]
    assert all(label.shows <= set(range(COUNT)) for label in words)
    assert {labels[member].name for member in labels[group_words()["cat"]].members} == {
        "tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat",
    }  # fmt: skip
    assert all(cluster.startswith(WORDS) for label in words for cluster in label.clusters)


def test_neighbours_in_wordnet_share_small_groups() -> None:
    labels = read_labels()
    shared: dict[str, list[str]] = {}
    for label in labels.values():
        for cluster in label.clusters:
            if cluster.startswith(WORDNET):
                shared.setdefault(cluster, []).append(label.name)
    assert {len(names) for names in shared.values()} <= set(range(3, 13))
    assert "lion" in shared[f"{WORDNET}big cat"]


def test_a_row_shows_what_the_surest_of_its_columns_says(photographs: Photographs) -> None:
    shown = {row.path: row.label.name for row in photographs.rows}
    assert shown == {"a/cat.png": "cat", "b/lemon.png": "lemon", "b/tabby.png": "tabby"}


def test_a_word_is_surer_than_what_is_nearly_right(table: Path) -> None:
    near = Photographs(table, 30, Columns.parse("path=file,label=none,kind=sort,near=is"))
    assert [row.label.name for row in near.rows] == ["cat", "lemon", "cat"]


def test_the_tables_split_is_kept(photographs: Photographs) -> None:
    queries = photographs.queries(0)
    assert {query.path for query in queries if query.is_test} == {"a/cat.png", "b/lemon.png"}
    tabby = next(row.label for row in photographs.rows if row.label.name == "tabby")
    assert photographs.references == {tabby.id: ["b/tabby.png"]}


def test_each_picture_is_asked_about_several_times_and_never_for_what_it_shows(
    photographs: Photographs,
) -> None:
    queries = photographs.queries(0)
    assert [query.path for query in queries] == [
        path for path in ("a/cat.png", "b/lemon.png", "b/tabby.png") for _ in range(TARGETS)
    ]
    assert [query.index for query in queries] == list(range(len(queries)))
    for query in queries:
        source, target = (photographs.labels[n] for n in (query.source_id, query.target_id))
        assert not source.overlaps(target)
        assert (query.source, query.target) == (source.name, target.name)


def test_the_draw_for_a_picture_depends_on_the_seed_and_on_no_other_picture(
    photographs: Photographs, table: Path
) -> None:
    def asked(data: Photographs, seed: int) -> list[str]:
        return [query.target for query in data.queries(seed) if query.path == "b/tabby.png"]

    lines = table.read_text().splitlines(keepends=True)
    table.write_text(lines[0] + lines[-1])
    alone = Photographs(table, 30, Columns.parse(COLUMNS))
    assert asked(alone, 0) == asked(photographs, 0)
    assert len({tuple(asked(alone, seed)) for seed in range(9)}) > 1


def test_targets_are_of_a_cluster_a_neighbour_and_a_word() -> None:
    labels = read_labels()
    for word in ("cat", "horse"):
        source = labels[group_words()[word]]
        for seed in range(40):
            targets = draw_targets(labels, source, random.Random(seed))  # noqa: S311
            assert any(target.members for target in targets)
            assert word == "horse" or any(not target.members for target in targets)
            assert not any(target.overlaps(source) for target in targets)
            assert len({target.shows for target in targets}) == TARGETS  # one zebra is enough
    lizard = labels[class_words()["green lizard"]]
    drawn = draw_targets(labels, lizard, random.Random(0))  # noqa: S311
    assert len(drawn) == TARGETS
    assert not any(target.members for target in drawn)


def test_masks_go_with_the_queries(photographs: Photographs, tmp_path: Path) -> None:
    queries = photographs.queries(0)
    assert {query.mask for query in queries if query.path == "a/cat.png"} == {"a/mask.png"}
    assert {query.mask for query in queries if query.path != "a/cat.png"} == {""}
    (tmp_path / "queries.csv").write_text(queries_table(queries), encoding="utf-8")
    assert read_queries(tmp_path / "queries.csv") == queries


def test_a_square_shows_the_thing_and_its_mask_the_same_square(photographs: Photographs) -> None:
    picture = np.asarray(photographs.picture("a/cat.png", 0), int)
    mask = np.asarray(photographs.picture("a/mask.png", 0).convert("L"))
    assert picture.shape == (30, 30, 3)
    red = picture[..., 0] - picture[..., 1] > 100
    assert red[12:18, 1:8].all()  # the thing at the left edge is in the square, whole
    assert (mask[red] > 100).mean() > 0.9
    assert not red[mask == 0].any()
    middle = np.asarray(photographs.picture("b/lemon.png", 0), int)
    assert (middle[15, 0] == (255, 0, 0)).all()  # of the same thing 5 of 20 columns are in sight
    assert (middle[15, 5] == (255, 255, 0)).all()


@pytest.mark.parametrize("text", ["path", "path=", "paht=x"])
def test_columns_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="The columns cannot be"):
        Columns.parse(text)


def test_a_table_without_the_path_is_refused(table: Path) -> None:
    with pytest.raises(UsageError, match="has no column 'path'"):
        DataFolder(table, 30).open()
    with pytest.raises(UsageError, match="cannot be read"):
        DataFolder(table.with_name("none.csv"), 30).open()
