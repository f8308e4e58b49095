"""What a server's answer is worth: nothing of it is believed that can be checked."""

from __future__ import annotations

import re

import requests
import urllib3

OK, PARTIAL, BEYOND_END, TOO_MANY, SERVER_ERROR = 200, 206, 416, 429, 500
WEB_PAGES = ("text/html", "application/xhtml+xml")


class SourceFailed(Exception):
    """This source will not do; another one may."""


class CannotContinue(SourceFailed):
    """This source sends a file only from its start."""


class ConnectionLost(Exception):
    """What came until now is good; asking again may bring the rest."""


class BeyondEnd(ConnectionLost):
    """The file ends before the bytes that were asked for."""


def judge(
    response: requests.Response, start: int, size: int | None, may_restart: bool
) -> tuple[int, int | None]:
    """Where the bytes of an answer belong, and how many the file has in all, if that is known.

    Args:
        response: the answer, of which only the head was read.
        start: the first byte that was asked for.
        size: bytes of the file, if known.
        may_restart: whether the whole file is welcome where only the rest was asked for.

    Raises:
        SourceFailed: these are not the bytes that were asked for.
        ConnectionLost: they may be at the next attempt.
    """
    _refuse_other_answers(response, start)
    if response.status_code == PARTIAL:
        begin, total = _content_range(response)
        if begin != start:
            raise SourceFailed("it continues elsewhere than it was asked to")
    else:
        begin, total = 0, _length(response)
    if size is not None and total is not None and size != total:
        raise SourceFailed(f"it has another file, of {total:,} bytes instead of {size:,}")
    if begin < start and not may_restart:
        raise CannotContinue("it cannot go on from what is here")
    return begin, size if total is None else total


def words_for(error: Exception) -> str:
    """What an error of the network means, without the library's wrapping."""
    if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        return "the proxy speaks SOCKS, for which PySocks is missing: `pip install PySocks`"
    known: list[tuple[type[Exception], str]] = [
        (requests.exceptions.TooManyRedirects, "it redirects in a circle"),
        (requests.exceptions.ProxyError, "the proxy does not answer"),
        (requests.exceptions.SSLError, "its certificate is not trusted"),
        (requests.exceptions.ConnectTimeout, "it does not answer"),
        (requests.exceptions.ReadTimeout, "it has stopped sending"),
        (urllib3.exceptions.ReadTimeoutError, "it has stopped sending"),
        (urllib3.exceptions.ProtocolError, "it broke the connection"),
        (requests.exceptions.ConnectionError, "it cannot be reached"),
    ]
    return next((words for kind, words in known if isinstance(error, kind)), str(error)[:100])


def _refuse_other_answers(response: requests.Response, start: int) -> None:
    status, kind = response.status_code, response.headers.get("Content-Type", "")
    if status == BEYOND_END and start:
        raise BeyondEnd("it has fewer bytes than are here")
    if status not in (OK, PARTIAL):
        is_final = status < SERVER_ERROR and status != TOO_MANY
        failure = SourceFailed if is_final else ConnectionLost
        raise failure(f"it answers {status} {response.reason or ''}".rstrip())
    if kind.partition(";")[0].strip().lower() in WEB_PAGES:
        raise SourceFailed("it sends a web page: the link is dead")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise SourceFailed("it sends it compressed, which was not asked for")


def _content_range(response: requests.Response) -> tuple[int, int | None]:
    text = response.headers.get("Content-Range", "").strip()
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", text)
    if found is None:
        raise SourceFailed("it does not say which part of the file it sends")
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None
