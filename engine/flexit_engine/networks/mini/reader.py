"""What is asked of each of the embedded encoders, and which of them to listen to.

A text is understood once (`vocabulary`) and handed to each kind of encoders in its own words.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from flexit_engine.errors import UsageError
from flexit_engine.flexit.query import Query, Reading, WeightedText
from flexit_engine.networks.interfaces import ImageTextEncoder
from flexit_engine.networks.mini.colours import ColourEncoder
from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.families import Recogniser, Side, families
from flexit_engine.networks.mini.locate import find
from flexit_engine.networks.mini.photographs import PhotographEncoder
from flexit_engine.vocabulary import Vocabulary

COLOUR_SHARE = 0.4
"""Share of the colour encoder where a colour is asked for; the others have the rest."""
DOUBT = 0.01
"""Added to how sure a kind of encoders is: what neither recognises is left to both alike."""
LEAST_SHARE = 0.05
"""A kind of encoders with less than this is not asked: it would cost more than it says."""


class MiniReader:
    """Reads queries for the encoders it was made with, in their order."""

    def __init__(self, encoders: Sequence[MiniEncoder | PhotographEncoder | ColourEncoder]) -> None:
        self.encoders = encoders
        self.photographs, self.drawings, self.colours = families(encoders)
        self.recognisers: tuple[Recogniser, ...] = (self.photographs, self.drawings)

    def among(self, encoders: Sequence[ImageTextEncoder]) -> MiniReader:
        """See `Reader.among`; one encoder of each kind is needed."""
        known = {id(encoder): encoder for encoder in self.encoders}
        mine = [known[id(encoder)] for encoder in encoders]
        if {type(encoder) for encoder in mine} != {type(encoder) for encoder in self.encoders}:
            raise UsageError(
                "The networks that are left know photographs, drawings or colours no more.",
                "Keep one that reads each of them.",
            )
        return MiniReader(mine)

    def read(self, query: Query, image: Sequence[Tensor], member: int) -> Reading:
        """See `Reader.read`.

        An encoder that does not know the target stays out. One that does not know the source goes
        without the push away from it. Photographs and drawings count by how surely each recognises
        the source in the picture, so that no switch has to tell one from the other.
        """
        source, target = understand(query)
        queries: list[Query | None] = [None] * len(self.encoders)
        for each in self.recognisers:
            asked = ask(
                source, each.names(source, image), target, each.names(target, image, member)
            )
            for at in each.places:
                queries[at] = asked
        names = self.colours.names
        queries[self.colours.place] = ask(source, names(source), target, names(target))
        return Reading(
            queries,
            self._weights(queries, source, image),
            self._told(source, target, image, member),
        )

    def locate(self, source: Sequence[WeightedText], image: Tensor) -> Tensor | None:
        """See `Reader.locate`: looks closer, window by window, at what is not seen at once."""
        side, _ = understand(Query(source, []))
        return find(self.encoders, self.recognisers, side, image)

    def _weights(
        self, queries: Sequence[Query | None], source: Side, image: Sequence[Tensor]
    ) -> list[float]:
        asked = [each for each in self.recognisers if queries[each.places[0]]]
        sure = [each.sureness(source, image) + DOUBT for each in asked]
        sure = [value if value >= LEAST_SHARE * sum(sure) else 0.0 for value in sure]
        colour = COLOUR_SHARE if queries[self.colours.place] else 0.0
        weights = [0.0] * len(self.encoders)
        weights[self.colours.place] = colour if asked else 1.0
        for each, value in zip(asked, sure, strict=True):
            for at in each.places:
                weights[at] = (1 - colour) * value / sum(sure) / len(each.places)
        return weights

    def _told(self, source: Side, target: Side, image: Sequence[Tensor], member: int) -> list[str]:
        """What to tell the user: what was understood, and which one of a group was taken."""
        told: list[str] = []
        for side, rank in ((source, 0), (target, member)):
            names = self.photographs.names(side, image, rank)
            for meaning, name in zip(side.meanings, names, strict=True):
                taken = f"{meaning.text} → {name}" if len(meaning.classes) > 1 else meaning.shown
                told += filter(None, (taken, meaning.note))
        return told


def understand(query: Query) -> tuple[Side, Side]:
    """Look both sides up; of two meanings the one that fits the other side is taken.

    Raises:
        UnknownWords: no network knows a text.
    """
    vocabulary = Vocabulary.load()

    def side(texts: Sequence[WeightedText], beside: Sequence[WeightedText]) -> Side:
        other = beside[0].text if beside else ""
        return Side(
            [vocabulary.find(item.text, other) for item in texts], [item.weight for item in texts]
        )

    return side(query.source, query.target), side(query.target, query.source)


def ask(
    source: Side, source_names: Sequence[str], target: Side, target_names: Sequence[str]
) -> Query | None:
    """The query under the names of one kind of encoders; None if they do not know the target."""
    wanted = target.texts(target_names)
    return Query(source.texts(source_names), wanted) if wanted else None
