"""`python -m flexit_engine` is the `flexit` command."""

import sys

from flexit_engine.cli import main

sys.exit(main())
