"""The blind look: what the viewer is shown, and how the answers are counted."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flexit_engine.benchmark.blind import Item, count_answers, items, write_blind_look
from flexit_engine.benchmark.methods import Edit
from flexit_engine.benchmark.minidata import MiniData
from flexit_engine.benchmark.queries import choose, draw_queries
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.cli import main
from flexit_engine.errors import UsageError

SPEC = MethodSpec(name="FlexIT")


@pytest.fixture
def data(minidata: Path) -> MiniData:
    return MiniData(minidata, 32)


@pytest.fixture
def plan(data: MiniData, tmp_path: Path) -> Plan:
    """Finished: each result is of a grey that is its query's index."""
    queries = choose(draw_queries(data.labels, data.sources, 0), "test", 12, 0)
    made = Plan(tmp_path, [SPEC], queries, 4)
    store = made.store(SPEC)
    store.describe(SPEC)
    for query in queries:
        store.write(query, Edit(Image.new("RGB", (32, 32), (query.index * 5,) * 3)))
    return made


@pytest.fixture
def asked(plan: Plan, data: MiniData) -> list[Item]:
    return items(plan, data.labels, 9)


def answer(plan: Plan, answers: dict[int, str]) -> None:
    path = plan.folder / "blind" / "answers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"chosen": answers.get(int(row["number"]), "")} for row in rows)


def test_the_viewer_gets_shuffled_pictures_and_the_names_of_the_cluster(
    plan: Plan, asked: list[Item], data: MiniData
) -> None:
    assert [item.query for item in asked] != sorted(
        (item.query for item in asked), key=lambda query: query.index
    )
    assert items(plan, data.labels, 9) == asked
    for item in asked:
        assert {item.query.source, item.query.target} <= set(item.choices)
        assert list(item.choices) == sorted(item.choices)


def test_each_number_stands_above_its_result(plan: Plan, asked: list[Item]) -> None:
    folder = write_blind_look(plan, SPEC, asked)
    with Image.open(folder / "sheet-01.png") as file:
        sheet = np.asarray(file.convert("L"))
    middles = [
        (24 + 8 + 96 + row * 224, 8 + 96 + column * 200) for row in (0, 1) for column in range(5)
    ]
    shown = [int(sheet[place]) for place in middles[: len(asked)]]
    assert shown == [item.query.index * 5 for item in asked]


def test_answers_are_counted_and_kept(plan: Plan, asked: list[Item]) -> None:
    write_blind_look(plan, SPEC, asked)
    assert count_answers(plan, asked) is None
    answer(plan, {1: asked[0].query.target, 2: asked[1].query.source, 3: asked[2].query.target})
    write_blind_look(plan, SPEC, asked)  # as every later run of the command does
    found = count_answers(plan, asked)
    assert found is not None
    assert found["answered"] == 3
    assert found["target"] == pytest.approx(2 / 3)
    assert found["source"] == pytest.approx(1 / 3)
    chances = [1 / len(item.choices) for item in asked[:3]]
    assert found["by chance"] == pytest.approx(sum(chances) / 3)


def test_an_answer_that_is_no_choice_is_refused(plan: Plan, asked: list[Item]) -> None:
    write_blind_look(plan, SPEC, asked)
    answer(plan, {4: "submarine"})
    with pytest.raises(UsageError, match="'submarine' is none of the choices of number 4"):
        count_answers(plan, asked)


def test_a_table_without_its_columns_is_refused(plan: Plan, asked: list[Item]) -> None:
    write_blind_look(plan, SPEC, asked)
    (plan.folder / "blind" / "answers.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="cannot be read"):
        count_answers(plan, asked)


def test_answers_about_other_pictures_are_refused(
    plan: Plan, asked: list[Item], data: MiniData
) -> None:
    write_blind_look(plan, SPEC, asked)
    answer(plan, {1: asked[0].query.target})
    with pytest.raises(UsageError, match="about other pictures"):
        count_answers(plan, items(plan, data.labels, 5))


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--blind", "0"], "shows nothing"), (["--blind", "9", "--suite", "{suite}"], "no baseline")],
)
def test_what_could_not_be_shown_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    suite = tmp_path / "copy.toml"
    suite.write_text(
        '[[suites]]\nname = "c"\ntitle = "c"\nmethods = [{ name = "COPY", kind = "copy" }]\n'
    )
    options = [option.format(suite=suite) for option in options]
    assert main(["evaluate", "nowhere", str(tmp_path / "out"), "--judge", "none", *options]) != 0
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
