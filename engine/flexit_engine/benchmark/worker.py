"""One place where queries are worked on: a process, here or on another machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch

from flexit_engine.benchmark.datasets import DataFolder
from flexit_engine.benchmark.methods import (
    Copy,
    Edit,
    Encode,
    FlexIT,
    Method,
    Retrieve,
    everywhere,
    import_method,
    in_the_mask,
)
from flexit_engine.benchmark.queries import Query
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.editor import Editor
from flexit_engine.errors import TextError, UsageError


@dataclass(frozen=True)
class Place:
    """Where to compute, and how."""

    data: DataFolder
    device: str = "auto"
    threads: int = 0
    """Threads of torch on a CPU; its own choice when 0. How sums are rounded depends on them."""


class Worker:
    """Opens the data and the methods when they are first needed, and keeps the last of them."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.data = place.data.open()
        self._made: tuple[MethodSpec, Method] | None = None
        if place.threads:
            torch.set_num_threads(place.threads)

    def edit(self, spec: MethodSpec, queries: Sequence[Query]) -> list[Edit]:
        """Edit the pictures of some queries.

        Queries whose words a method does not know keep their source: it is the method's fault, and
        all methods are compared on the same queries.

        Raises:
            FlexITError: something else of it cannot be done.
        """
        if self._made is None or self._made[0] != spec:
            self._made = spec, self._make(spec)
        pictures = [self.data.picture(query.path, query.index) for query in queries]
        try:
            return self._made[1].edit(pictures, queries)
        except TextError as error:
            if len(queries) == 1:
                return [Edit(pictures[0], refused=error.message)]
        return [edit for query in queries for edit in self.edit(spec, [query])]

    def _make(self, spec: MethodSpec) -> Method:
        if spec.kind == "copy":
            return Copy()
        if spec.kind == "own":
            return import_method(spec.path, spec.arguments)
        editor = _editor(spec, self.place.device)
        settings = spec.all_settings()
        if spec.kind == "encode":
            return Encode(editor, settings)
        if spec.kind == "retrieve":
            return Retrieve(editor, settings, self.data)
        return FlexIT(editor, settings, in_the_mask(self.data) if spec.masked else everywhere)


def _editor(spec: MethodSpec, device: str) -> Editor:
    """The networks of a method.

    Raises:
        UsageError: the profile has not the networks that the method asks for.
    """
    editor = _load(spec.profile, device)
    if spec.weights:
        from flexit_engine.networks import mini

        editor = replace(editor, networks=mini.load(Path(spec.weights), editor.device))
    known = editor.networks.encoders
    if any(place >= len(known) for place in spec.networks):
        raise UsageError(f"The profile {spec.profile!r} has only {len(known)} networks.")
    places = spec.networks or range(len(known))
    chosen = [known[place] for place in places if known[place].name not in spec.leave_out]
    if not chosen:
        raise UsageError("No network is left to edit with.", "Leave out fewer of them.")
    return replace(editor, networks=editor.networks.among(chosen))


@lru_cache(maxsize=1)
def _load(profile: str, device: str) -> Editor:
    return Editor.load(profile, device)
