"""First page: which editors were found."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWizardPage,
)

from flexit_installer.editors import PLUGIN_FOLDERS, Editor, editor_at, find_editors
from flexit_installer.places import KINDS, NAMES, Kind, User
from flexit_installer.plugins import installed_version
from flexit_installer.wizard import words


class FoundPage(QWizardPage):
    """The editors, each with a check mark; others can be named by their folder.

    Args:
        user: whose editors.
    """

    def __init__(self, user: User) -> None:
        super().__init__()
        self._user = user
        self.setTitle("Where shall FlexIT go?")
        self.setSubTitle("FlexIT changes a picture by two texts: what is there, what it becomes.")
        self._list = QListWidget()
        self._list.setAccessibleName("Editors")
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setSpacing(4)
        self._list.itemChanged.connect(lambda _: self.completeChanged.emit())
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.addWidget(self._list)
        layout.addWidget(self._hint)
        layout.addLayout(self._buttons())
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
        """Whether there is something to install into."""
        return bool(self.editors())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch()
        for kind in KINDS:
            button = QPushButton(f"Choose &{NAMES[kind]}'s folder…")
            button.clicked.connect(lambda _, kind=kind: self._choose(kind))
            row.addWidget(button)
        return row

    def _add(self, editor: Editor) -> None:
        version = installed_version(editor)
        state = f"has FlexIT {version}" if version else "does not have FlexIT yet"
        if not editor.is_ready:
            state = "start it once, close it, and open this window again"
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
        title = f"{NAMES[kind]}'s folder, the one with {PLUGIN_FOLDERS[kind]!r} in it"
        folder = QFileDialog.getExistingDirectory(self, title, str(self._user.home))
        if folder:
            editor = editor_at(kind, Path(folder), self._user)
            if editor.profile not in [each.profile for each in self.editors()]:
                self._add(editor)
            self._explain()

    def _explain(self) -> None:
        self._hint.setText(
            "These were found. Others can be named by their folder."
            if self._list.count()
            else "Neither Krita nor GIMP 3 was found. Install one, or name its folder: Krita shows "
            "it under Settings ▸ Manage Resources ▸ Open Resource Folder, GIMP under "
            "Preferences ▸ Folders ▸ Plug-ins."
        )
