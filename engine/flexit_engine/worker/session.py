"""An edit's picture as the networks know it, kept for going on and for looking back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flexit_engine.canvas import Picture
from flexit_engine.editor import Editor, EditStep, OpenPicture
from flexit_engine.worker.messages import Box, EditOrder
from flexit_engine.worker.pictures import read_image, read_selection
from flexit_engine.worker.trail import Trail


@dataclass(frozen=True)
class Session:
    """One opened edit."""

    order: EditOrder
    opened: OpenPicture
    trail: Trail

    @classmethod
    def open(cls, order: EditOrder, editor: Editor) -> Session:
        """Read and encode the picture: the costly part.

        Raises:
            PictureError: picture or mask cannot be used.
            OutOfMemory: the device is too small.
        """
        picture = read_image(order)
        mask = read_selection(order, picture)
        opened = editor.open(picture, mask, order.settings, order.source)
        return cls(order, opened, Trail(order.folder, opened.source.latent[0].shape))

    def fits(self, order: EditOrder, editor: Editor) -> bool:
        """Whether it is the same edit, opened with the same networks and settings."""
        names = ("resolution", "context", "space")
        ours, theirs = self.order.settings, order.settings
        return (
            self.order.id == order.id
            and self.opened.editor is editor
            and all(getattr(ours, name) == getattr(theirs, name) for name in names)
        )

    @property
    def box(self) -> Box:
        """What of the picture the networks see."""
        return Box(**self.opened.frame.box._asdict())

    @property
    def kept(self) -> int | None:
        """The last step one can come back to."""
        return len(self.trail) - 1 if len(self.trail) else None

    def steps(self, order: EditOrder) -> Iterator[EditStep]:
        """The steps still to be taken, the last kept one first; each is kept before it comes.

        Raises:
            TextError: a text cannot be used.
            OutOfMemory: the device is too small.
        """
        first = min(self.kept or 0, order.settings.steps)
        starts = None if self.kept is None else [self.trail.read(first)]
        query = (order.source, order.target)
        for (step,) in self.opened.editor.edit(
            [self.opened], [query], order.settings, starts=starts, first=first
        ):
            self.trail.keep(step.index, step.latent)
            yield step

    def at(self, step: int, order: EditOrder) -> Picture:
        """The edited picture as it was at a kept step."""
        return self.opened.at(self.trail.read(step), order.settings)
