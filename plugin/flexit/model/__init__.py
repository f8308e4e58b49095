"""What both plug-ins know of an edit, whatever the editor: choices, runs, results, words.

    choices = Choices(target="dog", source="cat", variants=2)
    region = seen_region(selection, canvas, choices.context)
    layout = PixelFormat(region.width, region.height, "BGRA")
    requests = requests_of(choices, layout, masked=True, client="krita")
    run = Run(new_edits(requests, pixels, mask), listener, dispatch).start()

Imports no editor. All of it but the threads of `Run`, `Amount` and `Networks` belongs to the GUI
thread.
"""

from .amount import Amount
from .choices import Choices, requests_of
from .diagnostics import diagnostics
from .history import History
from .language import _, use_language
from .listener import Listener, Preview, Result, RunProgress
from .naming import layer_name
from .networks import Networks
from .recipe import Recipe
from .region import Region, seen_region
from .run import Run, Task, more_steps, new_edits

__all__ = [
    "Amount",
    "Choices",
    "History",
    "Listener",
    "Networks",
    "Preview",
    "Recipe",
    "Region",
    "Result",
    "Run",
    "RunProgress",
    "Task",
    "_",
    "diagnostics",
    "layer_name",
    "more_steps",
    "new_edits",
    "requests_of",
    "seen_region",
    "use_language",
]
