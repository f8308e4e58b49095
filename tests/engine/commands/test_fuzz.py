"""10,000 nonsensical calls: a sentence each, no traceback, no hang, no input overwritten."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import sys
from functools import cache
from pathlib import Path
from random import Random

import pytest

from flexit_engine.canvas import read_picture, read_texts, write_picture
from flexit_engine.cli import EXIT_CODES, main
from flexit_engine.recipe import KEY

from .conftest import Flexit, draw
from .mutations import SMALL, damaged, picture, settings, text

CALLS = 10_000
SECONDS_PER_CALL = 120
"""Far more than any call takes, even on a busy machine; the process is ended after them."""
UNEXPECTED = 1


def test_nonsense_gets_a_sentence_and_loses_nothing(
    tiny: Flexit,  # noqa: ARG001
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The watchdog needs the real stderr.
    codes: dict[int, int] = {}
    with capsys.disabled():
        for seed in range(CALLS):
            code = nonsense(Random(seed), tmp_path)  # noqa: S311
            codes[code] = codes.get(code, 0) + 1
    # All kinds of outcome were met, and a good part of the calls went the whole way.
    assert {0, 2, 3, 4, 5, 6, 8, 9} <= set(codes)
    assert codes[0] > CALLS / 20


def nonsense(random: Random, folder: Path) -> int:
    """One call, checked."""
    command = random.choices((edit, again, batch), (8, 1, 1))[0]
    inputs, words = command(random, folder)
    before = {path: path.read_bytes() for path in inputs}
    stdout, stderr = io.StringIO(), io.StringIO()
    faulthandler.dump_traceback_later(SECONDS_PER_CALL, exit=True, file=sys.__stderr__)
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        code = main(words)
    faulthandler.cancel_dump_traceback_later()
    said = (code, stdout.getvalue(), stderr.getvalue(), words)
    assert code in {known.number for known in EXIT_CODES} - {UNEXPECTED}, said
    assert "Traceback" not in stderr.getvalue(), said
    assert stderr.getvalue().count("\n") == (code not in (0, 9) and "--json" not in words), said
    assert {path: path.read_bytes() for path in inputs} == before, said
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    return code


def edit(random: Random, folder: Path) -> tuple[list[Path], list[str]]:
    """`flexit edit` of a damaged file, sometimes with a damaged mask, sometimes onto an input."""
    name, data = picture(random)
    source = folder / name
    source.write_bytes(damaged(random, data, picture(random)[1]))
    inputs, words = [source], settings(random)
    if random.random() < 0.3:
        mask = folder / "mask.png"
        mask.write_bytes(damaged(random, picture(random)[1], picture(random)[1]))
        inputs.append(mask)
        words.append(f"--mask={mask}")
    anywhere = [folder / f"result{source.suffix}", folder / "result.png", random.choice(inputs)]
    result = str(random.choices(anywhere, (8, 3, 1))[0])
    if random.random() < 0.05:
        result = random.choice(["", "/", "\x00", str(folder), "x" * 300, str(folder / "no" / "x")])
    if random.random() < 0.2:
        words.append("--force")
    if random.random() < 0.1:
        words.append(f"--film={folder / 'film.png'}")
    words += [f"--from={text(random)}", f"--to={text(random)}"]
    random.shuffle(words)
    return inputs, ["edit", str(source), result, *words]


def again(random: Random, folder: Path) -> tuple[list[Path], list[str]]:
    """`flexit edit --again` of a damaged result, or of one with a damaged recipe."""
    cat, dog = folder / "cat.png", folder / "dog.png"
    made_from, made = result(folder)
    cat.write_bytes(made_from)
    dog.write_bytes(made)
    if random.random() < 0.5:
        recipe = damaged(random, read_texts(dog)[KEY].encode(), b'{"steps": [null], "seed": 1e999}')
        write_picture(read_picture(cat), dog, texts={KEY: recipe.decode("latin-1")})
    else:
        dog.write_bytes(damaged(random, made, made_from))
    words = [f"--in={random.choice([cat, dog, folder])}"] if random.random() < 0.3 else []
    return [cat, dog], ["edit", "--again", str(dog), *words]


@cache
def result(folder: Path) -> tuple[bytes, bytes]:
    """A picture and what `flexit edit` made of it."""
    cat, dog = draw(folder / "cat.png", 12, 16), folder / "dog.png"
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["edit", str(cat), str(dog), "--to=dog", *SMALL]) == 0
    return cat.read_bytes(), dog.read_bytes()


def batch(random: Random, folder: Path) -> tuple[list[Path], list[str]]:
    """`flexit batch` of a damaged list."""
    cat, listed = folder / "cat.png", folder / "edits.csv"
    cat.write_bytes(picture(random)[1])
    line = f"{random.choice(['cat.png', '', text(random)])},cat,{text(random)},{text(random)}\n"
    rows = "input,source,target,seed\ncat.png,cat,dog,\n" + line
    listed.write_bytes(damaged(random, rows.encode(errors="replace"), b'"\n,,,,\n'))
    words = ["batch", str(listed), str(folder / "out"), "--force", *settings(random)]
    return [cat, listed], words
