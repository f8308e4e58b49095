"""How orders reach the worker and reports leave it."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from typing import BinaryIO

from pydantic import BaseModel, ValidationError

from flexit_engine.worker.messages import (
    NOT_UNDERSTOOD,
    ORDERS,
    CancelOrder,
    EditOrder,
    Order,
)

LOG = logging.getLogger(__name__)


class Channel:
    """Orders from stdin, read by a thread of its own; reports to what was stdout.

    Whatever a library prints goes to stderr, and never between the reports. When stdin ends, the
    service is gone: the process ends at once, in the middle of whatever it does. So it does where
    an order cannot be read: whoever gave it would wait for ever.
    """

    def __init__(self) -> None:
        self._reports = _take_stdout()
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    def report(self, report: BaseModel) -> None:
        """Tell the service."""
        self._reports.write(report.model_dump_json().encode() + b"\n")

    def next(self) -> Order:
        """The next order, waited for."""
        return self._orders.get()

    def waiting(self) -> list[Order]:
        """The orders that have come meanwhile."""
        orders = []
        while not self._orders.empty():
            orders.append(self._orders.get())
        return orders

    def is_cancelled(self, edit_id: str) -> bool:
        """Whether an edit is to be stopped."""
        return edit_id in self._cancelled

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            try:
                order = ORDERS.validate_json(line)
            except ValidationError as error:
                # Where and how, but not what: the texts of a query are nobody's business.
                wrong = [(each["loc"], each["type"]) for each in error.errors()]
                LOG.critical("an order cannot be read: %s", wrong[:3])
                os._exit(NOT_UNDERSTOOD)
            # At once, also while another order is being carried out.
            if isinstance(order, CancelOrder):
                self._cancelled.add(order.id)
                continue
            if isinstance(order, EditOrder):
                # A cancel that came too late for the edit is not meant for its going on.
                self._cancelled.discard(order.id)
            self._orders.put(order)
        os._exit(0)


def _take_stdout() -> BinaryIO:
    sys.stdout.flush()
    reports = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return reports
