"""What a text means to the embedded networks."""

from __future__ import annotations

from typing import NamedTuple

from flexit_engine.vocabulary.bag import all_learned, bag, split_words
from flexit_engine.vocabulary.dictionary import Reading
from flexit_engine.vocabulary.phrases import Phrase
from flexit_engine.vocabulary.spelling import clean
from flexit_engine.vocabulary.tables import COST, LANGUAGES, REFUSED, Sense, Tables


class Meaning(NamedTuple):
    """What was understood of one text.

    Attributes:
        text: as it was typed.
        word: the dictionary word that was recognised, folded; empty for a colour or an emoji.
        language: of that word: en, de, fr, es, zh, ja, or empty.
        key: the sense's key: a WordNet id, `e:`, `p:`, `c:` or `x-`; empty for mere colours.
        name: what it came to, in English: `cat` for `kitten`.
        relation: `same`, `group`, `kind of`, `near`, `sister`: the classes', or without any the
            drawn text's.
        colours: basic colour terms to paint it in.
        classes: ImageNet classes it comes to: one, several for a group, none where unknown.
        typical: those of them that stand for the group, best first.
        image_relation: how the classes relate to the text; empty without classes.
        drawn: English text for the drawn encoders, of words they know; empty where unknown.
        drawn_relation: how that text relates to what was typed; empty without one.
        ignored: words that were passed over.
        shown: what to tell the user, as `kitten → cat`; empty where nothing needs to be said.
        note: a sentence on words ignored, or on which meaning was taken; mostly empty.
    """

    text: str
    word: str
    language: str
    key: str
    name: str
    relation: str
    colours: tuple[str, ...] = ()
    classes: tuple[int, ...] = ()
    typical: tuple[int, ...] = ()
    image_relation: str = ""
    drawn: str = ""
    drawn_relation: str = ""
    ignored: tuple[str, ...] = ()
    shown: str = ""
    note: str = ""


class Meanings:
    """Makes meanings of phrases and the reading that was chosen."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def of_colours(self, text: str, colours: tuple[str, ...], language: str) -> Meaning:
        """A text that names colours only."""
        name = " ".join(colours)
        key = f"c:{colours[0]}"
        shown = ", ".join(self.name(f"c:{colour}", language) for colour in colours)
        return Meaning(
            text,
            "",
            "",
            key,
            name,
            "same",
            colours,
            drawn=name,
            drawn_relation="same",
            shown=arrow(text, shown) if clean(text) != clean(shown) and language == "en" else "",
        )

    def of_reading(
        self, text: str, phrase: Phrase, chosen: Reading, language: str, most: int = REFUSED
    ) -> Meaning:
        """A text that names a thing; relations of a cost of `most` and more are left out."""
        sense = chosen.sense
        image = "near" if phrase.compound and sense.image_relation else sense.image_relation
        classes = self.tables.members(sense.image_key) if COST[image] < most else ()
        drawn, drawn_relation = self._drawn(text, phrase, chosen, most)
        image = image if classes else ""
        meaning = Meaning(
            text,
            chosen.word if chosen.language else "",
            chosen.language,
            sense.key,
            self._name(sense, bool(classes), drawn, "en"),
            image or drawn_relation,
            phrase.colours,
            classes,
            self.tables.typical(sense.image_key) if classes else (),
            image,
            drawn,
            drawn_relation,
            phrase.ignored,
        )
        return meaning._replace(
            shown=self._shown(meaning, sense, phrase, language),
            note=self._note(meaning, phrase, chosen, language),
        )

    def name(self, key: str, language: str) -> str:
        """The name of a class, group, drawn concept or colour."""
        return self.tables.names[key][LANGUAGES.index(language)]

    def _drawn(self, text: str, phrase: Phrase, chosen: Reading, most: int) -> tuple[str, str]:
        """The text for the drawn encoders, and how it relates to what was typed."""
        sense = chosen.sense
        relation = sense.drawn_relation
        words = split_words(text)
        first = chosen == phrase.readings[0] and chosen.language in ("en", "")
        if first and all_learned(text, self.tables.learned):
            described = phrase.colours or phrase.ignored or len(words) == 1
            itself = described or bag(text) in self.tables.phrases
            if itself or relation in ("same", "group"):
                return " ".join(words), "same"
        if not sense.drawn or COST[relation] >= most:
            return "", ""
        colours = [colour for colour in phrase.colours if colour not in split_words(sense.drawn)]
        near = phrase.compound and COST[relation] == 0
        return " ".join([*colours, sense.drawn]), "near" if near else relation

    def _name(self, sense: Sense, classes: bool, drawn: str, language: str) -> str:
        """What the text came to, in a language."""
        if classes:
            return self.name(sense.image_key, language)
        if sense.drawn_keys and language != "en":
            return self.name(sense.drawn_keys[0], language)
        return sense.drawn or drawn

    def _shown(self, meaning: Meaning, sense: Sense, phrase: Phrase, language: str) -> str:
        exact = meaning.relation in ("same", "group") and not phrase.compound
        if exact and meaning.language == language:
            return ""
        came_to = self._name(sense, bool(meaning.classes), meaning.drawn, language)
        name = sense.name if exact and language == "en" and meaning.language else came_to
        colours = [self.name(f"c:{colour}", language) for colour in meaning.colours]
        colours = [colour for colour in colours if colour not in name]
        shown = " ".join([*colours, name]) if language == "en" else ", ".join([name, *colours])
        return arrow(meaning.text, shown) if clean(shown) != clean(meaning.text) else ""

    def _note(self, meaning: Meaning, phrase: Phrase, chosen: Reading, language: str) -> str:
        sentences = []
        if phrase.ignored:
            words = ", ".join(f"“{word}”" for word in phrase.ignored)
            sentences.append(f"Passed over: {words}.")
        if chosen != phrase.readings[0]:
            name = self._name(chosen.sense, bool(meaning.classes), meaning.drawn, language)
            taken = "colour" if chosen.sense.is_colour else name
            sentences.append(f"Taken as: {taken}.")
        return " ".join(sentences)


def arrow(text: str, shown: str) -> str:
    """How it is told what a text was taken for."""
    return f"{' '.join(text.split())} → {shown}"
