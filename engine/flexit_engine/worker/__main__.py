"""`python -m flexit_engine.worker DEVICE`: started by the service, not by hand."""

from __future__ import annotations

import contextlib
import logging
import os
import sys

from flexit_engine.threads import share_cores
from flexit_engine.worker.channel import Channel
from flexit_engine.worker.messages import ReadyReport


def main(device: str) -> None:
    """Serve one device until it fails, or until the service goes."""
    logging.basicConfig(format="%(name)s: %(message)s")
    channel = Channel()
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)  # whoever paints meanwhile goes first
    share_cores()
    from flexit_engine.worker.duty import Worker

    channel.report(ReadyReport())
    Worker(channel, device).serve()
    # Not a plain return: torch's threads may hang in a lost device's context.
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
