"""Every stage of training, on a handful of pictures drawn here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from flexit_engine.networks import mini
from flexit_engine.networks.mini.encoders import DESIGNS
from flexit_engine.training.__main__ import main
from flexit_engine.training.colours import NAMES, draw_shades
from flexit_engine.training.corpus import Corpus
from flexit_engine.training.encoders import attack
from flexit_engine.training.evaluate import draw_queries
from flexit_engine.training.run import Budget
from flexit_engine.training.scenes import Painter

from .tiny import write_data

STAGES = "flexit_engine.training"


@pytest.fixture(scope="module")
def small() -> Iterator[None]:
    """Batches of four, and one drawing of each shape and colour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{STAGES}.corpus.SHAPE_VARIANTS", 1)
        for stage in ("autoencoder", "sharp", "encoders", "judge"):
            patch.setattr(f"{STAGES}.{stage}.BATCH", 4)
        yield


@pytest.fixture(scope="module")
def out(small: None, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001
    """A folder in which everything was prepared and trained for one batch."""
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("out")
    write_data(data)
    main(["prepare", "--out", str(out), "--data", str(data)])
    stage = ["--out", str(out), "--budget", "1"]
    main(["autoencoder", *stage])
    for design in DESIGNS:
        main(["plain", "--design", design, *stage])
        main(["robust", "--design", design, *stage])
    main(["sharp", *stage])
    main(["judge", *stage])
    return out


@pytest.fixture(scope="module")
def corpus(out: Path) -> Corpus:
    return Corpus.load(out / "corpus")


def test_the_held_out_style_and_split_are_marked(corpus: Corpus) -> None:
    held_out = {picture.origin for picture in corpus.pictures if picture.held_out}
    assert held_out == {"twemoji", "fruit/lemon", "fruit/plum"}
    fruit = [picture for picture in corpus.pictures if picture.origin.startswith("fruit/")]
    assert sum(picture.held_out for picture in fruit) == 2


def test_a_shape_and_an_emoji_of_one_name_are_one_concept(corpus: Corpus) -> None:
    names = [concept.name for concept in corpus.concepts]
    assert len(set(names)) == len(names)
    origins = {p.origin for p in corpus.pictures if p.concept == names.index("red circle")}
    assert origins == {"noto", "fluent3d", "twemoji", "drawn"}


def test_scenes_are_pictures_and_the_same_seed_paints_the_same(corpus: Corpus) -> None:
    first, second = (Painter(corpus, 64, seed=3).paint(corpus.pictures, 0.5, 0.5) for _ in range(2))
    assert torch.equal(first.image, second.image)
    assert first.image.amin() >= 0
    assert first.image.amax() <= 1
    assert (first.first.colour >= 0).any()


def test_shades_look_like_their_names() -> None:
    shade = dict(
        zip(NAMES, draw_shades(list(NAMES), torch.Generator().manual_seed(0)), strict=True)
    )
    assert shade["red"].argmax() == 0
    assert shade["green"].argmax() == 1
    assert shade["blue"].argmax() == 2
    assert shade["white"].amin() > 0.8
    assert shade["black"].amax() < 0.3


def test_an_attack_raises_the_loss_and_stays_in_its_ball() -> None:
    torch.manual_seed(0)
    image, direction = torch.full((2, 3, 8, 8), 0.5), torch.randn(2, 3, 8, 8)

    def loss(moved: torch.Tensor) -> torch.Tensor:
        return ((moved - 0.5) * direction).sum(dim=(1, 2, 3))

    moved = attack(loss, image, torch.tensor([0.5, 0.5]), torch.tensor([1.0, -1.0]))
    assert loss(moved)[0] > 0.3 > -0.3 > loss(moved)[1]
    assert (moved - image).flatten(1).norm(dim=1).amax() < 0.501


def test_queries_stay_in_a_cluster_and_show_held_out_pictures(corpus: Corpus) -> None:
    queries = draw_queries(corpus, 12, 0, lambda picture: picture.held_out)
    clusters = corpus.clusters()
    assert len(queries) == 12
    for query in queries:
        assert query.picture.held_out
        assert query.picture.concept == query.source != query.target
        assert {query.source, query.target} <= set(clusters[query.cluster])


def test_exported_weights_load_and_evaluate(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, report = tmp_path / "weights", tmp_path / "report"
    main(["export", "--out", str(out), "--to", str(weights)])
    networks = mini.load(weights, torch.device("cpu"), "float32")
    assert networks.encoders[0].encode_text(["a red cat"]).shape == (1, 256)
    monkeypatch.setattr(f"{STAGES}.assess.SHEET_PAIRS", 2)
    options = [
        "--weights",
        str(weights),
        "--plain",
        str(weights),
        "--report",
        str(report),
        "--queries",
        "2",
    ]
    main(["evaluate", "--out", str(out), "--set", "steps=2", "--set", "augmentations=1", *options])
    figures = json.loads((report / "mini.json").read_text(encoding="utf-8"))
    assert figures["scores"]["Drawings (twemoji)"]["COPY"]["pixels"] == 0
    assert (report / "mini-sheet.jpg").stat().st_size > 0


def test_a_stage_goes_on_from_its_checkpoint(out: Path) -> None:
    def pictures() -> int:
        state = torch.load(out / "judge.pt", weights_only=True)
        return int(state["progress"]["pictures"])

    before = pictures()
    main(["judge", "--out", str(out), "--budget", "1"])
    assert pictures() == before
    main(["judge", "--out", str(out), "--budget", str(before + 1)])
    assert pictures() == 2 * before


def test_budgets_count_pictures_or_minutes() -> None:
    assert Budget.parse("200").share(50, 1e9) == 0.25
    assert Budget.parse("2min").share(10**9, 60.0) == 0.5
