"""The picture in the dialog: what would be edited, how it changes, what became of it."""

from __future__ import annotations

from gi.repository import GdkPixbuf, Gtk

from flexit.model import Choices, Region, _
from flexit.model.words import size_words

from .images import fitted, thumbnail_pixbuf
from .pixels import read_thumbnail
from .sources import Source

SIDE = 256
"""Pixels."""


class PictureBox(Gtk.Box):
    """A picture, and its size below."""

    def __init__(self) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._image = Gtk.Image()
        self._image.set_size_request(SIDE, SIDE)
        self._image.get_accessible().set_name(_("What is edited"))
        self._size = Gtk.Label()
        self._size.get_style_context().add_class("dim-label")
        self._shown: tuple[bool, Region] | None = None
        self.pack_start(self._image, False, False, 0)
        self.pack_start(self._size, False, False, 0)

    def look_at(self, source: Source, choices: Choices) -> None:
        """Show what would be edited, unless it is the part of the picture shown already.

        Raises:
            Refusal: nothing of the source is selected.
        """
        thumbnail = read_thumbnail(source, choices, SIDE)
        if (source.visible, thumbnail.region) != self._shown:
            self._shown = source.visible, thumbnail.region
            self._size.set_text(size_words(thumbnail.region, None))
            self.show_picture(thumbnail_pixbuf(thumbnail))

    def show_picture(self, pixbuf: GdkPixbuf.Pixbuf) -> None:
        """Show a picture of the same part."""
        self._image.set_from_pixbuf(fitted(pixbuf, SIDE))
