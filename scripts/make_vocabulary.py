"""Make the embedded networks' vocabulary, one compressed file in the package, from tables of words.

The same tables and networks give the same bytes.

    python scripts/make_vocabulary.py WORDS_FOLDER
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from flexit_engine.vocabulary.bag import all_learned, bag
from flexit_engine.vocabulary.spelling import fold
from flexit_engine.vocabulary.tables import COST, LANGUAGES

PACKAGE = Path(__file__).parents[1] / "engine" / "flexit_engine"
MADE = PACKAGE / "vocabulary" / "words.tsv.gz"
OURS = Path(__file__).with_name("vocabulary")
TOWER = PACKAGE / "networks" / "weights" / "mini" / "lite.safetensors"

FOREIGN = {"de": "de", "fr": "fr", "es": "es", "zh_CN": "zh", "ja": "ja"}
TIERS = (("hand", "hand:near", "hand:kind of"), ("cldr",), ("mcr",), ("cow",), ("cldr-keyword",))
"""Sources, the surest first."""

NAMING = ("hand", "cldr", "mcr", "cow", "hand:near", "hand:kind of", "cldr-keyword")
"""Sources in the order in which they may name a thing."""

CAPS = {"hand:near": "near", "hand:kind of": "kind of", "cldr-keyword": "sister"}
"""What a source's words can be at best. Keywords only hint: `healthy` is one of the apple's."""

TOO_WIDE = ("x-food",)
"""Groups of which nobody means any: cheese is food, but not near a pizza."""

RELATIONS = ("same", "group", "kind of", "near", "sister", "")
KINDS = "nxepc"
"""Of equally near senses the word's own comes before a drawing's, a photograph's."""

MEANT = {"sweet potato": "e:1f360"}
"""Words by which people mean something else than WordNet's first sense, here an ocarina."""

MOST_SENSES, MOST_KEYS = 5, 4
NOTICES = ("wordnet-3.0", "chinese-open-wordnet", "openai-clip.MIT", "unicode-cldr")

Row = dict[str, str]
Sense = tuple[str, ...]


class Maker:
    """Joins the tables into senses, and words to their senses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.classes = read(folder / "imagenet.tsv")
        self.groups = read(folder / "groups.tsv")
        self.drawn = {row["key"]: row for row in read(folder / "drawn.tsv")}
        self.colours = {row["wnid"]: key for key, row in self.drawn.items() if key[:2] == "c:"}
        self.targets = {row["key"]: row for row in read(folder / "targets.tsv")}
        self.synonyms = read(folder / "synonyms.tsv")
        self.learned = learned_words(TOWER)
        self.translations = [*read(folder / "translations.tsv"), *self.more()]
        self.common: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        self.senses: dict[Sense, int] = {}

    def make(self) -> str:
        """The whole file."""
        for key in self.drawn:
            self.number(self.targets[key])
        words = {"en": self.english(), **self.foreign()}
        names = self.names()
        sections: dict[str, Iterable[Sequence[str]]] = {
            "about": [[line] for line in self.licences()],
            "classes": [[row["wnid"], *self.labels(row["wnid"], names)] for row in self.classes],
            "groups": [
                (row["key"], ranges(row["classes"], row["typical"]), row["typical"], row["wide"])
                for row in self.groups
            ],
            "names": [[key, *row] for key, row in names.items()],
            "kinds": [
                [row["key"], *filter(None, (row["cluster"], row["group"]))]
                for row in self.drawn.values()
            ],
            "senses": self.senses,
            "learned": [[word] for word in self.learned],
            "phrases": [[phrase] for phrase in self.phrases()],
        }
        for language in LANGUAGES:
            # By columns, which are read faster than rows.
            sections[language] = [[word] for word, _, _ in words[language]]
            sections[f"{language} common"] = [[word] for word in sorted(self.common[language])]
            sections[f"{language} senses"] = [[senses] for _, senses, _ in words[language]]
            sections[f"{language} written"] = [
                [word, form] for word, _, form in words[language] if form
            ]
        return "\n" + "".join(
            f"[{name}]\n" + "".join("\t".join(row) + "\n" for row in rows)
            for name, rows in sections.items()
        )

    def more(self) -> Iterator[Row]:
        """Translations by hand that the tables lack, by an English word's first sense."""
        first = {row["word"]: row for row in self.synonyms if row["rank"] == "1"}
        for row in read(OURS / "more.tsv"):
            sense = first[row["en"]]
            sure = self.best(sense) == self.best(self.targets[sense["key"]])
            source = "hand" if sure else f"hand:{self.best(sense)}"
            for lang, language in FOREIGN.items():
                words = {"source": source, "words": row[language]}
                yield {"key": sense["key"], "lang": lang, **words}

    def licences(self) -> list[str]:
        """Where the words come from, and the notices that must stay with them."""
        notices = ((self.folder / "licences" / f"{name}.txt").read_text() for name in NOTICES)
        lines = "\n".join([(OURS / "sources.txt").read_text(), *notices]).splitlines()
        return [line.strip() for line in lines if line.strip()]

    def english(self) -> list[list[str]]:
        """Words of English by rank, and an emoji as itself."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        written: dict[str, str] = {}
        for word, key in MEANT.items():
            found[word].append(self.number(self.targets[key]))
        for row in sorted(self.synonyms, key=lambda row: int(row["rank"])):
            word = fold(row["word"])
            found[word].append(self.number(row))
            if row["source"] in ("hand", "emoji"):
                self.common["en"].add(word)
            written.setdefault(word, row["word"])
        for row in [*self.classes, *self.groups]:
            target = self.targets[row.get("wnid") or row["key"]]
            names = row.get("lemmas") or row["words"]
            for name in [*filter(None, [row.get("label")]), *names.split("|")]:
                found[fold(name)].append(self.number(target))
                written.setdefault(fold(name), name)
        for key, row in self.drawn.items():
            for name in [row["name"], *filter(None, row["aliases"].split(";"))]:
                found[fold(name)].append(self.number(self.targets[key]))
                written.setdefault(fold(name), name)
        return table(found, written)

    def foreign(self) -> dict[str, list[list[str]]]:
        """Words of the other languages, the surest source first."""
        found: dict[str, defaultdict[str, list[tuple[tuple[int, ...], int]]]]
        found = {language: defaultdict(list) for language in FOREIGN.values()}
        written: dict[str, dict[str, str]] = {language: {} for language in FOREIGN.values()}
        for row in self.translations:
            language, target = FOREIGN[row["lang"]], self.targets[row["key"]]
            cap = CAPS.get(row["source"], "same")
            relation = capped(self.best(target), cap)
            both = COST[target["image_relation"]] + COST[self.drawn_side(target, cap)[0]]
            # Things before colours: rosa is a flower first.
            colour = row["key"].startswith("c:")
            source = next(place for place, tier in enumerate(TIERS) if row["source"] in tier)
            number = self.number(target, cap)
            for place, word in enumerate(row["words"].split("|")):
                nearness = (COST[relation], min(place, 3), RELATIONS.index(relation), both)
                order = (colour, source, *nearness, KINDS.index(row["key"][0]))
                found[language][fold(word)].append((order, number))
                if place == 0 and row["source"] == "hand":
                    self.common[language].add(fold(word))
                written[language].setdefault(fold(word), word)
        return {
            language: table(
                {word: [number for _, number in sorted(rows)] for word, rows in words.items()},
                written[language],
            )
            for language, words in found.items()
        }

    def best(self, target: Row) -> str:
        """The surer of both sides' relations."""
        sides = (target["image_relation"], self.drawn_side(target, "same")[0])
        return min(sides, key=RELATIONS.index)

    def number(self, row: Row, cap: str = "same") -> int:
        """The number of the sense that a row of synonyms or targets is."""
        keyword, key = cap == "sister", self.colours.get(row["key"], row["key"])
        if row["image_key"] in TOO_WIDE and row["image_relation"] == "near":
            row = {**row, "image_relation": "sister"}
        drawn_relation, drawn, keys = self.drawn_side(row, cap)
        sense = (
            key,
            self.targets[key]["name"],
            "" if keyword else capped(row["image_relation"], cap),
            "" if keyword else row["image_key"],
            drawn_relation,
            drawn,
            ",".join(keys[:MOST_KEYS]),
        )
        return self.senses.setdefault(sense, len(self.senses))

    def drawn_side(self, row: Row, cap: str) -> tuple[str, str, list[str]]:
        """What the drawn encoders make of it: how near, the text for them, the concepts."""
        for network in ("mini", "drawn"):
            relation = row[f"{network}_relation"]
            keys = [key for key in dict.fromkeys(row[f"{network}_keys"].split("|")) if key]
            own = [self.targets[row["key"]]["name"]] if relation in ("same", "group") else []
            texts = [text for key in keys for text in self.texts(key)]
            # Words may all be known and say something else together: an ice bear is no ice.
            sure = [text for text in own if " " not in text or text in texts]
            known = [text for text in [*sure, *texts, *own] if all_learned(text, self.learned)]
            if relation == "group" and len(keys) == 1 and known[:1] != own:
                # One sort stands for no group: a lantern made of a pumpkin is not every lamp.
                relation = "sister"
            if known and (network == "mini" or COST[relation] == 0):
                return capped(relation, cap), known[0], keys
        # Unknown, but its kind tells what to suggest.
        return "", "", [key for key in row["drawn_keys"].split("|") if key]

    def texts(self, key: str) -> list[str]:
        """English texts of a drawn concept, the plainest first."""
        row = self.drawn[key]
        return [*filter(None, row["aliases"].split(";")), row["name"]]

    def phrases(self) -> list[str]:
        """Names that the drawn encoders have learned."""
        rows = [row for row in self.drawn.values() if row["cluster"]]
        names = {name for row in rows for name in [*self.texts(row["key"]), row["phrase"]]}
        return sorted({bag(name) for name in names if all_learned(name, self.learned)})

    def names(self) -> dict[str, list[str]]:
        """Key of a class, group, drawn concept or colour -> its name in every language."""
        keys = [row["wnid"] for row in self.classes] + [row["key"] for row in self.groups]
        labels = {row["wnid"]: row["label"] for row in self.classes}
        labels |= {row["key"]: row["name"] for row in self.groups}
        best: dict[tuple[str, str], tuple[int, str]] = {}
        for row in self.translations:
            place = NAMING.index(row["source"])
            known = best.get((row["key"], FOREIGN[row["lang"]]))
            if known is None or place < known[0]:
                best[row["key"], FOREIGN[row["lang"]]] = (place, row["words"].split("|")[0])
        result = {}
        for key in dict.fromkeys([*keys, *self.drawn]):
            english = labels.get(key) or self.targets[key]["name"]
            result[key] = [
                english,
                *(best.get((key, language), (0, english))[1] for language in LANGUAGES[1:]),
            ]
        return result

    def labels(self, key: str, names: Mapping[str, Sequence[str]]) -> list[str]:
        """A class's label in every language; where two would be the same, with the English one."""
        english, *others = names[key]
        taken = [names[row["wnid"]] for row in self.classes if row["wnid"] != key]
        return [english] + [
            f"{name} ({english})" if any(other[place] == name for other in taken) else name
            for place, name in enumerate(others, 1)
        ]


def table(found: Mapping[str, Sequence[int]], written: Mapping[str, str]) -> list[list[str]]:
    """Rows of a language: word, its senses, and how it is written where that differs."""
    rows = []
    for word in sorted(found):
        numbers = list(dict.fromkeys(found[word]))[:MOST_SENSES]
        form = written[word]
        if word:
            rows.append([word, ",".join(map(str, numbers)), form if form != word else ""])
    return rows


def capped(relation: str, cap: str) -> str:
    """A relation, no surer than the cap."""
    return max(relation, cap, key=RELATIONS.index) if relation else ""


def ranges(*lists: str) -> str:
    """`1,2,7` and `3` -> `1-3,7`; what stands for a group belongs to it, whatever WordNet says."""
    numbers = sorted({int(number) for numbers in lists for number in numbers.split(",")})
    runs = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in ends)


def learned_words(weights: Path) -> list[str]:
    """The words an embedded encoder has learned, from the head of its weight file."""
    with weights.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        about = json.loads(file.read(length))["__metadata__"]
    return sorted(json.loads(about["vocabulary"]))


def read(path: Path) -> list[Row]:
    """A table's rows, by the names in its first line."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def main() -> None:
    """Write the file."""
    MADE.write_bytes(gzip.compress(Maker(Path(sys.argv[1])).make().encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
