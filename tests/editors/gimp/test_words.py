"""What users read: in their language, with keys to reach it, and a page that explains it."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import flexit
from tests.editors.engines import FakeEngine

from .host import Gimp

PLUGIN = Path(flexit.__file__).parent
HELP = PLUGIN / "gimp" / "help" / "en"
NAMES = {"plug-in-flexit-edit", "plug-in-flexit-repeat", "plug-in-flexit-recall"}


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gimp]:
    home = tmp_path_factory.mktemp("german")
    with Gimp(home, home / "data", LANG="de_DE.UTF-8") as gimp:
        yield gimp


@pytest.fixture(scope="module")
def translated() -> gettext.GNUTranslations:
    return gettext.translation("flexit", str(PLUGIN / "locale"), ["de"])


def test_20_menus_fields_and_errors_speak_the_language_of_gimp(
    german: Gimp, translated: gettext.GNUTranslations
) -> None:
    _ = translated.gettext
    label = german("procedure_facts")["label"]
    assert label == _("FlexIT: edit by _text…") != "FlexIT: edit by _text…"
    tip = german("arguments")[3][-1]
    assert tip == _("A word or two for what it should show instead.") != tip.upper()
    made = german("image")
    words = german("edit", image=made["image"], layers=[])["words"]
    assert words.startswith(_("No layer is selected."))
    assert not words.startswith("No layer")
    with FakeEngine(german.home / "data") as engine:
        engine.failure = {"code": "out_of_memory", "message": "Full.", "hint": "", "log": ""}
        words = german("edit", image=made["image"], layers=[made["layer"]])["words"]
    assert words.startswith(_("There is too little memory for this edit."))


@pytest.mark.parametrize(
    ("labels", "taken", "expected"),
    [
        (["What is there", "What it does"], [], ["_What is there", "What _it does"]),
        (["Seed", "Steps"], ["_Save"], ["S_eed", "S_teps"]),
        (["ab", "a"], [], ["a_b", "_a"]),  # the first makes room
        (["abc", "ab", "a"], ["_x"], ["ab_c", "a_b", "_a"]),
        (["Ä", "Öl"], ["_L"], ["Ä(_0)", "Öl"]),  # none is left
        (["a_b"], ["_A"], ["a___b"]),
        (["Edit"], ["Undo __E"], ["_Edit"]),
        (["編集", "強さ"], ["_A"], ["編集(_0)", "強さ(_1)"]),
    ],
)
def test_20_no_two_labels_have_the_same_letter(
    gimp: Gimp, labels: list[str], taken: list[str], expected: list[str]
) -> None:
    named = {str(number): label for number, label in enumerate(labels)}
    assert list(gimp("with_letters", labels=named, taken=taken).values()) == expected


def test_20_every_procedure_has_a_page_of_help(gimp: Gimp) -> None:
    items = ElementTree.parse(HELP / "gimp-help.xml").getroot()  # noqa: S314 -- our own
    pages = {item.get("id"): item.get("ref") for item in items}
    assert set(pages) == NAMES
    assert all((HELP / str(page)).is_file() for page in pages.values())
    for name in NAMES:
        assert gimp("procedure_facts", name=name)["help"] == f"flexit?{name}"


class Words(HTMLParser):
    """The text of a page, and its tags that were opened and not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.open = "", list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_20_the_help_names_every_setting_as_the_dialog_does() -> None:
    from flexit.model.words import labels

    page = Words((HELP / "index.html").read_text())
    assert page.open == []
    assert [label for label in labels().values() if label not in page.words] == []
