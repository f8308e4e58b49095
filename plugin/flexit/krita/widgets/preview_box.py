"""The picture in the docker: what the networks look at, as it changes."""

from __future__ import annotations

from ..plain import set_tip
from ..qt import Qt, QtCore, QtGui, QtWidgets

LOWEST, HIGHEST = 96, 320
"""Pixels, before scaling for the screen."""


class PreviewBox(QtWidgets.QWidget):
    """Shows a picture; while it is pressed, the one before.

    Args:
        name: for screen readers.
        tip: how it is used.
    """

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        set_tip(self, tip)
        self._image: QtGui.QImage | None = None
        self._before: QtGui.QImage | None = None
        self._pressed = False
        policy = QtWidgets.QSizePolicy(
            QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Preferred
        )
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def clear(self) -> None:
        """Show nothing."""
        self._image = self._before = None
        self.hide()

    def show_change(self, before: QtGui.QImage, after: QtGui.QImage) -> None:
        """Show a picture, and while the button is pressed what it was before."""
        self._before = before
        self.show_image(after)

    def show_image(self, image: QtGui.QImage) -> None:
        """Show what it has become meanwhile."""
        self._image = image
        self.setVisible(True)
        self.updateGeometry()
        self.update()

    @property
    def image(self) -> QtGui.QImage | None:
        """What is shown."""
        return self._before if self._pressed else self._image

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """As the picture's proportions have it."""
        if self._image is None:
            return 0
        height = width * self._image.height() // max(1, self._image.width())
        return max(LOWEST, min(HIGHEST, height))

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """What it would like to have."""
        return QtCore.QSize(220, self.heightForWidth(220))

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Show the picture before."""
        self._press(event.button() == Qt.MouseButton.LeftButton)

    def mouseReleaseEvent(self, _: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Show the picture after."""
        self._press(False)

    def paintEvent(self, _: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint it as large as fits."""
        image = self.image
        if image is None:
            return
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        size = image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QtCore.QRect(QtCore.QPoint(0, 0), size)
        place.moveCenter(self.rect().center())
        painter.drawImage(place, image)
        painter.end()

    def _press(self, pressed: bool) -> None:
        self._pressed = pressed
        self.update()
