"""How long to wait for an engine that keeps silent, in seconds."""

from __future__ import annotations

PATIENCE = 10.0
"""An engine under load answers within this."""
LONG_PATIENCE = 60.0
"""The same where it has to read or make a large picture."""
STREAM_PATIENCE = 45.0
"""An open stream of events is never silent for longer than 15 seconds."""
