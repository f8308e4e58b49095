"""Bring the plug-ins' translations up to date: `python scripts/translate.py`.

New texts appear empty in `plugin/flexit/locale/*/LC_MESSAGES/flexit.po`, those that are gone leave;
fill them in, and run it again: it writes the `.mo` files that the plug-ins read.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PLUGIN = Path(__file__).parent.parent / "plugin" / "flexit"
KEYWORDS = {"_": None, "counted": (1, 2)}


def template() -> Catalog:
    """All texts of the plug-ins that users read."""
    catalog = Catalog(project="FlexIT", charset="utf-8")
    for _, _, text, _, _ in extract_from_dir(str(PLUGIN), keywords=KEYWORDS):
        catalog.add(text)
    return catalog


def update(path: Path, texts: Catalog) -> Catalog:
    """Bring one `.po` file up to date, and write its `.mo`."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parts[-3])
    catalog.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, omit_header=False, no_location=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    return catalog


def main() -> None:
    """Update all, and say what is missing."""
    texts = template()
    for path in sorted(PLUGIN.glob("locale/*/LC_MESSAGES/flexit.po")):
        catalog = update(path, texts)
        missing = [message.id for message in catalog if message.id and not message.string]
        print(f"{path.parts[-3]}: {len(missing)} missing", *missing, sep="\n    ")  # noqa: T201


if __name__ == "__main__":
    main()
