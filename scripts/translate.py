"""Bring the translations up to date: `python scripts/translate.py`.

The plug-ins' are in `plugin/flexit/locale/*/LC_MESSAGES/flexit.po`, those of the installer's window
in `installer/flexit_installer/locale`. New texts appear there empty, those that are gone leave:
fill them in, and run it again: it writes the `.mo` files that are read.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PACKAGES = (ROOT / "plugin" / "flexit", ROOT / "installer" / "flexit_installer")
KEYWORDS = {"_": None, "counted": (1, 2)}


def template(package: Path) -> Catalog:
    """All texts of a package that users read."""
    catalog = Catalog(project="FlexIT", charset="utf-8")
    for _, _, text, _, _ in extract_from_dir(str(package), keywords=KEYWORDS):
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
    for package in PACKAGES:
        texts = template(package)
        for path in sorted(package.glob("locale/*/LC_MESSAGES/*.po")):
            catalog = update(path, texts)
            missing = [message.id for message in catalog if message.id and not message.string]
            said = f"{path.stem}, {path.parts[-3]}: {len(missing)} missing"
            print(said, *missing, sep="\n    ")  # noqa: T201


if __name__ == "__main__":
    main()
