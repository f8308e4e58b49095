"""The report: one HTML page that needs nothing beside it; the same figures as JSON and Markdown."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.evaluation import Evaluated, Figures
from flexit_engine.benchmark.plots import Point, bars, curves
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.sheets import sheets
from flexit_engine.benchmark.store import write_aside
from flexit_engine.benchmark.suites import Suite

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PUBLISHED = Path(__file__).with_name("published.toml")
SHARES = (0.0, 1.0)


@dataclass(frozen=True)
class Report:
    """Everything the report says."""

    about: Mapping[str, str]
    """Data, split, number of queries, judges: what a reader must know, in words."""
    originals: Figures
    suites: Sequence[Suite]
    methods: Sequence[Evaluated]
    abscissa: str
    """The distance on the horizontal axis of the curves."""
    blind: Figures | None = None
    """What a viewer who was told nothing chose, as `blind.count_answers` gives it."""
    pairs: Figures | None = None
    """What a viewer preferred, as `pairs.Comparison.count` gives it."""

    @cached_property
    def columns(self) -> list[str]:
        """Names of the figures, in the order of the first method."""
        return list(self.methods[0].figures)

    @cached_property
    def published(self) -> list[dict[str, Any]]:
        """Rows of other people's tables."""
        rows: list[dict[str, Any]] = tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))["rows"]
        return rows

    def of(self, suite: Suite) -> list[Evaluated]:
        """The methods of a suite."""
        folders = [spec.folder for spec in suite.methods]
        return [method for method in self.methods if method.spec.folder in folders]

    def plots(self, suite: Suite) -> dict[str, Markup]:
        """Curves along the steps, by what they show: for each method, figures over the distance."""
        return {
            name: Markup(  # noqa: S704 -- written by `curves`, which escapes
                curves(
                    {each.spec.name: self._line(each, name) for each in self.of(suite)},
                    self.abscissa,
                    name,
                    SHARES if name == "accuracy" else None,
                )
            )
            for name in ("accuracy", "CSFID")
            if name in self.columns
        }

    def groups(self) -> Markup:
        """Fig. 6: the first suite's methods, by group of clusters."""
        name = "CSFID" if "CSFID" in self.columns else "accuracy"
        shown = self.of(self.suites[0])
        values = {
            group: {each.spec.name: each.groups[group][name] for each in shown}
            for group in shown[0].groups
        }
        return Markup(bars(values, name))  # noqa: S704 -- written by `bars`, which escapes

    def shown(self) -> list[Evaluated]:
        """The methods that get sheets: all of the first suite that are no baselines."""
        return [each for each in self.of(self.suites[0]) if not each.spec.is_baseline]

    def _line(self, method: Evaluated, name: str) -> list[Point]:
        figures = [*method.along.values(), method.figures]
        return [(each[self.abscissa], each[name]) for each in figures]


def write_report(report: Report, plan: Plan, data: DataSet) -> Path:
    """Write `report.html`, `scores.json` and `report.md` into the run's folder.

    Returns:
        The page.

    Raises:
        OutputError: no room or no right to write.
    """
    page = plan.folder / "report.html"
    write_aside(
        plan.folder / "scores.json", (json.dumps(_figures(report), indent=1) + "\n").encode()
    )
    write_aside(plan.folder / "report.md", markdown(report).encode())
    write_aside(page, _page(report, plan, data).encode())
    return page


def markdown(report: Report) -> str:
    """The facts and the tables."""
    about = "\n".join(f"- {name}: {value}" for name, value in report.about.items())
    own = "\n".join(f"- sources themselves, {k}: {v:.3f}" for k, v in report.originals.items())
    rows = [["method", *report.columns, "refused", "s/edit"]]
    rows += [
        [each.spec.name, *(f"{each.figures[name]:.3f}" for name in report.columns),
         str(each.refused), f"{each.seconds:.2f}"]
        for each in report.methods
    ]  # fmt: skip
    shown = [each for each in report.shown() if each.clusters]
    parts = [f"{about}\n{own}\n", _table(rows)]
    if report.blind is not None:
        parts.append(f"## Blind look\n\n{blind_look(report.blind)}\n")
    if report.pairs is not None:
        parts.append(f"## Side by side\n\n{side_by_side(report.pairs)}\n")
    for each in shown:
        for title, by in parts_of(each).items():
            rows = [[title, *names_of(by)], *([part, *cells(by, part)] for part in by)]
            parts.append(f"## {each.spec.name}, by {title}\n\n{_table(rows)}")
    return "\n".join(parts)


def blind_look(blind: Figures) -> str:
    """The figures of a blind look as a sentence."""
    return (
        f"A viewer who saw {blind['answered']:.0f} shuffled results and the names of their "
        f"clusters chose the target for {blind['target']:.2f} of them and the source for "
        f"{blind['source']:.2f}; guessing would find {blind['by chance']:.2f}."
    )


def side_by_side(pairs: Figures) -> str:
    """The figures of a comparison as a sentence."""
    return (
        f"A viewer who saw {pairs['answered']:.0f} sources, each beside a result of this run and "
        f"one of a former run in random order, preferred this run's {pairs['new']:.2f} of the "
        f"time, the former's {pairs['former']:.2f}, neither {pairs['neither']:.2f}."
    )


def parts_of(method: Evaluated) -> dict[str, Mapping[str, Figures]]:
    """The tables of a method's parts, by what the parts are; none is empty."""
    tables = {"group": method.groups, "mask": method.masks, "cluster": method.clusters}
    return {title: by for title, by in tables.items() if by}


def names_of(by: Mapping[str, Figures]) -> list[str]:
    """Names of the figures that any part has."""
    return list(dict.fromkeys(name for figures in by.values() for name in figures))


def cells(by: Mapping[str, Figures], part: str) -> list[str]:
    """The figures of a part in the order of their names."""
    return [f"{by[part][name]:.3g}" if name in by[part] else "–" for name in names_of(by)]


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body]) + "\n"


def _figures(report: Report) -> dict[str, Any]:
    return {
        "about": dict(report.about),
        "originals": dict(report.originals),
        "blind look": report.blind,
        "side by side": report.pairs,
        "methods": {
            each.spec.name: {
                "spec": each.spec.model_dump(mode="json"),
                "refused": each.refused,
                "figures": each.figures,
                "along": each.along,
                "groups": each.groups,
                "masks": each.masks,
                "clusters": each.clusters,
            }
            for each in report.methods
        },
        "seconds": {each.spec.name: each.seconds for each in report.methods},
        "published": report.published,
    }


def _page(report: Report, plan: Plan, data: DataSet) -> str:
    environment = Environment(
        loader=PackageLoader("flexit_engine.benchmark", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        report=report,
        blind="" if report.blind is None else blind_look(report.blind),
        pairs="" if report.pairs is None else side_by_side(report.pairs),
        parts_of=parts_of,
        names_of=names_of,
        cells=cells,
        sheets={each.spec.name: sheets(plan, each, data) for each in report.shown()},
    )
