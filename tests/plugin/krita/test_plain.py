"""What comes from a document, a user or an engine is shown as it is, and never read as HTML."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import flexit
import flexit_installer

HOSTILE = '<img src="file:///etc/hostname">\n<b>cat</b>'
PLAIN = 0
"""`Qt::PlainText`."""
PLACES = [Path(flexit.__file__).parent / "krita", Path(flexit_installer.__file__).parent / "wizard"]
FILES = sorted(file for place in PLACES for file in place.rglob("*.py") if file.name != "plain.py")
RICH = {"QMessageBox", "QErrorMessage", "QTextEdit", "QTextBrowser", "QToolTip", "QWhatsThis"}
"""Classes that take a text for HTML if it looks like that."""


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """What the docker's widgets make of a hostile text."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.plugin.krita.shown", HOSTILE],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_every_label_of_the_docker_knows_no_html(shown: dict[str, Any]) -> None:
    assert HOSTILE in shown["texts"]
    assert set(shown["formats"]) == {PLAIN}


def test_every_tooltip_of_the_docker_is_escaped(shown: dict[str, Any]) -> None:
    given = [tip for tip in shown["tips"] if "etc/hostname" in tip]
    assert len(given) >= 4
    assert not [tip for tip in given if "<img" in tip or "<b>" in tip]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_shown_in_another_way(path: Path) -> None:
    """Labels and tooltips of plug-in and wizard come from `plain`, and from nowhere else."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    calls = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    names = {name.rpartition(".")[2] for name in calls}
    bases = {
        ast.unparse(base) for node in nodes if isinstance(node, ast.ClassDef) for base in node.bases
    }
    assert not names & {*RICH, "QLabel", "setWhatsThis"}
    assert not {base.rpartition(".")[2] for base in bases} & {*RICH, "QLabel"}
    assert "setToolTip" not in names or path.parent.name == "wizard"
