"""ImageNet's classifiers as judges: what they see, what they may say, whom they may not judge."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.benchmark.classes import COUNT, class_words, group_words, read_labels
from flexit_engine.benchmark.classifiers import (
    CLASSIFIERS,
    Classifier,
    SqueezeNet,
    load_classifier,
)
from flexit_engine.benchmark.critics import CriticFiles, gather
from flexit_engine.benchmark.minidata import MiniData
from flexit_engine.benchmark.photographs import Columns, Photographs
from flexit_engine.benchmark.pictures import middle_square, open_picture, to_tensor
from flexit_engine.cli import main
from flexit_engine.errors import UsageError
from flexit_engine.networks.profiles import load_profile

from .tiny import write_photographs

CIRCLE = Path(__file__).parents[3] / "docs" / "images" / "red-circle.png"
LEAVE_ALL = [
    word
    for file in load_profile("mini").files_for("encoder")
    for word in ("--leave-out", file.network)
]
ROUND = {"ping-pong ball", "traffic light", "balloon", "pool table", "Petri dish", "spotlight"}


def test_any_callable_that_names_a_thousand_classes_is_a_judge() -> None:
    seen: list[Tensor] = []

    def classify(image: Tensor) -> Tensor:
        seen.append(image)
        return functional.one_hot(torch.tensor([7]), COUNT)

    judge = Classifier("it", 20, classify, torch.device("cpu"))
    logits = judge.logits(torch.rand(1, 3, 32, 32))
    assert seen[0].shape == (1, 3, 20, 20)
    assert seen[0].min() >= 0
    assert seen[0].max() <= 1
    labels = read_labels()
    assert judge.candidates(labels) == list(range(COUNT))  # restricted to nothing
    assert judge.names[int(logits.argmax())] == "rooster"
    assert int(logits.argmax()) in judge.columns(labels)[group_words()["bird"]]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_published_classifier_knows_something_round(name: str) -> None:
    judge = load_classifier(name, "cpu")
    logits = judge.logits(to_tensor([middle_square(open_picture(CIRCLE), 128)]))
    named = {judge.names[place] for place in logits[0].topk(5).indices}
    assert named & ROUND, named


def test_squeezenet_compares_pictures() -> None:
    judge = load_classifier("squeezenet", "cpu")
    assert isinstance(judge, SqueezeNet)
    torch.manual_seed(0)
    image = torch.rand(2, 3, 64, 64)
    near, far = image * 0.95, image.flip(0)
    assert judge.distance(image, image).tolist() == [0, 0]
    assert (judge.distance(image, near) < judge.distance(image, far)).all()


def test_a_classifier_judges_photographs_and_squeezenet_measures_the_distance(
    tmp_path: Path,
) -> None:
    data = Photographs(write_photographs(tmp_path), 32, Columns.parse("path=file"))
    critics = gather(CriticFiles([Path("lite0"), Path("squeezenet")]), data, "cpu")
    assert [judge.name for judge in critics.judges] == ["EfficientNet-Lite0", "SqueezeNet 1.1"]
    assert list(critics.distances) == ["SqueezeNet's distance"]
    assert class_words()["rooster"] in critics.judges[0].candidates(data.labels)


def test_imagenets_classes_are_not_minidatas(minidata: Path) -> None:
    with pytest.raises(UsageError, match="knows ImageNet's classes, not those of minidata"):
        gather(CriticFiles([Path("lite0")]), MiniData(minidata, 32), "cpu")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--judge", "fire"], "would judge its own edits"),
        (["--judge", "lite2", "--leave-out", "lite77"], "has no network 'lite77'"),
        (["--judge", "squeezenet", "--against", "former"], "Add --blind"),
        (["--judge", "lite2", *LEAVE_ALL], "No network is left"),
    ],
)
def test_what_could_not_be_judged_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["evaluate", "nowhere", str(tmp_path / "out"), *options]) != 0
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
