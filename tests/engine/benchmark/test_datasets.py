from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flexit_engine.benchmark.datasets import DataFolder
from flexit_engine.benchmark.imagenet import ImageNet, read_table
from flexit_engine.benchmark.minidata import MiniData
from flexit_engine.benchmark.queries import Label, draw_queries, neighbours
from flexit_engine.errors import PictureError, UsageError

from .tiny import write_imagenet

TENCH, GOLDFISH = "n01440764", "n01443537"


def by_name(data: MiniData, name: str) -> Label:
    return next(label for label in data.labels.values() if label.name == name)


def test_the_table_is_the_papers() -> None:
    rows = read_table()
    clusters = {cluster for row in rows for cluster in row["clusters"].split(";")}
    assert (len(rows), len(clusters), len({row["group"] for row in rows})) == (273, 47, 13)
    assert len({row["wordnet_id"] for row in rows}) == 273


def test_minivan_lies_between_cars_and_trucks(tmp_path: Path) -> None:
    labels = ImageNet(tmp_path, 32).labels
    ids = {label.name: label.id for label in labels.values()}
    near = {label.name for label in neighbours(labels, labels[ids["minivan"]])}
    assert {"jeep", "tow truck"} <= near
    assert "tow truck" not in {each.name for each in neighbours(labels, labels[ids["jeep"]])}


def test_imagenet_is_asked_about_the_pictures_that_are_there(tmp_path: Path) -> None:
    write_imagenet(tmp_path, (TENCH, GOLDFISH))
    data = DataFolder(tmp_path, 32).open()
    queries = draw_queries(data.labels, data.sources, 0)
    fish = {query.path.split("/")[0] for query in queries if query.target == "tench"}
    assert fish == {GOLDFISH}
    assert len({query.target for query in queries}) == 7  # only fishes have sources
    assert data.picture(queries[0].path, 0).size == (32, 32)


def test_training_pictures_of_imagenet_are_references(tmp_path: Path) -> None:
    write_imagenet(tmp_path / "val", (TENCH,))
    write_imagenet(tmp_path / "train", (TENCH, GOLDFISH))
    data = DataFolder(tmp_path / "val", 32, tmp_path / "train").open()
    assert [len(paths) for paths in data.references.values()][:3] == [2, 2, 0]
    assert data.picture(data.references[1][0], 0).getpixel((5, 5))[1] > 200  # a green goldfish


def test_development_and_test_show_different_pictures(minidata: Path) -> None:
    data = MiniData(minidata, 32)
    circle, plum = by_name(data, "red circle"), by_name(data, "plum photo")
    assert data.sources(circle, "dev") == ["emoji/emojitwo/1f534.png"]
    assert data.sources(circle, "test") == ["emoji/twemoji/1f534.png"]
    assert data.sources(plum, "dev") == ["fruit/plum/000.jpg", "fruit/plum/001.jpg"]
    assert data.sources(plum, "test") == ["fruit/plum/002.jpg"]
    assert MiniData(minidata, 32, "noto").sources(circle, "test") == ["emoji/noto/1f534.png"]


def test_no_reference_is_a_picture_that_may_be_asked_about_in_the_test(minidata: Path) -> None:
    data = MiniData(minidata, 32)
    asked = {path for label in data.labels.values() for path in data.sources(label, "test")}
    known = {path for paths in data.references.values() for path in paths}
    assert asked
    assert known
    assert not asked & known
    assert not any("emojitwo" in path for path in known)


def test_a_photographed_thing_bears_its_emojis_name_and_stays_a_label_of_its_own(
    minidata: Path,
) -> None:
    data = MiniData(minidata, 32)
    lemons = [label for label in data.labels.values() if label.name == "lemon"]
    assert [label.clusters for label in lemons] == [("fruit",), ("photo_fruit",)]
    # the emoji of a plum is in no cluster
    assert by_name(data, "plum photo").group == "photographs"
    assert by_name(data, "red circle").group == "colours"


def test_a_scene_depends_on_its_seed_alone(minidata: Path) -> None:
    path = "emoji/twemoji/1f534.png"
    first, again, other = (
        np.asarray(MiniData(minidata, 48).picture(path, seed)) for seed in (3, 3, 4)
    )
    assert first.shape == (48, 48, 3)
    assert (first == again).all()
    assert (first != other).any()
    assert tuple(first[24, 24]) == (255, 0, 0)


def test_a_folder_without_a_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no data set"):
        DataFolder(tmp_path, 32).open()


def test_a_broken_picture_is_named(minidata: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"nothing")
    with pytest.raises(PictureError, match=r"broken\.jpg"):
        MiniData(minidata, 32).picture(str(tmp_path / "broken.jpg"), 0)
