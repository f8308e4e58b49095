"""Whose turn it is: clients go round, and each one's edits keep their order."""

from __future__ import annotations

from flexit_engine.service.job import Job

REMEMBERED = 1000
"""Clients whose last turn is remembered."""


class Turns:
    """The queue of edits."""

    def __init__(self) -> None:
        self._waiting: list[Job] = []
        self._last: dict[str, int] = {}
        """Number of each client's last turn, the most recent at the end."""

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, job: Job) -> bool:
        return job in self._waiting

    def add(self, job: Job) -> None:
        """Queue an edit behind the others of its client."""
        self._waiting.append(job)
        self._waiting.sort(key=lambda other: other.number)

    def remove(self, job: Job) -> None:
        """Take an edit out that is waiting."""
        self._waiting.remove(job)

    def take(self) -> Job | None:
        """The edit whose turn it is, if there is one."""
        order = self.order()
        if not order:
            return None
        job = order[0]
        self._waiting.remove(job)
        self._note(self._last, job)
        while len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]
        return job

    def order(self) -> list[Job]:
        """All that wait, in the order of their turns as far as is known now."""
        last, waiting, order = dict(self._last), list(self._waiting), []
        while waiting:
            job = min(waiting, key=lambda other: last.get(other.edit.client, 0))
            waiting.remove(job)
            self._note(last, job)
            order.append(job)
        return order

    @staticmethod
    def _note(last: dict[str, int], job: Job) -> None:
        turn = 1 + max(last.values(), default=0)
        last.pop(job.edit.client, None)
        last[job.edit.client] = turn
