"""First page: which editors were found."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWizardPage,
)

from flexit_installer.editors import PLUGIN_FOLDERS, Editor, editor_at, find_editors
from flexit_installer.language import _
from flexit_installer.manifest import NAME as MANIFEST
from flexit_installer.places import KINDS, NAMES, Kind, User
from flexit_installer.plugins import installed_version
from flexit_installer.wizard import words
from flexit_installer.wizard.pages import Page
from flexit_installer.wizard.plain import Label


class FoundPage(QWizardPage):
    """The editors, each with a check mark; others can be named by their folder.

    Args:
        user: whose editors.
        data: the data folder.
    """

    def __init__(self, user: User, data: Path) -> None:
        super().__init__()
        self._user = user
        self.setTitle(_("Where shall FlexIT go?"))
        self.setSubTitle(
            _("FlexIT changes a picture by two texts: what is there, what it becomes.")
        )
        self._list = QListWidget()
        self._list.setAccessibleName(_("Editors"))
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setSpacing(4)
        self._list.itemChanged.connect(lambda _: self.completeChanged.emit())
        self._hint = Label()
        self._hint.setWordWrap(True)
        self._hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.addWidget(self._list)
        layout.addWidget(self._hint)
        layout.addLayout(self._buttons())
        self.leaves = QCheckBox(_("&Remove FlexIT from this computer"))
        self.leaves.setVisible((data / MANIFEST).exists())
        self.leaves.toggled.connect(self._list.setDisabled)
        self.leaves.toggled.connect(lambda _: self.completeChanged.emit())
        layout.addWidget(self.leaves)
        for editor in find_editors(user):
            self._add(editor)
        self._explain()

    def editors(self) -> list[Editor]:
        """Those with a check mark."""
        items = (self._list.item(row) for row in range(self._list.count()))
        return [
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item is not None and item.checkState() == Qt.CheckState.Checked
        ]

    def isComplete(self) -> bool:  # noqa: N802 -- Qt's name
        """Whether there is something to install into, or it is to go."""
        return self.leaves.isChecked() or bool(self.editors())

    def nextId(self) -> int:  # noqa: N802 -- Qt's name
        """To go, or to stay."""
        return Page.LEAVING if self.leaves.isChecked() else Page.CHOOSING

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch()
        for kind in KINDS:
            button = QPushButton(_("Choose &{editor}'s folder…").format(editor=NAMES[kind]))
            button.clicked.connect(lambda _, kind=kind: self._choose(kind))
            row.addWidget(button)
        return row

    def _add(self, editor: Editor) -> None:
        version = installed_version(editor)
        state = _("does not have FlexIT yet")
        if version:
            state = _("has FlexIT {version}").format(version=version)
        if not editor.is_ready:
            state = _("start it once, close it, and open this window again")
        item = QListWidgetItem(f"{editor.label}: {state}\n{words.place(editor.plugins)}")
        item.setData(Qt.ItemDataRole.UserRole, editor)
        if editor.is_ready:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
        else:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self._list.addItem(item)
        self.completeChanged.emit()

    def _choose(self, kind: Kind) -> None:
        title = _("{editor}'s folder, the one with “{name}” in it").format(
            editor=NAMES[kind], name=PLUGIN_FOLDERS[kind]
        )
        folder = QFileDialog.getExistingDirectory(self, title, str(self._user.home))
        if folder:
            editor = editor_at(kind, Path(folder), self._user)
            if editor.profile not in [each.profile for each in self.editors()]:
                self._add(editor)
            self._explain()

    def _explain(self) -> None:
        self._hint.setText(
            _("These were found. Others can be named by their folder.")
            if self._list.count()
            else _(
                "Neither Krita nor GIMP 3 was found. Install one, or name its folder: Krita shows "
                "it under Settings ▸ Manage Resources ▸ Open Resource Folder, GIMP under "
                "Preferences ▸ Folders ▸ Plug-ins."
            )
        )
