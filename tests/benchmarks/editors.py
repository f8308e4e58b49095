"""How long an editor does not answer its user during an edit of a very large picture."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.editors.display import Display
from tests.editors.krita.host import Krita
from tests.editors.krita.stalls import edit_large, seconds_to_add_nothing
from tests.editors.krita.watched import WatchedEngine

TRIES = 3
"""Other programs of the machine lengthen pauses, but not the same ones each time."""


def krita() -> dict[str, Any]:
    """The longest pauses of Krita's GUI thread by stage; a tenth of a second is to be noticed."""
    with tempfile.TemporaryDirectory() as folder, Display() as display:
        data, home = (Path(folder) / name for name in ("data", "home"))
        for each in (data, home):
            each.mkdir()
        with WatchedEngine(data), Krita(home, display, {"FLEXIT_DATA": str(data)}) as editor:
            tries = [edit_large(editor)["worst"] for _ in range(TRIES)]
            empty = seconds_to_add_nothing(editor)
    stages = set.intersection(*(set(each) for each in tries))
    worst = {stage: min(each[stage] for each in tries) for stage in sorted(stages)}
    return {"seconds away": worst, "adding over Krita's own": worst["adding"] / empty}
