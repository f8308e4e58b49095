"""A home for Krita, with the plug-in imported and enabled."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from flexit_installer.package import package

HERE = Path(__file__).parent
IMPORTER = Path("/usr/share/krita/pykrita/plugin_importer/plugin_importer.py")
RESOURCES = Path(".local", "share", "krita")


def make_home(home: Path, language: str, made: Path | None) -> None:
    """Fill an empty folder.

    Args:
        home: the folder.
        language: of Krita; empty: the system's.
        made: resources that a Krita made before; None: it makes them anew.
    """
    resources = home / RESOURCES
    if made is not None:
        shutil.copytree(made, resources, ignore=shutil.ignore_patterns("pykrita", "actions"))
    (resources / "pykrita").mkdir(parents=True)
    # Where Krita runs in a folder of its own, it sees nothing of the project.
    shutil.copytree(HERE / "inside", home / "inside")
    shutil.copytree(HERE / "driver", resources / "pykrita", dirs_exist_ok=True)
    install_plugin(resources)
    config = home / ".config"
    config.mkdir()
    (config / "kritarc").write_text(
        "[python]\nenable_flexit_krita=true\nenable_flexit_driver=true\n"
    )
    if language:
        (config / "klanguageoverridesrc").write_text(f"[Language]\nkrita={language}\n")


def install_plugin(resources: Path) -> None:
    """Import the package that users get, by Krita's own importer."""
    with tempfile.TemporaryDirectory() as folder:
        archive = package("krita", Path(folder))
        words = [sys.executable, "-W", "ignore", str(IMPORTER), str(archive), str(resources)]
        subprocess.run(words, check=True, capture_output=True, timeout=30)
