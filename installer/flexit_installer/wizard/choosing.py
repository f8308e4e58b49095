"""Second page: what goes where, and how big it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QCheckBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWizard,
    QWizardPage,
)

from flexit_engine.networks.profiles import load_profile, missing_files
from flexit_installer import installing
from flexit_installer.editors import Editor
from flexit_installer.files import free_bytes
from flexit_installer.language import _
from flexit_installer.payload import payload_for
from flexit_installer.wizard import words
from flexit_installer.wizard.plain import Label

NETWORKS = "paper"
VQGAN_BYTES = 958_000_000
"""About the size of the one file of which nobody has published it."""


class ChoosingPage(QWizardPage):
    """A table of what goes where, and what more one may want.

    Args:
        editors: those that were chosen on the page before.
        data: the data folder.
    """

    def __init__(self, editors: Callable[[], Sequence[Editor]], data: Path) -> None:
        super().__init__()
        self._editors = editors
        self._data = data
        self.setTitle(_("What goes where"))
        self.setSubTitle(_("All of it is yours alone, and this window takes it away again."))
        self.setCommitPage(True)
        self.setButtonText(QWizard.WizardButton.CommitButton, _("&Install"))
        self._table = QTreeWidget()
        self._table.setAccessibleName(_("What goes where"))
        self._table.setHeaderLabels([_("What"), _("Where"), _("About")])
        self._table.setRootIsDecorated(False)
        self._table.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self._table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._room = Label()
        self.networks = QCheckBox()
        self.at_login = QCheckBox(_("Start the &engine at every login"))
        self._licence = Label()
        self._licence.setWordWrap(True)
        self._describe_networks()
        layout = QVBoxLayout(self)
        for widget in (self._table, self._room, self.networks, self._licence, self.at_login):
            layout.addWidget(widget)
        self.networks.toggled.connect(self._licence.setVisible)
        self.networks.toggled.connect(lambda _: self.initializePage())

    def initializePage(self) -> None:  # noqa: N802 -- Qt's name
        """Fill the table: called whenever the page comes."""
        rows = self._rows()
        self._table.clear()
        for what, where, size in rows:
            self._table.addTopLevelItem(
                QTreeWidgetItem([what, where, words.size(size) if size else _("there already")])
            )
        self._fit_columns()
        needed, free = sum(row[2] for row in rows), free_bytes(self._data)
        text = _("{needed} of {free} that are free.")
        if needed >= free:
            text = _("This needs {needed}, but only {free} are free.")
        self._room.setText(text.format(needed=words.size(needed), free=words.size(free)))
        is_sandboxed = any(editor.is_sandboxed for editor in self._editors())
        self.at_login.setToolTip(_("Editors from Flatpak or Snap cannot start it themselves."))
        if is_sandboxed:
            self.at_login.setChecked(True)

    def _fit_columns(self) -> None:
        if (header := self._table.header()) is None:
            return
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)

    def _rows(self) -> list[tuple[str, str, int]]:
        rows = []
        for editor in self._editors():
            size = sum(len(item.content) for item in payload_for(editor.kind).values())
            what = _("Plug-in for {editor}").format(editor=editor.label)
            rows.append((what, words.place(editor.plugins), size))
        todo = installing.plan(self._editors(), self._data, own=False)
        where = words.place(todo.environment.python.parents[1])
        rows.append((_("Engine, with small networks"), where, todo.bytes_needed))
        if self.networks.isChecked():
            folder = words.place(load_profile(NETWORKS).folder)
            rows.append((_("The paper's networks"), folder, _size()))
        return rows

    def _describe_networks(self) -> None:
        missing = missing_files(load_profile(NETWORKS))
        text = _("The &paper's large networks as well ({size})")
        self.networks.setText(text.format(size=words.size(_size())))
        self.networks.setVisible(bool(missing))
        licences = "; ".join(sorted({file.licence for file in missing}))
        text = _("Their licences: {licences}. By going on you agree to them.")
        self._licence.setText(text.format(licences=licences))
        self._licence.setVisible(False)


def _size() -> int:
    """What is still to come of the paper's networks."""
    files = missing_files(load_profile(NETWORKS))
    sizes = [file.size or (VQGAN_BYTES if file.role == "autoencoder" else 0) for file in files]
    return sum(sizes)
