"""Requirements 14 and 16: loading and installing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from PyQt5 import QtCore, QtGui, QtWidgets

from .home import install_plugin
from .host import Krita

PLUGIN = Path(__file__).parents[3] / "plugin" / "flexit" / "krita"
MODULES = sorted(PLUGIN.rglob("*.py"))
SCOPES = {"Qt": QtCore.Qt, "QtCore": QtCore, "QtGui": QtGui, "QtWidgets": QtWidgets}


def test_16_the_package_is_imported_by_kritas_own_importer(krita: Krita) -> None:
    """The shared Krita runs what its importer made of the package."""
    resources = krita.home / ".local" / "share" / "krita"
    desktop = ConfigParser()
    desktop.read(resources / "pykrita" / "flexit_krita.desktop", encoding="utf-8")
    entry = desktop["Desktop Entry"]
    module = resources / "pykrita" / entry["X-KDE-Library"]
    manual = module / entry["X-Krita-Manual"]
    pictures = re.findall(r'src="([^"]+)"', manual.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (manual.parent / picture).is_file()
    assert [path.name for path in resources.rglob("*.action")] == ["flexit_krita.action"]
    assert "Duplicated action name" not in krita.log
    assert [path for path in krita.run("quiet:modules") if not path.startswith(str(module))] == []


def test_16_a_new_version_replaces_the_old_and_keeps_what_the_user_has(tmp_path: Path) -> None:
    install_plugin(tmp_path)
    old = tmp_path / "pykrita" / "flexit_krita" / "lib" / "flexit" / "old.py"
    old.write_text("")
    kept = tmp_path / "flexit" / "history.json"
    kept.parent.mkdir()
    kept.write_text("[]")
    install_plugin(tmp_path)
    assert not old.exists()
    assert kept.read_text() == "[]"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_14_only_one_module_knows_which_qt_there_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {name.partition(".")[0] for name in _imports(tree)}
    if path.name != "qt.py":
        assert not imported & {"PyQt5", "PyQt6", "PySide2", "PySide6", "sip"}
    assert not list(_short_enums(tree)), "PyQt6 knows only scoped names of enums"


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def _short_enums(tree: ast.AST) -> Iterator[str]:
    """`Qt.AlignLeft` or `QtWidgets.QFrame.NoFrame`: members used without the name of their enum."""
    for node in ast.walk(tree):
        names = _dotted(node)
        if len(names) < 2 or names[0] not in SCOPES:
            continue
        *owners, member = names[1:]
        owner = SCOPES[names[0]]
        for name in owners:
            owner = getattr(owner, name, None)
        value = getattr(owner, member, None)
        if isinstance(value, int) and isinstance(owner, type) and not issubclass(owner, int):
            yield ".".join(names)


def _dotted(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return [*before, node.attr] if before else []
    return [node.id] if isinstance(node, ast.Name) else []
