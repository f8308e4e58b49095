"""The work of `flexit evaluate`: questions, answers, and once all are there, the report."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flexit_engine.benchmark.blind import count_answers, items, write_blind_look
from flexit_engine.benchmark.critics import CriticFiles, gather, with_statistics
from flexit_engine.benchmark.datasets import DataFolder, DataSet
from flexit_engine.benchmark.evaluation import evaluate as look_at_all
from flexit_engine.benchmark.evaluation import originals
from flexit_engine.benchmark.gallery import write_gallery
from flexit_engine.benchmark.on_ray import OnRay
from flexit_engine.benchmark.pairs import Comparison
from flexit_engine.benchmark.photographs import Columns
from flexit_engine.benchmark.queries import Query, choose, read_queries
from flexit_engine.benchmark.report import Report, write_report
from flexit_engine.benchmark.run import Here, Plan, Shard, Workers, work_through
from flexit_engine.benchmark.scores import Critics
from flexit_engine.benchmark.suites import MethodSpec, Suite
from flexit_engine.benchmark.worker import Place, Worker
from flexit_engine.commands.outcome import Outcome
from flexit_engine.errors import UsageError
from flexit_engine.networks.device import choose_device
from flexit_engine.networks.profiles import load_profile


def evaluate(
    arguments: argparse.Namespace,
    suites: Sequence[Suite],
    methods: Sequence[MethodSpec],
    show_progress: bool,
) -> Outcome:
    """Make what is missing of the results, and the report once all are there.

    Raises:
        FlexITError: something cannot be done; results made until then are kept.
    """
    shard = Shard.parse(arguments.shard)
    side = arguments.side or load_profile(arguments.profile).resolution
    columns = Columns.parse(arguments.columns)
    folder = DataFolder(arguments.data, side, arguments.references, arguments.style, columns)
    data = folder.open()
    plan = Plan(arguments.out, methods, _queries(arguments, data), arguments.batch_size)
    files = CriticFiles(arguments.judge, arguments.alexnet, arguments.inception)
    critics = gather(files, data, str(choose_device(arguments.device)))
    plan.keep_queries()
    workers = _workers(arguments, Place(folder, arguments.device, arguments.threads))
    made, left = work_through(plan, workers, shard, show_progress), plan.left()
    facts: dict[str, Any] = {"queries": len(plan.queries), "made": made, "left": left}
    if left:
        return Outcome(f"{made} made, {left} left for other shards.", facts)
    cache = arguments.statistics or plan.folder / "statistics.safetensors"
    critics = with_statistics(critics, data, plan.queries, cache)
    page = _report(arguments, suites, plan, data, critics)
    return Outcome(f"{made} made, all there; see {page}", {**facts, "report": str(page)})


def _queries(arguments: argparse.Namespace, data: DataSet) -> list[Query]:
    """The questions.

    Raises:
        UsageError: there are none, or their table is broken.
    """
    if arguments.query_table is None:
        drawn = list(data.queries(arguments.query_seed))
    else:
        drawn = read_queries(arguments.query_table)
    queries = choose(drawn, arguments.split, arguments.queries, arguments.query_seed)
    if not queries:
        raise UsageError(f"There are no queries of the split {arguments.split!r}.")
    if unknown := {query.target_id for query in queries} - data.labels.keys():
        raise UsageError(
            f"The queries ask for label {min(unknown)}, which is not in the data set.",
            "Name the table that belongs to it.",
        )
    return queries


def _workers(arguments: argparse.Namespace, place: Place) -> Workers:
    if arguments.ray is None:
        return Here(Worker(place))
    return OnRay(place, arguments.ray, arguments.actors)


def _report(
    arguments: argparse.Namespace,
    suites: Sequence[Suite],
    plan: Plan,
    data: DataSet,
    critics: Critics,
) -> Path:
    style = f", style {arguments.style}" if arguments.style else ""
    about = {
        "data": f"{data.name}, split {arguments.split}{style}",
        "queries": str(len(plan.queries)),
        "profile": f"{arguments.profile}, preset {arguments.preset}",
        "networks left out": ", ".join(arguments.leave_out or ()) or "none",
        "settings changed for all": ", ".join(arguments.set or ()) or "none",
        "judges": ", ".join(judge.name for judge in critics.judges),
        "distances": ", ".join([*critics.distances, "pixels", "psnr"]),
        "features of SFID and CSFID": critics.features.name if critics.features else "none",
    }
    abscissa = next(iter(critics.distances), "pixels")
    own = originals(plan.queries, data, critics)
    blind = _blind_look(arguments.blind, suites, plan, data) if arguments.blind else None
    pairs = _side_by_side(arguments, suites, plan, data) if arguments.against else None
    write_gallery(plan, suites[0].methods, data)
    report = Report(about, own, suites, look_at_all(plan, data, critics), abscissa, blind, pairs)
    return write_report(report, plan, data)


def _blind_look(
    count: int, suites: Sequence[Suite], plan: Plan, data: DataSet
) -> Mapping[str, float] | None:
    """Sheets of the first edits that are no baseline, and what the viewer answered so far.

    Raises:
        UsageError: the answers that are there cannot be used; the sheets are then left alone.
    """
    spec = _first_edit(suites)
    asked = items(plan, data.labels, count)
    counted = count_answers(plan, asked)
    write_blind_look(plan, spec, asked)
    return counted


def _side_by_side(
    arguments: argparse.Namespace, suites: Sequence[Suite], plan: Plan, data: DataSet
) -> Mapping[str, float] | None:
    """Sheets of a former run's edits beside this one's, and what the viewer answered so far.

    Raises:
        UsageError: the runs have no edit in common, or the answers cannot be used.
    """
    comparison = Comparison(plan, _first_edit(suites), arguments.against)
    asked = comparison.pairs(arguments.blind)
    counted = comparison.count(asked)
    comparison.write(asked, data)
    return counted


def _first_edit(suites: Sequence[Suite]) -> MethodSpec:
    return next(spec for spec in suites[0].methods if not spec.is_baseline)
