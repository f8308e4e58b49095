"""`flexit evaluate` on a table of photographs, with networks that need no time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.benchmark import classifiers
from flexit_engine.benchmark.worker import _load
from flexit_engine.cli import main
from flexit_engine.editor import Editor
from tests.engine.commands.tiny_flexit import load_tiny

from .tiny import write_photographs

COLUMNS = "path=file,label=is,kind=sort,mask=thing,split=part"
SMALL = ["--side", "32", "--threads", "1", "--device", "cpu", "--quiet"]
SETTINGS = ("steps=2", "augmentations=1", "resolution=32", "learning_rate=1")


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Iterator[None]:
    """This process's `flexit` has networks that need no time."""
    _load.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Editor, "load", load_tiny)
        patch.setattr(classifiers, "SQUEEZENET_SIDE", 64)
        yield
    _load.cache_clear()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A former run, then one that is compared with it."""
    folder = tmp_path_factory.mktemp("photographs")
    table = write_photographs(folder / "data")
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    asked = ["--suite", "photographs", "--judge", "squeezenet", "--split", "test"]
    command = ["evaluate", str(table), *SMALL, *settings, *asked, "--columns", COLUMNS]
    former = [*command, str(folder / "former")]
    assert main(former) == 0
    new = [*command, str(folder / "new"), "--blind", "3", "--against", str(folder / "former")]
    assert main(new) == 0
    return folder / "new"


@pytest.fixture(scope="module")
def scores(whole: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((whole / "scores.json").read_text(encoding="utf-8"))
    return found


def test_all_rows_are_measured_inside_and_outside_the_masks(scores: dict[str, Any]) -> None:
    rows = {name: row["figures"] for name, row in scores["methods"].items()}
    assert list(rows) == [
        "COPY", "ENCODE", "RETRIEVE", "FlexIT, as in the editors", "FlexIT, in the mask",
    ]  # fmt: skip
    assert rows["FlexIT, in the mask"]["outside touched"] == 0
    assert rows["FlexIT, as in the editors"]["outside touched"] == 1
    assert rows["FlexIT, as in the editors"]["outside mask"] > 0
    assert rows["COPY"]["SqueezeNet's distance"] == 0 < rows["ENCODE"]["SqueezeNet's distance"]
    assert scores["seconds"]["FlexIT, in the mask"] > 0


def test_the_report_tells_pictures_with_masks_from_those_without(
    scores: dict[str, Any], whole: Path
) -> None:
    masks = scores["methods"]["FlexIT, in the mask"]["masks"]
    assert {part: figures["queries"] for part, figures in masks.items()} == {
        "with a mask": 3, "without a mask": 3,
    }  # fmt: skip
    assert "outside mask" not in masks["without a mask"]
    text = (whole / "report.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| without a mask"))
    assert row.endswith("| – | – |")


def test_viewers_get_three_kinds_of_sheets(whole: Path) -> None:
    for path in ("blind/sheet-01.png", "pairs/sheet-01.png", "pairs-key.csv", "table-order.png"):
        assert (whole / path).is_file(), path
