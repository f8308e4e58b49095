"""Fetching one file from whichever of its sources works: resumed, and checked while it comes.

What is here so far lies in `NAME.part`; the name itself is given only to the right bytes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import requests
import urllib3

from flexit_engine.errors import DownloadError
from flexit_installer.answers import (
    BeyondEnd,
    CannotContinue,
    ConnectionLost,
    SourceFailed,
    judge,
    words_for,
)
from flexit_installer.files import free_bytes
from flexit_installer.language import _
from flexit_installer.partial import BLOCK, Partial, Wanted, most_bytes
from flexit_installer.progress import Meter, Tell

SLOWEST = 1024
"""Bytes a second below which a server counts as stalled."""
FRUIT = 256 << 10
"""Bytes that an attempt must bring to count as one that went well."""
FRUITLESS = 3
"""Attempts in a row that did not, after which a source is given up."""
ROOM = 100 << 20
"""Bytes to leave free."""
REDIRECTS = 10


@dataclass(frozen=True)
class Patience:
    """How many seconds to wait for what."""

    connect: float = 15.0
    silent: float = 30.0
    """Until something more comes."""
    slow: float = 60.0
    """While less than `SLOWEST` comes."""
    pause: float = 1.0
    """Before the second fruitless attempt; twice that before the third."""


USUAL = Patience()


def download(
    wanted: Wanted, tell: Tell, proxy: str | None = None, patience: Patience = USUAL
) -> None:
    """Fetch a file, going on from what an earlier call has left.

    Args:
        wanted: what, and from where.
        tell: hears of the bytes that come in.
        proxy: URL of a proxy; those of the environment when not given.
        patience: how long to wait.

    Raises:
        DownloadError: no source gives the right bytes, and why each does not; or there is no room.
        InstallError: the disk does not take it.
    """
    failures: dict[str, SourceFailed] = {}
    with requests.Session() as session, Partial(wanted) as partial:
        session.max_redirects = REDIRECTS
        session.headers["Accept-Encoding"] = "identity"
        if proxy:
            session.proxies = {"http": proxy, "https": proxy}
        fetch = _Fetch(wanted, partial, session, patience, tell)
        for source in wanted.sources:
            if (failure := fetch.run(source)) is None:
                return
            failures[source] = failure
        for source in wanted.sources:
            if isinstance(failures[source], CannotContinue):
                if (failure := fetch.run(source, may_restart=True)) is None:
                    return
                failures[source] = failure
    reasons = "; ".join(f"{_host(source)}: {failure}" for source, failure in failures.items())
    raise DownloadError(
        f"{wanted.target.name!r} could not be fetched ({reasons}).",
        "Try again later: what has come stays. Or get it elsewhere and use `flexit models import`.",
    )


class _Fetch:
    """The attempts at one file."""

    def __init__(
        self,
        wanted: Wanted,
        partial: Partial,
        session: requests.Session,
        patience: Patience,
        tell: Tell,
    ) -> None:
        self._wanted = wanted
        self._partial = partial
        self._session = session
        self._patience = patience
        task = _("downloading {name}").format(name=wanted.target.name)
        self._meter = Meter(task, wanted.size, tell, start=partial.size)

    def run(self, source: str, may_restart: bool = False) -> SourceFailed | None:
        """Ask one source until the file is here; returns why it does not give it."""
        fruitless, furthest = 0, self._partial.size
        while fruitless < FRUITLESS:
            time.sleep(self._patience.pause * fruitless)
            failure = self._attempt(source, may_restart)
            if failure is None or isinstance(failure, SourceFailed):
                return failure
            fruitless = 0 if self._partial.size >= furthest + FRUIT else fruitless + 1
            furthest = max(furthest, self._partial.size)
        return SourceFailed(str(failure))

    def _attempt(self, source: str, may_restart: bool) -> SourceFailed | ConnectionLost | None:
        try:
            if not self._partial.is_right:
                self._ask(source, may_restart)
            self._finish()
        except (SourceFailed, ConnectionLost) as failure:
            return failure
        return None

    def _ask(self, source: str, may_restart: bool) -> None:
        """Make one request, and take all that comes of it."""
        headers, timeout = {}, (self._patience.connect, self._patience.silent)
        if self._partial.size:
            headers["Range"] = f"bytes={self._partial.size}-"
            if tag := self._partial.tag_from(source):
                headers["If-Range"] = tag
        try:
            # Given here, they come before those of the environment; as the session's, they do not.
            proxies = {**self._session.proxies}
            with self._session.get(
                source, headers=headers, proxies=proxies, stream=True, timeout=timeout
            ) as response:
                self._receive(response, source, may_restart)
        except BeyondEnd:
            self._partial.discard()
            raise
        except (requests.exceptions.TooManyRedirects, ValueError) as error:
            raise SourceFailed(words_for(error)) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise ConnectionLost(words_for(error)) from None

    def _receive(self, response: requests.Response, source: str, may_restart: bool) -> None:
        start, total = judge(response, self._partial.size, self._wanted.size, may_restart)
        most = most_bytes(self._wanted.target.name) if total is None else total
        if self._wanted.size is None and most > most_bytes(self._wanted.target.name):
            raise SourceFailed(f"it has another file, of {most:,} bytes")
        if start < self._partial.size:
            self._partial.discard()
        if start == 0:
            self._partial.remember(source, _tag(response))
        self._check_room((total or 0) - start)
        self._meter.total = total
        clock, before = time.monotonic(), self._partial.size
        # read1 gives what is there instead of waiting until a block is full
        while block := response.raw.read1(BLOCK):
            self._partial.append(block)
            self._meter.reach(self._partial.size)
            if self._partial.size > most:
                self._partial.discard()
                raise SourceFailed("it sends more bytes than the file has")
            if (elapsed := time.monotonic() - clock) > self._patience.slow:
                if (self._partial.size - before) / elapsed < SLOWEST:
                    raise ConnectionLost("it has all but stopped sending")
                clock, before = time.monotonic(), self._partial.size
        if total is not None and self._partial.size < total:
            raise ConnectionLost(f"it stopped after {self._partial.size:,} of {total:,} bytes")

    def _check_room(self, coming: int) -> None:
        folder = self._wanted.target.parent
        needed, free = coming + ROOM, free_bytes(folder)
        if free < needed:
            raise DownloadError(
                f"{self._wanted.target.name!r} needs {needed / 1e6:,.0f} MB, and there are "
                f"{free / 1e6:,.0f} MB free in {str(folder)!r}.",
                "Make room, or name a folder on another disk with FLEXIT_WEIGHTS.",
            )

    def _finish(self) -> None:
        if not self._partial.is_right:
            was_inherited = self._partial.is_inherited
            self._partial.discard()
            if was_inherited:  # this source may be innocent
                raise ConnectionLost("what was here before was damaged")
            raise SourceFailed("it sends other bytes than the published ones")
        self._meter.reach(self._partial.size, last=True)
        self._partial.finish()


def _tag(response: requests.Response) -> str:
    """By what the server can tell whether its file is still the same; weak tags cannot."""
    tag: str = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return str(response.headers.get("Last-Modified", ""))


def _host(source: str) -> str:
    return str(urllib3.util.parse_url(source).host or source[:40])
