"""The report of a run, read back and opened in a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flexit_engine.benchmark.critics import CriticFiles, gather, with_statistics
from flexit_engine.benchmark.evaluation import evaluate, originals
from flexit_engine.benchmark.methods import Edit
from flexit_engine.benchmark.minidata import MiniData
from flexit_engine.benchmark.queries import choose, draw_queries
from flexit_engine.benchmark.report import Report, write_report
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.sheets import sheets
from flexit_engine.benchmark.suites import MethodSpec, Suite

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = "<script>document.title = 'taken over'</script>"


@pytest.fixture(scope="module")
def made(minidata: Path, judge_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of two methods, one of which darkens the picture step by step."""
    folder = tmp_path_factory.mktemp("report")
    data = MiniData(minidata, 32)
    queries = choose(draw_queries(data.labels, data.sources, 0), "test", 12, 0)
    specs = (MethodSpec(name="COPY", kind="copy"), MethodSpec(name=f"Darker {HOSTILE}"))
    plan = Plan(folder, specs, queries, 4)
    for spec in specs:
        store = plan.store(spec)
        store.describe(spec)
        for query in queries:
            source = data.picture(query.path, query.index)
            half, full = (
                source.point(lambda value, share=share: int(value * share)) for share in (0.8, 0.5)
            )
            edit = Edit(source) if spec.kind == "copy" else Edit(full, {0: source, 8: half})
            store.write(query, edit)
    critics = gather(CriticFiles([judge_file]), data, "cpu")
    critics = with_statistics(critics, data, queries, folder / "statistics.safetensors")
    report = Report(
        {"data": "minidata"},
        originals(queries, data, critics),
        [Suite(name="main", title="Methods along the steps", methods=specs)],
        evaluate(plan, data, critics),
        "judge's distance",
    )
    write_report(report, plan, data)
    (darker,) = report.shown()
    (folder / "sheets.json").write_text(
        json.dumps(
            {
                name: [row.verdict.confidence for row in rows]
                for name, rows in sheets(plan, darker, data).items()
            }
        )
    )
    return folder


@pytest.fixture(scope="module")
def scores(made: Path) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = json.loads(
        (made / "scores.json").read_text(encoding="utf-8")
    )
    return found


def test_the_figures_are_those_of_the_pictures(
    scores: dict[str, dict[str, dict[str, dict[str, float]]]],
) -> None:
    copy, darker = scores["methods"]["COPY"], scores["methods"][f"Darker {HOSTILE}"]
    assert copy["figures"]["pixels"] == 0
    assert copy["figures"]["judge's distance"] == 0
    assert darker["figures"]["pixels"] > 0.05
    along = darker["along"]
    assert along["0"]["pixels"] == 0 < along["8"]["pixels"] < darker["figures"]["pixels"]
    assert along["0"]["CSFID"] == copy["figures"]["CSFID"] > 0
    groups = darker["groups"]
    assert sum(group["queries"] for group in groups.values()) == 12
    assert set(groups) == {"colours", "photographs"}


def test_markdown_holds_the_same_figures(
    made: Path, scores: dict[str, dict[str, dict[str, dict[str, float]]]]
) -> None:
    text = (made / "report.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("| COPY ")]
    figures = [f"{value:.3f}" for value in scores["methods"]["COPY"]["figures"].values()]
    assert row.split(" | ")[1:-2] == figures


def test_sheets_go_from_the_surest_to_the_least_sure(made: Path) -> None:
    shown = json.loads((made / "sheets.json").read_text())
    assert list(shown) == ["Best", "Median", "Worst"]
    assert all(sorted(values, reverse=True) == values for values in shown.values())
    assert max(shown["Best"]) >= max(shown["Worst"])


def test_the_page_needs_nothing_beside_it(made: Path) -> None:
    page = (made / "report.html").read_text(encoding="utf-8")

    class Addresses(HTMLParser):
        found: tuple[str, ...] = ()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
            self.found += tuple(v or "" for k, v in attrs if k in ("src", "href"))

    parser = Addresses()
    parser.feed(page)
    assert len(parser.found) == 3 * 3 * 12  # three sheets, three pictures, twelve queries
    assert all(address.startswith("data:image/jpeg") for address in parser.found)
    assert not re.search(r"url\(|@import", page)


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_shows_tables_plots_and_pictures(made: Path, tmp_path: Path) -> None:
    page = (made / "report.html").as_uri()
    chromium = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu"]
    chromium += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1100,6000"]
    seen = subprocess.run(
        [*chromium, "--dump-dom", page], capture_output=True, text=True, check=True
    )
    assert "<title>FlexIT, evaluated</title>" in seen.stdout  # no name was run as a script
    assert seen.stdout.count("<svg") == 3  # accuracy, CSFID, groups
    assert seen.stdout.count("<polyline") == 4
    shot = tmp_path / "page.png"
    subprocess.run([*chromium, f"--screenshot={shot}", page], capture_output=True, check=True)
    with Image.open(shot) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    colours = {tuple(colour) for colour in np.unique(pixels, axis=0).tolist()}
    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)} <= colours  # both curves
    assert len(colours) > 500  # and photographs
