from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from flexit_engine.benchmark.minidata import MiniData
from flexit_engine.benchmark.queries import Label, Query
from flexit_engine.benchmark.scores import Critics, look_at, part_of, summary
from flexit_engine.benchmark.statistics import Statistics, reference_statistics

RED, BLUE, GREEN, LEMON = range(4)


class ByColour:
    """A judge, feature network and distance that only looks at the mean colour."""

    name = "by colour"
    identity = "1"
    names = ("class 0", "class 1", "class 2", "class 3", "something yellow")
    looked = 0

    def columns(self, labels: Mapping[int, Label]) -> dict[int, frozenset[int]]:
        return {label.id: label.shows for label in labels.values()}

    def candidates(self, labels: Mapping[int, Label]) -> list[int]:  # noqa: ARG002
        return [0, 1, 2, 3, 4]

    def logits(self, image: Tensor) -> Tensor:
        red, green, blue = image.mean(dim=(2, 3)).T
        yellow = torch.minimum(red, green) - blue
        return torch.stack([red - green, blue, green - red, yellow - 0.1, yellow], 1)

    def features(self, image: Tensor) -> Tensor:
        self.looked += len(image)
        return image.mean(dim=(2, 3))

    def distance(self, image: Tensor, other: Tensor) -> Tensor:
        return (image - other).abs().amax(dim=(1, 2, 3))


@pytest.fixture
def data(minidata: Path, monkeypatch: pytest.MonkeyPatch) -> MiniData:
    data = MiniData(minidata, 8)
    data.labels = {n: label for n, label in data.labels.items() if n < 4}
    monkeypatch.setattr(data, "picture", lambda path, _seed: Image.new("RGB", (8, 8), path))
    return data


def ask(source: int, target: int, index: int) -> Query:
    names = ("red circle", "blue circle", "green circle", "lemon")
    path = ("red", "blue", "lime", "yellow")[source]
    return Query(index, path, names[source], source, names[target], target, False)


QUERIES = [ask(RED, BLUE, 0), ask(RED, GREEN, 1), ask(BLUE, RED, 2), ask(GREEN, RED, 3)]
ANSWERS = ["blue", "red", "yellow", "blue"]


def answers(query: Query) -> Image.Image:
    return Image.new("RGB", (8, 8), ANSWERS[query.index])


def test_a_judge_is_asked_among_all_and_within_the_cluster(data: MiniData) -> None:
    judge = ByColour()
    look = look_at(QUERIES, answers, data, Critics([judge], {"d": judge}))
    verdicts = look.verdicts["by colour"]
    assert [verdict.named for verdict in verdicts] == [
        "blue circle", "red circle", "something yellow", "blue circle",
    ]  # fmt: skip
    assert [verdict.is_target for verdict in verdicts] == [True, False, False, False]
    assert [verdict.is_source for verdict in verdicts] == [False, True, False, False]
    # Yellow is no circle: among circles it is as red as it is green, and red comes first.
    assert [verdict.in_cluster for verdict in verdicts] == [True, False, True, False]
    assert verdicts[0].confidence > verdicts[1].confidence


def test_figures_are_shares_and_means(data: MiniData) -> None:
    judge = ByColour()
    look = look_at(QUERIES, answers, data, Critics([judge], {"d": judge}))
    figures = summary(look, QUERIES, Critics([judge], {"d": judge}))
    assert figures["accuracy"] == 0.25
    assert figures["in cluster"] == 0.5
    assert figures["source named"] == 0.25
    assert figures["d"] == 0.75
    # red to blue: two of three channels; nothing; blue to yellow: all; green to blue: two
    assert figures["pixels"] == pytest.approx((2 / 3 + 0 + 1 + 2 / 3) / 4, abs=1e-4)
    part = summary(part_of(look, [0]), QUERIES[:1], Critics([judge], {}))
    assert part["accuracy"] == 1


def test_a_word_for_several_things_is_met_by_any_of_them(data: MiniData) -> None:
    word = Label(4, "something not green", ("colours",), "words", (RED, BLUE))
    data.labels = {**data.labels, 4: word}
    queries = [
        replace(ask(GREEN, RED, 1), target_id=4),
        replace(ask(GREEN, RED, 0), target_id=4),
        replace(ask(RED, LEMON, 2), target_id=4),
        replace(ask(RED, GREEN, 0), source_id=4),
    ]
    critics = Critics([ByColour()], {})
    named = look_at(queries, answers, data, critics).verdicts["by colour"]
    assert [verdict.is_target for verdict in named] == [True, True, False, False]
    assert [verdict.is_source for verdict in named] == [False, False, False, True]
    assert [verdict.in_cluster for verdict in named[:2]] == [True, True]
    assert named[0].named == "red circle"  # not the word for several
    alone = look_at([ask(GREEN, RED, 1)], answers, data, critics).verdicts["by colour"][0]
    assert named[0].confidence > alone.confidence  # blue would have been right, too


def test_what_changed_outside_a_mask_is_measured_where_there_is_one(
    data: MiniData, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask = Image.new("L", (8, 8))
    mask.paste(255, (0, 0, 8, 4))
    source = Image.new("RGB", (8, 8), "black")
    within, beyond = source.copy(), source.copy()
    within.paste("white", (0, 0, 8, 4))
    beyond.paste((51, 0, 0), (0, 0, 8, 6))  # two of the four rows outside
    monkeypatch.setattr(
        data, "picture", lambda path, _: mask.convert("RGB") if path == "mask" else source
    )
    made = {0: within, 1: beyond, 2: beyond}
    queries = [replace(ask(RED, BLUE, n), mask="mask" if n < 2 else "") for n in range(3)]
    critics = Critics([ByColour()], {})
    look = look_at(queries, lambda query: made[query.index], data, critics)
    assert look.distances["outside mask"][:2].tolist() == pytest.approx([0, 0.2 / 3 / 2])
    assert look.distances["outside touched"][:2].tolist() == [0, 1]
    figures = summary(look, queries, critics)
    assert figures["outside touched"] == 0.5
    without = summary(part_of(look, [2]), queries[2:], critics)
    assert "outside mask" not in without
    assert without["pixels"] > 0


def test_a_second_judge_stands_beside_the_first(data: MiniData) -> None:
    first, second = ByColour(), ByColour()
    second.name = "second"
    critics = Critics([first, second], {})
    figures = summary(look_at(QUERIES, answers, data, critics), QUERIES, critics)
    assert figures["accuracy (second)"] == figures["accuracy"]


def test_sfid_is_of_all_results_and_csfid_the_mean_over_the_targets() -> None:
    means = {RED: torch.tensor([1.0, 0.0]), BLUE: torch.tensor([0.0, 1.0])}
    features = torch.tensor([[1.0, 0.0], [1.0, 2.0], [0.0, 4.0]])
    statistics, targets = Statistics(means), [RED, RED, BLUE]
    # of red: (1, 1) against (1, 0); of blue: (0, 4) against (0, 1)
    assert statistics.by_label(features, targets) == {RED: 1.0, BLUE: 9.0}
    assert statistics.csfid(features, targets) == 5.0
    # (2/3, 2) against (1/2, 1/2)
    assert statistics.sfid(features, targets) == pytest.approx((1 / 6) ** 2 + 1.5**2)


def test_statistics_of_references_are_computed_once(minidata: Path, tmp_path: Path) -> None:
    data, network, cache = MiniData(minidata, 8), ByColour(), tmp_path / "statistics.safetensors"
    first = reference_statistics(data, network, [RED, BLUE], cache)
    assert first is not None
    assert network.looked == 4  # two styles of each
    assert first.means[RED][0] > first.means[BLUE][0]
    again = reference_statistics(data, network, [RED, BLUE], cache)
    assert again is not None
    assert torch.equal(again.means[RED], first.means[RED])
    assert network.looked == 4
    reference_statistics(data, network, [RED, GREEN], cache)
    assert network.looked == 8
    network.identity = "2"  # as a judge that was trained further has
    reference_statistics(data, network, [RED, GREEN], cache)
    assert network.looked == 12


def test_without_references_there_are_no_statistics(minidata: Path, tmp_path: Path) -> None:
    class Nothing(MiniData):
        references: Mapping[int, Sequence[str]] = {}

    data = Nothing(minidata, 8)
    assert reference_statistics(data, ByColour(), [RED], tmp_path / "x") is None
    assert not (tmp_path / "x").exists()
