"""Which pages there are, and how one gets from one to another."""

from __future__ import annotations

from enum import IntEnum


class Page(IntEnum):
    """The pages by number; each but the first and the last ones leads to the next."""

    FOUND = 0
    CHOOSING = 1
    WORKING = 2
    TRYING = 3
    LEAVING = 4
    """Instead of `CHOOSING`, where FlexIT is to go."""
    GONE = 5


LAST = -1
"""What `QWizardPage.nextId` says where nothing follows."""
