"""Edits by the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steps import edit, error_text, krita, layers, pixels_of, select

from flexit.krita.plugin import active_docker


def edit_file(path: str, selection: list[int], to: str, choices: dict[str, Any]) -> Iterator[Any]:
    """Open a picture, select a part, edit it, and write what is seen as raw pixels."""
    docker = active_docker()
    docker.focus()
    document = krita.openDocument(path)
    krita.activeWindow().addView(document)
    krita.setActiveDocument(document)
    yield lambda: document.activeNode() is not None
    yield 0.5
    select(document, *selection)
    yield from edit(**choices)
    Path(to).write_bytes(pixels_of(document))
    preview = docker.preview.image
    return {
        "error": error_text(),
        "layers": layers(document.rootNode()),
        "preview": preview and [preview.width(), preview.height()],
        "engine": docker._watch.facts and docker._watch.facts.running,
    }


def begin(path: str) -> Iterator[Any]:
    """Start a long edit."""
    document = krita.openDocument(path)
    krita.activeWindow().addView(document)
    krita.setActiveDocument(document)
    yield lambda: document.activeNode() is not None
    yield 0.3
    docker = active_docker()
    docker.form.fill(
        docker.form.choices().replace(target="lemon", source="red apple", steps=900, strength=0.5)
    )
    docker.run_row.button.click()
    yield lambda: docker._session.progress is not None and docker._session.progress.step >= 2
