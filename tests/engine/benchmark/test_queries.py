from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from flexit_engine.benchmark.queries import (
    Label,
    Query,
    choose,
    draw_queries,
    neighbours,
    queries_table,
    read_queries,
)
from flexit_engine.errors import UsageError

LABELS = {
    **{number: Label(number, f"cat {number}", ("cats",), "animals") for number in range(12)},
    20: Label(20, "car", ("cars",), "things"),
    21: Label(21, "minivan", ("cars", "trucks"), "things"),
    22: Label(22, "truck", ("trucks",), "things"),
}


def sources(label: Label, split: str) -> list[str]:
    return [f"{label.id}/{split}-{number}.png" for number in range(3)]


@pytest.fixture
def queries() -> list[Query]:
    return draw_queries(LABELS, sources, seed=1)


def test_every_target_gets_eight_sources_half_of_them_for_the_test(queries: list[Query]) -> None:
    assert set(Counter(query.target_id for query in queries).values()) == {8}
    assert set(Counter((q.target_id, q.is_test) for q in queries).values()) == {4}
    assert [query.index for query in queries] == list(range(len(queries)))


def test_sources_are_other_labels_of_a_shared_cluster(queries: list[Query]) -> None:
    for query in queries:
        source, target = LABELS[query.source_id], LABELS[query.target_id]
        assert source.id != target.id
        assert set(source.clusters) & set(target.clusters)
        assert query.path.startswith(f"{source.id}/{'test' if query.is_test else 'dev'}-")
        assert (query.source, query.target) == (source.name, target.name)


def test_no_source_is_asked_twice_while_others_wait(queries: list[Query]) -> None:
    asked = Counter((q.target_id, q.source_id, q.is_test) for q in queries if q.target_id < 12)
    assert max(asked.values()) == 1


def test_a_label_of_two_clusters_is_a_neighbour_in_both() -> None:
    assert [label.id for label in neighbours(LABELS, LABELS[21])] == [20, 22]
    assert [label.id for label in neighbours(LABELS, LABELS[20])] == [21]


def test_the_draw_depends_on_the_seed_and_not_on_other_targets(queries: list[Query]) -> None:
    fewer = {number: label for number, label in LABELS.items() if number < 12}
    again = draw_queries(fewer, sources, seed=1)
    assert again == [query for query in queries if query.target_id < 12]
    assert draw_queries(fewer, sources, seed=2) != again


def test_a_part_of_the_queries_covers_as_many_targets_as_it_can(queries: list[Query]) -> None:
    chosen = choose(queries, "test", len(LABELS), seed=0)
    assert {query.target_id for query in chosen} == set(LABELS)
    assert all(query.is_test for query in chosen)
    assert len(choose(queries, "dev", None, seed=0)) == 4 * len(LABELS)


def test_a_table_that_is_written_is_read_again(tmp_path: Path, queries: list[Query]) -> None:
    path = tmp_path / "queries.csv"
    path.write_text(queries_table(queries), encoding="utf-8")
    assert read_queries(path) == queries


def test_the_released_table_has_no_name_for_its_first_column(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text(
        ",path,source,source_id,target,target_id,is_test\n"
        "3741,n02091032/x.JPEG,Italian greyhound,171,Afghan hound,160,True\n",
        encoding="utf-8",
    )
    (query,) = read_queries(path)
    assert query == Query(
        3741, "n02091032/x.JPEG", "Italian greyhound", 171, "Afghan hound", 160, True
    )


def test_a_table_without_a_column_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("index,path\n1,a.png\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"cannot be read.*source_id"):
        read_queries(path)
