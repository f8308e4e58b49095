"""What can go wrong between client and engine, in words."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, IncompleteRead

from .discovery import Address
from .errors import BadAnswer, Died, Silent


class Faults:
    """Says what sockets and `http.client` raise in words of the tree.

    Args:
        address: of the engine.
        timeout: seconds of silence that are allowed.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self._log = address.log
        self._timeout = timeout

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Translate in the block.

        Raises:
            Died: nothing listens at the address.
            Silent: the engine does not answer in time, or breaks off.
            BadAnswer: what comes is not HTTP.
        """
        try:
            yield
        except (ConnectionRefusedError, FileNotFoundError):
            raise Died(
                "The engine is not running any more.",
                "Start it again; its log may say why it ended.",
                self._log,
            ) from None
        except socket.timeout:
            raise Silent(
                f"The engine has not answered for {self._timeout:g} seconds.",
                "Try again; if it stays like that, run `flexit stop` and `flexit start`.",
                self._log,
            ) from None
        except (OSError, IncompleteRead):
            raise self.broken_off() from None
        except (HTTPException, ValueError):
            raise self.bad_answer("is not HTTP as it should be") from None

    def broken_off(self) -> Silent:
        """The answer ends before its end."""
        return Silent("The connection to the engine broke off.", "Try again.", self._log)

    def bad_answer(self, what: str) -> BadAnswer:
        """The answer is not what it should be.

        Args:
            what: the rest of the sentence that begins “The answer of the engine”.
        """
        return BadAnswer(
            f"The answer of the engine {what}.",
            "Update the plug-in and the engine, and run `flexit stop`.",
            self._log,
        )
