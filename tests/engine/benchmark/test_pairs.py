"""Two runs side by side, and a table's first pictures: what is shown and what is counted."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flexit_engine.benchmark.gallery import SIDE as GALLERY_SIDE
from flexit_engine.benchmark.gallery import write_gallery
from flexit_engine.benchmark.methods import Edit
from flexit_engine.benchmark.pairs import Comparison
from flexit_engine.benchmark.photographs import Columns, Photographs
from flexit_engine.benchmark.queries import Query
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.tiles import CAPTION, MARGIN, SIDE
from flexit_engine.errors import UsageError

from .tiny import write_photographs

SPEC = MethodSpec(name="FlexIT")
MASKED = MethodSpec(name="FlexIT, in the mask", masked=True)
COPY = MethodSpec(name="COPY", kind="copy")
NEW, FORMER, GREEN = (255, 0, 0), (0, 0, 255), (0, 255, 0)


@pytest.fixture
def data(tmp_path: Path) -> Photographs:
    columns = Columns.parse("path=file,label=is,kind=sort,mask=thing,split=part")
    return Photographs(write_photographs(tmp_path / "data"), 32, columns)


def answered(
    plan: Plan, spec: MethodSpec, colour: tuple[int, int, int], refused: tuple[str, ...] = ()
) -> Plan:
    """All results of a method in one colour."""
    plan.keep_queries()
    store = plan.store(spec)
    store.describe(spec)
    for query in plan.queries:
        said = "unknown words" if query.target in refused else ""
        store.write(query, Edit(Image.new("RGB", (32, 32), colour), refused=said))
    return plan


@pytest.fixture
def comparison(data: Photographs, tmp_path: Path) -> Comparison:
    """The former run counted its queries otherwise and did not know some words."""
    queries = data.queries(0)
    former = [replace(query, index=query.index + 40) for query in reversed(queries)]
    answered(Plan(tmp_path / "former", [SPEC], former, 4), SPEC, FORMER, (queries[0].target,))
    new = answered(
        Plan(tmp_path / "new", [SPEC], queries, 4), SPEC, NEW, refused=(queries[4].target,)
    )
    return Comparison(new, SPEC, tmp_path / "former")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answer(comparison: Comparison, choices: list[str]) -> None:
    rows = table(comparison.answers)
    with comparison.answers.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"chosen": c} for row, c in zip(rows, choices, strict=True))


def test_edits_that_one_of_both_refused_are_not_shown(
    comparison: Comparison, data: Photographs
) -> None:
    queries = data.queries(0)
    refused = {queries[0].target, queries[4].target}
    shown = comparison.pairs(100)
    assert {pair.query for pair in shown} == {q for q in queries if q.target not in refused}
    assert all(pair.query.index + 40 == pair.former.index for pair in shown)
    assert comparison.pairs(100) == shown
    assert len({pair.new_is_left for pair in shown}) == 2
    assert len(comparison.pairs(3)) == 3


def test_only_the_key_tells_whose_result_is_where(
    comparison: Comparison, data: Photographs
) -> None:
    shown = comparison.pairs(100)
    comparison.write(shown, data)
    key = table(comparison.plan.folder / "pairs-key.csv")
    with Image.open(comparison.answers.with_name("sheet-01.png")) as file:
        sheet = file.convert("RGB")
    left, top = MARGIN + SIDE + SIDE // 2, MARGIN + CAPTION + SIDE // 2
    meant = {NEW: "new", FORMER: "former"}
    first = [meant[sheet.getpixel((left + more, top))] for more in (0, SIDE)]  # type: ignore[index]
    assert [key[0]["left"], key[0]["right"]] == first
    assert "new" not in comparison.answers.read_text()
    assert not list(comparison.answers.parent.glob("*key*"))


def test_preferences_are_counted_by_the_key(comparison: Comparison, data: Photographs) -> None:
    shown = comparison.pairs(4)
    comparison.write(shown, data)
    assert comparison.count(shown) is None
    key = table(comparison.plan.folder / "pairs-key.csv")
    new = ["left" if row["left"] == "new" else "right" for row in key]
    former = "right" if new[2] == "left" else "left"
    answer(comparison, [new[0], new[1], former, "neither"])
    comparison.write(shown, data)  # as every later run of the command does
    assert comparison.count(shown) == {
        "answered": 4, "new": 0.5, "former": 0.25, "neither": 0.25,
    }  # fmt: skip


def test_runs_without_a_common_edit_are_refused(
    comparison: Comparison, data: Photographs, tmp_path: Path
) -> None:
    others = [replace(query, target="submarine") for query in data.queries(0)]
    answered(Plan(tmp_path / "other", [SPEC], others, 4), SPEC, FORMER)
    with pytest.raises(UsageError, match="no edit by 'FlexIT' in common"):
        replace(comparison, former=tmp_path / "other").pairs(5)


def test_the_gallery_shows_the_first_query_of_each_picture(
    data: Photographs, tmp_path: Path
) -> None:
    queries: list[Query] = data.queries(0)
    plan = Plan(tmp_path / "run", [COPY, SPEC, MASKED], queries, 4)
    answered(plan, SPEC, NEW)
    answered(plan, MASKED, GREEN)
    path = write_gallery(plan, plan.methods, data)
    assert path is not None
    with Image.open(path) as file:
        sheet = np.asarray(file.convert("RGB"))
    row = MARGIN + CAPTION + GALLERY_SIDE // 2
    results = [
        MARGIN + place * (2 * GALLERY_SIDE + MARGIN) + 3 * GALLERY_SIDE // 2 for place in range(4)
    ]
    shown = [tuple(sheet[row, column].tolist()) for column in results]
    # the masked cat within its mask, then lemon and tabby as wholes, once each
    assert shown == [GREEN, NEW, NEW, (255, 255, 255)]


def test_without_masks_there_is_no_gallery(data: Photographs, tmp_path: Path) -> None:
    plain = [replace(query, mask="") for query in data.queries(0)]
    assert write_gallery(Plan(tmp_path, [SPEC], plain, 4), [SPEC], data) is None
