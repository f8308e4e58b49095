"""Contact sheets: source, result and a real picture of the target, with the judge's verdict."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.evaluation import Evaluated
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.scores import Verdict

SHOWN = 18
"""Rows of each sheet."""
SIDE = 96


@dataclass(frozen=True)
class Row:
    """One edit on a sheet; pictures are `data:` addresses."""

    source: str
    target: str
    pictures: Sequence[str]
    verdict: Verdict


def sheets(plan: Plan, evaluated: Evaluated, data: DataSet) -> Mapping[str, list[Row]]:
    """The edits of whose target the judge is surest, those in the middle, and the least sure."""
    confidence = [verdict.confidence for verdict in evaluated.verdicts]
    order = sorted(range(len(confidence)), key=lambda place: -confidence[place])
    middle = max(0, (len(order) - SHOWN) // 2)
    chosen = {
        "Best": order[:SHOWN],
        "Median": order[middle : middle + SHOWN],
        "Worst": order[-SHOWN:],
    }
    return {name: list(_rows(plan, evaluated, data, places)) for name, places in chosen.items()}


def _rows(plan: Plan, evaluated: Evaluated, data: DataSet, places: Sequence[int]) -> Iterator[Row]:
    store = plan.store(evaluated.spec)
    for place in places:
        query = plan.queries[place]
        shown = [data.picture(query.path, query.index), store.picture(query)]
        if real := data.references.get(query.target_id):
            shown.append(data.picture(real[0], 0))
        pictures = [_address(picture) for picture in shown]
        yield Row(query.source, query.target, pictures, evaluated.verdicts[place])


def _address(picture: Image.Image) -> str:
    stream = BytesIO()
    picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=85)
    return "data:image/jpeg;base64," + b64encode(stream.getvalue()).decode()
