"""What runs inside the editors runs in their old interpreters, with what those have."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import flexit

PLUGIN = Path(flexit.__file__).parent
FILES = sorted(PLUGIN.rglob("*.py"))
OLDEST = (3, 8)
NEWER = {"graphlib", "tomllib", "zoneinfo"}
"""In the standard library, but not in that of the oldest Python."""
EDITORS = {"krita", "pykrita", "PyQt5", "PyQt6", "gi"}
"""What the editors bring along; the client does without."""


def imported(path: Path) -> set[str]:
    """The modules a file imports, by their first names; those of the plug-in itself left out."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_the_oldest_python_understands_it(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)
    # `int | None` and `list[int]` may only be written where they are not evaluated.
    evaluated = [] if "annotations" in future(tree) else annotations(tree)
    nodes = [node for annotation in evaluated for node in ast.walk(annotation)]
    assert not [node for node in nodes if isinstance(node, (ast.BinOp, ast.Subscript))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_it_needs_nothing_that_is_not_there(path: Path) -> None:
    there = {"flexit", *sys.stdlib_module_names} - NEWER
    if "client" not in path.relative_to(PLUGIN).parts:
        there |= EDITORS
    assert imported(path) <= there


def test_it_calls_nothing_newer_than_the_oldest_python() -> None:
    words = ["--no-tips", f"--target={OLDEST[0]}.{OLDEST[1]}-", "--violations", str(PLUGIN)]
    done = subprocess.run(
        [sys.executable, "-c", "from vermin.main import main; main()", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_client_starts_nothing() -> None:
    program = (
        "import sys, threading; before = set(sys.modules)\n"
        "import flexit.client\n"
        "assert threading.active_count() == 1\n"
        "assert not {'asyncio', 'multiprocessing', 'flexit_engine'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(PLUGIN.parent)},
    )
    assert done.returncode == 0, done.stderr


def annotations(tree: ast.Module) -> list[ast.expr]:
    """All annotations in a file."""
    nodes = list(ast.walk(tree))
    found = [node.annotation for node in nodes if isinstance(node, (ast.AnnAssign, ast.arg))]
    return [*filter(None, found), *filter(None, (getattr(node, "returns", None) for node in nodes))]


def future(tree: ast.Module) -> set[str]:
    """What a file takes from `__future__`."""
    return {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }
