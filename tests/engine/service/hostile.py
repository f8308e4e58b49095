"""Requests that nobody should send: endless kinds of them, the same ones for the same seed.

Each kind takes a source of chance and the token, and gives a request that the engine has to answer,
or one that is cut off (`cut_…`) and needs no answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from .wire import BOUNDARY, CRLF, MULTIPART, part, posted, request

Kind = Callable[[Random, str], bytes]
PATHS = (
    b"/v1/edits",
    b"/v1/edits/0b5c",
    b"/v1/edits/0b5c/events",
    b"/v1/edits/0b5c/result?step=1",
    b"/v1/ready",
    b"/v1/profiles",
    b"/metrics",
    b"/v1/openapi.json",
    b"/v1/shutdown",
    b"/v1/unload",
    b"/",
)
METHODS = (b"GET", b"POST", b"DELETE", b"PUT", b"PATCH", b"HEAD", b"OPTIONS", b"TRACE", b"PROPFIND")
NUMBERS = (-1, 0, 1, 2**31, 2**63, 2**64, 10**30, 1e308, -1e308, 0.1)


class Attempt(NamedTuple):
    """One hostile request."""

    kind: str
    content: bytes
    answered: bool
    """Whether it is whole, so that the engine owes an answer."""
    trusted: bool
    """Whether it carries the token."""


def attempts(seed: int, count: int, token: str) -> Iterator[Attempt]:
    """So many hostile requests, all kinds in turn."""
    chance = Random(seed)  # noqa: S311 -- to be repeatable
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        name = kind.__name__
        content = kind(chance, token)
        yield Attempt(name, content, not name.startswith("cut_"), token.encode() in content)


def letters(chance: Random, most: int = 40) -> bytes:
    return bytes(chance.choices(range(33, 127), k=chance.randint(1, most)))


def call(chance: Random) -> bytes:
    return chance.choice(METHODS[:3]) + b" " + chance.choice(PATHS) + b" HTTP/1.1"


def wrong_token(chance: Random, token: str) -> bytes:
    damaged = chance.choice([token[:-1], token.swapcase(), token[1:], "", "é" * 20, "0" * 4000])
    scheme = chance.choice(["Bearer", "bearer", "Basic", "Token", ""])
    return request(call(chance), f"Authorization: {scheme} {damaged}".encode())


def no_token(chance: Random, token: str) -> bytes:
    return request(call(chance), b"Cookie: token=" + token.encode()[::-1])


def foreign_host(chance: Random, _token: str) -> bytes:
    host = chance.choice(
        [b"evil.example", b"127.0.0.1.evil.example", b"localhost:1@evil.example", b"127.0.0.1:x"]
    )
    return request(call(chance), host=host)


def two_hosts(chance: Random, _token: str) -> bytes:
    return request(call(chance), b"Host: evil.example")


def origin(chance: Random, token: str) -> bytes:
    where = chance.choice([b"null", b"http://127.0.0.1", b"https://evil.example", b"file://", b""])
    return request(call(chance), b"Origin: " + where, token=token)


def websocket(chance: Random, _token: str) -> bytes:
    headers = [b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: eDEyMw=="]
    head = request(b"GET " + chance.choice(PATHS) + b" HTTP/1.1", *headers)
    return head.replace(b"Connection: close", b"Connection: close, Upgrade")


def garbage(chance: Random, _token: str) -> bytes:
    return chance.randbytes(chance.randint(20, 2000)) + CRLF * 2


def another_protocol(chance: Random, _token: str) -> bytes:
    tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(50)
    http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    return chance.choice([tls, http2, b"SSH-2.0-OpenSSH\r\n\r\n", b"*1\r\n$4\r\nPING\r\n"])


def odd_version(chance: Random, _token: str) -> bytes:
    version = chance.choice([b"", b" HTTP/0.9", b" HTTP/3.0", b" HTTP/1.10", b" ICY/1.0", b" http"])
    return b"GET " + chance.choice(PATHS) + version + CRLF * 2


def odd_method(chance: Random, token: str) -> bytes:
    return request(chance.choice(METHODS[3:]) + b" " + chance.choice(PATHS) + b" HTTP/1.1",
                   b"Content-Length: 0", token=token)  # fmt: skip


def odd_path(chance: Random, token: str) -> bytes:
    path = chance.choice(
        [b"/v1/edits/%00", b"/v1/edits/%ff%fe", b"/v1/edits/../../etc/passwd", b"//evil.example/",
         b"/v1/edits/" + b"x" * 5000, b"http://evil.example/v1/ready", b"*", b"/\x7f",
         b"/v1/edits/%2e%2e%2f%2e%2e%2fengine.json", b"/v1/edits?client=%ed%a0%80",
         b"/v1/edits/0/result?step=%b" % str(chance.choice(NUMBERS)).encode(),
         b"/v1/edits?client=" + b"a" * 65]
    )  # fmt: skip
    return request(b"GET " + path + b" HTTP/1.1", token=token)


def injection(chance: Random, token: str) -> bytes:
    ending = chance.choice([b"\0", b"\n", b"\r", b"\r\n\0", b"\r\n ", b"\x0b", b"\n\n"])
    return request(call(chance) + ending, b"X-" + letters(chance, 8) + b": a" + ending + b"b",
                   token=token)  # fmt: skip


def header_flood(chance: Random, _token: str) -> bytes:
    flood = [b"X-%d: %s" % (n, letters(chance)) for n in range(chance.randint(100, 1000))]
    return request(call(chance), *flood)


def long_header(chance: Random, _token: str) -> bytes:
    return request(call(chance), b"X-Long: " + b"a" * chance.choice([9_000, 40_000, 60_000]))


def two_lengths(chance: Random, token: str) -> bytes:
    lengths = [b"Content-Length: %d" % chance.randint(0, 99) for _ in range(2)]
    return request(b"POST /v1/edits HTTP/1.1", *lengths, token=token, body=smuggled(token))


def length_and_chunks(chance: Random, token: str) -> bytes:
    coding = chance.choice([b"chunked", b"Chunked", b" chunked", b"identity, chunked", b"xchunked"])
    headers = [b"Content-Length: 4", b"Transfer-Encoding: " + coding]
    chance.shuffle(headers)
    body = b"0" + CRLF * 2 + smuggled(token)
    return request(b"POST /v1/edits/0b5c/continue HTTP/1.1", *headers, token=token, body=body)


def smuggled(token: str) -> bytes:
    """A second request hidden behind the first."""
    return request(b"POST /v1/shutdown HTTP/1.1", b"Content-Length: 0", token=token[::-1])


def odd_length(chance: Random, token: str) -> bytes:
    length = chance.choice([b"-1", b"+5", b"1e3", b"0x10", b"5, 5", b"\xb2", b"9" * 30, b"", b"a"])
    return request(b"POST /v1/edits HTTP/1.1", b"Content-Length: " + length, token=token)


def no_length(chance: Random, token: str) -> bytes:
    content = part(b"request", letters(chance))
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    return request(b"POST /v1/edits HTTP/1.1", b"Transfer-Encoding: chunked",
                   b"Content-Type: " + MULTIPART, token=token, body=body)  # fmt: skip


def oversized(chance: Random, token: str) -> bytes:
    size = chance.choice([10**10, 2**40, 10**17])
    return posted(token, part(b"request", b"{}"), length=size)


def odd_chunks(chance: Random, token: str) -> bytes:
    chunk = chance.choice(
        [b"ffffffffffffffffff\r\n", b"-5\r\nhello\r\n", b"zz\r\n\r\n", b"5\nhello\n"]
    )
    return request(b"POST /v1/edits/0b5c/continue HTTP/1.1", b"Transfer-Encoding: chunked",
                   token=token, body=chunk + CRLF * 2)  # fmt: skip


def wrong_type(chance: Random, token: str) -> bytes:
    kind = chance.choice(
        [b"application/json", b"text/plain", b"multipart/form-data", b"multipart/mixed; boundary=a",
         b"multipart/form-data; boundary=" + b"b" * 71, b"multipart/form-data; boundary=\xff",
         b"application/x-www-form-urlencoded", letters(chance)]
    )  # fmt: skip
    return request(b"POST /v1/edits HTTP/1.1", b"Content-Type: " + kind, b"Content-Length: 2",
                   token=token, body=b"{}")  # fmt: skip


def odd_parts(chance: Random, token: str) -> bytes:
    names = [b"request", b"image", b"mask", b"../image", b"", b"\0", b"engine.json", b"request"]
    return posted(token, *(part(chance.choice(names), letters(chance)) for _ in range(4)))


def damaged_parts(chance: Random, token: str) -> bytes:
    body = bytearray(part(b"request", b"{}") + part(b"image", letters(chance)))
    for _ in range(chance.randint(1, 5)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return posted(token, bytes(body))


def part_header_flood(chance: Random, token: str) -> bytes:
    flood = b"".join(b"X-%d: a\r\n" % n for n in range(chance.choice([5, 50, 5000])))
    flood = chance.choice([flood, b"X: " + b"a" * 10_000 + CRLF])
    return posted(token, b"--" + BOUNDARY + CRLF + flood + CRLF + b"a" + CRLF)


def deep_json(chance: Random, token: str) -> bytes:
    depth = chance.choice([100, 10_000, 200_000])
    deep = chance.choice([b"[" * depth, b'{"a":' * depth, b"[" * depth + b"]" * depth])
    return posted(token, part(b"request", deep), part(b"image", b"a"))


def deep_continue(chance: Random, token: str) -> bytes:
    body = b'{"steps":' + b"[" * chance.choice([100, 10_000, 60_000])
    return request(b"POST /v1/edits/0b5c/continue HTTP/1.1", b"Content-Length: %d" % len(body),
                   b"Content-Type: application/json", token=token, body=body)  # fmt: skip


def long_continue(chance: Random, token: str) -> bytes:
    body = b'{"steps": 1' + b" " * chance.choice([70_000, 1_000_000]) + b"}"
    return request(b"POST /v1/edits/0b5c/continue HTTP/1.1", b"Content-Length: %d" % len(body),
                   token=token, body=body)  # fmt: skip


def wrong_fields(chance: Random, token: str) -> bytes:
    fields = ["target", "source", "profile", "preset", "strength", "settings", "image", "mask",
              "result", "names", "on_disconnect", "keep_alive", "client", "__class__"]  # fmt: skip
    values = [None, True, [], {}, "\0", "\ud800", "a" * 5000, "../../etc/passwd", *NUMBERS,
              {"width": 10**9, "height": 10**9, "channels": "RGBA"}, {"steps": "∞"}]  # fmt: skip
    wrong = {chance.choice(fields): chance.choice(values) for _ in range(3)}
    # Every one of them is refused: there is no such picture.
    wanted = json.dumps({"target": "dog", **wrong, "image": {"width": 0}}).encode()
    return posted(token, part(b"request", wanted), part(b"image", letters(chance)))


def odd_settings(chance: Random, token: str) -> bytes:
    names = ["steps", "seed", "augmentations", "resolution", "learning_rate", "context", "space",
             "mask_composition", "__init__", "image_weight"]  # fmt: skip
    settings = {chance.choice(names): chance.choice([*NUMBERS, "a", [], {}]) for _ in range(3)}
    wanted = {"target": "dog", "settings": {**settings, "steps": -1}}
    return posted(token, part(b"request", json.dumps(wanted).encode()), part(b"image", b"a"))


def not_json(chance: Random, token: str) -> bytes:
    text = chance.choice(
        [b"\xff\xfe{}", b"{" + chance.randbytes(100), b"NaN", b'{"target": "\\ud800"}', b"null",
         b'{"target": "dog", "strength": 1' + b"0" * 5000 + b"}", b'{"keep_alive": Infinity}']
    )  # fmt: skip
    return posted(token, part(b"request", text), part(b"image", b"a"))


def lying_pixels(chance: Random, token: str) -> bytes:
    side = chance.choice([2, 100, 16_384])
    layout = {"width": side, "height": side, "channels": "RGBA", "depth": "float32"}
    wanted = json.dumps({"target": "dog", "image": layout}).encode()
    return posted(token, part(b"request", wanted), part(b"image", letters(chance)))


def pipelined(chance: Random, _token: str) -> bytes:
    line = b"GET " + chance.choice(PATHS) + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    return line * chance.choice([2, 50, 1000])


def cut_head(chance: Random, token: str) -> bytes:
    whole = request(call(chance), b"X-Word: " + letters(chance), token=token)
    return whole[: chance.randrange(1, len(whole) - 2)]


def cut_body(chance: Random, token: str) -> bytes:
    wanted = part(b"request", b'{"target": "dog"}') + part(b"image", letters(chance) * 100)
    whole = posted(token, wanted, length=10_000_000)
    return whole[: chance.randrange(len(whole) - 500, len(whole))]


def cut_chunks(chance: Random, token: str) -> bytes:
    head = request(
        b"POST /v1/edits/0b5c/continue HTTP/1.1", b"Transfer-Encoding: chunked", token=token
    )
    return head + b"ffff\r\n" + letters(chance)


KINDS: tuple[Kind, ...] = (
    wrong_token, no_token, foreign_host, two_hosts, origin, websocket, garbage, another_protocol,
    odd_version, odd_method, odd_path, injection, header_flood, long_header, two_lengths,
    length_and_chunks, odd_length, no_length, oversized, odd_chunks, wrong_type, odd_parts,
    damaged_parts, part_header_flood, deep_json, deep_continue, long_continue, wrong_fields,
    odd_settings, not_json, lying_pixels, pipelined, cut_head, cut_body, cut_chunks,
)  # fmt: skip
