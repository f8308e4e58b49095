"""What a result's layer is called."""

from __future__ import annotations

LONGEST = 60
"""Characters."""


def layer_name(source: str, target: str, seed: int) -> str:
    """A name such as `cat → dog #7`: the texts and the seed, on one line.

    Args:
        source: what was there; may be empty.
        target: what it became.
        seed: tells apart what the same texts made.
    """
    number = f" #{seed}"
    texts = [clean for clean in (_clean(source), _clean(target)) if clean]
    room = LONGEST - len(number) - len(" → ") * (len(texts) - 1)
    if sum(map(len, texts)) > room:
        texts = [_cut(text, room // len(texts)) for text in texts]
    return " → ".join(texts) + number


def _clean(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
