"""`python -m flexit_engine.worker DEVICE`: started by the service, not by hand."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
from pathlib import Path

from flexit_engine import __version__
from flexit_engine.threads import share_cores
from flexit_engine.worker.channel import Channel
from flexit_engine.worker.messages import BrokenReport, ReadyReport
from flexit_engine.worker.reasons import reason_of

OOM_FILE = Path("/proc/self/oom_score_adj")
OOM_SCORE = 800
"""Of 1000; programs of a desktop have 0 to 200."""

LOG = logging.getLogger(__name__)


def main(device: str) -> None:
    """Serve one device until it fails, or until the service goes."""
    logging.basicConfig(format="%(name)s: %(message)s")
    faulthandler.enable()  # a crash of a library's says where, too
    channel = Channel()
    try:
        _serve(channel, device)
    except BaseException as error:
        LOG.critical("the worker cannot go on", exc_info=error)
        channel.report(BrokenReport(reason=reason_of(error)))
    finally:
        # Not a plain return: torch's threads may hang in a lost device's context, and Python aborts
        # where the thread that reads orders holds stdin.
        os._exit(1)


def _serve(channel: Channel, device: str) -> None:
    channel.report(ReadyReport(version=__version__))
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)  # whoever paints meanwhile goes first
    _go_first()
    share_cores()
    from flexit_engine.worker.duty import Worker

    Worker(channel, device).serve()


def _go_first() -> None:
    """Have Linux end this process rather than an editor with unsaved work, if memory runs out."""
    with contextlib.suppress(OSError):
        score = max(OOM_SCORE, int(OOM_FILE.read_text()))
        OOM_FILE.write_text(str(score))


if __name__ == "__main__":
    main(sys.argv[1])
