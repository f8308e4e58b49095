"""What holds for all tests, before any of them imports torch."""

from __future__ import annotations

import os

# Otherwise MKL adds up in an order that depends on where in memory an array happens to lie, which
# three steps of an edit make visible: the parity tests then pass or fail by what ran before them.
os.environ.setdefault("MKL_CBWR", "COMPATIBLE")
