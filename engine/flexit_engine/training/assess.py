"""Stage `evaluate` as a whole: queries, methods, judge, figures, contact sheet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.profiles import load_profile
from flexit_engine.settings import preset_settings
from flexit_engine.training.corpus import HELD_OUT_STYLE, Corpus, Picture
from flexit_engine.training.evaluate import (
    PLACEMENT,
    Query,
    Retrieval,
    Score,
    draw_queries,
    encode,
    flexit,
    name_pictures,
    score,
)
from flexit_engine.training.judge import Judge
from flexit_engine.training.report import contact_sheet, write_figures
from flexit_engine.training.run import load_modules
from flexit_engine.training.scenes import Painter

SEED = 2022
SHEET = "mini-sheet.jpg"
SHEET_COLUMNS = 6
SHEET_PAIRS = 72
"""The first queries, not chosen ones."""


@dataclass(frozen=True)
class Group:
    """Queries of one kind, their pictures and texts."""

    name: str
    queries: list[Query]
    images: Tensor
    texts: list[tuple[str, str]]


def assess(
    corpus: Corpus,
    run: Path,
    networks: Networks,
    control: Networks,
    report: Path,
    count: int,
    changes: Mapping[str, Any],
) -> None:
    """Edit held-out drawings and photographs; write the report.

    Args:
        corpus: from the stage `prepare`.
        run: folder of the checkpoints; the judge is read from it.
        networks: what is evaluated.
        control: the same with encoders that were never hardened.
        report: where `mini.json`, `mini.md` and the contact sheet go.
        count: number of queries on drawings; a third as many on photographs, and a fifth that
            only change the colour of a shape, a heart or a book.
        changes: settings other than the profile's.
    """
    report.mkdir(parents=True, exist_ok=True)
    profile = load_profile("mini")
    settings = preset_settings(profile, **changes)
    judge = Judge(len(corpus.concepts))
    load_modules(run / "judge.pt", model=judge)
    side = profile.resolution
    groups = [
        _group(corpus, f"Drawings ({HELD_OUT_STYLE})", side, count, _is_drawing),
        _group(corpus, "Photographs", side, count // 3, _is_photo),
        _group(corpus, "Colour words", side, count // 5, _is_drawing, _of_colours),
    ]
    scores: dict[str, dict[str, Score]] = {}
    about: dict[str, object] = {"settings": settings.model_dump(exclude_unset=True)}
    retrieval = Retrieval(corpus, networks, side, SEED)
    for group in groups:
        started = time.monotonic()
        edited = flexit(networks, group.images, group.texts, settings)
        seconds = (time.monotonic() - started) / len(group.queries)
        methods = {
            "COPY": group.images,
            "ENCODE": encode(networks, group.images),
            "RETRIEVE": retrieval.find(group.images, group.texts, settings),
            "FlexIT, plain encoders": flexit(control, group.images, group.texts, settings),
            "FlexIT": edited,
        }
        scores[group.name] = {
            name: score(judge, corpus, group.queries, images, group.images)
            for name, images in methods.items()
        }
        own = _accuracy(judge, corpus, group)
        facts = {
            "queries": len(group.queries),
            "judge right on originals, in cluster": round(own.in_cluster, 3),
            "judge right on originals, among all": round(own.among_all, 3),
            "ENCODE, PSNR in dB": _psnr(methods["ENCODE"], group.images),
            "seconds an edit, in batches": round(seconds, 2),
        }
        about |= {f"{group.name}: {name}": value for name, value in facts.items()}
        write_figures(report, scores, about)
        if group is groups[0]:
            sheet = _sheet(group, edited, _names(judge, corpus, edited))
            sheet.save(report / SHEET, quality=90)


def _is_drawing(picture: Picture) -> bool:
    return picture.kind == "sprite" and picture.held_out


def _is_photo(picture: Picture) -> bool:
    return picture.kind == "photo" and picture.held_out


def _of_colours(cluster: str) -> bool:
    return cluster.endswith("_by_colour")


def _group(
    corpus: Corpus,
    name: str,
    side: int,
    count: int,
    usable: Callable[[Picture], bool],
    wanted: Callable[[str], bool] = lambda _cluster: True,
) -> Group:
    queries = draw_queries(corpus, max(count, 1), SEED, usable, wanted)
    painter = Painter(corpus, side, SEED, PLACEMENT)
    images = painter.paint([query.picture for query in queries]).image
    names = [concept.name for concept in corpus.concepts]
    texts = [(names[query.source], names[query.target]) for query in queries]
    return Group(name, queries, images, texts)


def _accuracy(judge: Judge, corpus: Corpus, group: Group) -> Score:
    """How often the judge names the sources themselves."""
    themselves = [replace(query, target=query.source) for query in group.queries]
    return score(judge, corpus, themselves, group.images, group.images)


def _names(judge: Judge, corpus: Corpus, images: Tensor) -> list[str]:
    return [corpus.concepts[place].name for place in name_pictures(judge, images).argmax(1)]


def _psnr(images: Tensor, originals: Tensor) -> float:
    error = (images - originals).square().mean(dim=(1, 2, 3)).clamp(min=1e-10)
    return round(float((-10 * error.log10()).mean()), 2)


def _sheet(group: Group, edited: Tensor, named: list[str]) -> Image.Image:
    pairs = list(zip(group.images, edited, strict=True))[:SHEET_PAIRS]
    titles = [
        (f"{source} > {target}", f"judge: {verdict}")
        for (source, target), verdict in zip(group.texts, named, strict=True)
    ]
    return contact_sheet(pairs, titles[:SHEET_PAIRS], SHEET_COLUMNS)
