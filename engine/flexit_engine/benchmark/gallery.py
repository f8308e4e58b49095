"""Edits that nobody chose: the first photographs of a table, with masks and without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.queries import Query
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.store import png, write_aside
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.tiles import Tile, sheet

EACH, COLUMNS, SIDE = 20, 4, 160


def write_gallery(plan: Plan, methods: Sequence[MethodSpec], data: DataSet) -> Path | None:
    """Draw `table-order.png`: sources and results, the first query of each picture.

    Twenty pictures with masks come first, edited within them where a method does that, then twenty
    without.

    Returns:
        The sheet; None where there are no masks or nothing was edited.

    Raises:
        OutputError: no room or no right to write.
    """
    edits = [spec for spec in methods if not spec.is_baseline]
    once = {query.path: query for query in reversed(plan.queries)}
    first = sorted(once.values(), key=lambda query: query.index)
    with_masks = [query for query in first if query.mask][:EACH]
    without = [query for query in first if not query.mask][:EACH]
    if not edits or not with_masks:
        return None
    masked = next((spec for spec in edits if spec.masked), edits[0])
    plain = next((spec for spec in edits if not spec.masked), edits[0])
    tiles = [*_tiles(plan, masked, with_masks, data), *_tiles(plan, plain, without, data)]
    path = plan.folder / "table-order.png"
    write_aside(path, png(sheet(tiles, COLUMNS, SIDE)))
    return path


def _tiles(plan: Plan, spec: MethodSpec, queries: Sequence[Query], data: DataSet) -> Iterator[Tile]:
    for query in queries:
        where = " (mask)" if spec.masked and query.mask else ""
        pictures = [data.picture(query.path, query.index), plan.store(spec).picture(query)]
        yield Tile(f"{query.source} -> {query.target}{where}", pictures)
