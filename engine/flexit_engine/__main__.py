"""`python -m flexit_engine` is the `flexit` command."""

import os
import sys

from flexit_engine.cli import main

for stream in ("stdout", "stderr"):
    if getattr(sys, stream) is None:  # as under pythonw.exe, which has no console
        setattr(sys, stream, open(os.devnull, "w"))  # noqa: SIM115 -- until the end

sys.exit(main())
