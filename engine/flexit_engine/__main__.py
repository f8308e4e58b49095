"""`python -m flexit_engine` is the `flexit` command."""

import os
import sys

is_safe = sys.flags.isolated or getattr(sys.flags, "safe_path", False)
if not is_safe and sys.path[0] != os.path.dirname(os.path.dirname(__file__)):
    # The folder in which somebody has typed `python -m flexit_engine`: what is there is not ours.
    del sys.path[0]

from flexit_engine.cli import main  # noqa: E402 -- not before

sys.exit(main())
