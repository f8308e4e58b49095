import errno
import os
from pathlib import Path

import numpy as np
import pytest

from flexit_engine.canvas import Picture, check_output, read_picture, write_picture
from flexit_engine.errors import OutputError

PICTURE = Picture.from_array(np.full((8, 8, 3), 77, np.uint8))


@pytest.mark.parametrize("name", ["a", "a.txt", "a.svg", "a.png.bak", ".png"])
def test_no_format_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="suffix") as caught:
        write_picture(PICTURE, tmp_path / name)
    assert ".png" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["A.PNG", "b.Jpeg", "c.TIFF"])
def test_suffixes_in_capitals(tmp_path: Path, name: str) -> None:
    write_picture(PICTURE, tmp_path / name)
    assert read_picture(tmp_path / name).width == 8


def test_no_such_folder_and_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="There is no folder"):
        write_picture(PICTURE, tmp_path / "none" / "a.png")
    (tmp_path / "a.png").mkdir()
    with pytest.raises(OutputError, match="not an ordinary file"):
        write_picture(PICTURE, tmp_path / "a.png")
    with pytest.raises(OutputError):
        check_output(tmp_path / "a\0b.png")


def test_a_folder_without_the_right_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(OutputError, match="cannot be written to"):
        check_output(tmp_path / "a.png")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_write_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"the old file")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OutputError, match="No space left on device") as caught:
        write_picture(PICTURE, path)
    assert caught.value.hint
    assert path.read_bytes() == b"the old file"
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_a_stop_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_picture(PICTURE, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_devices_are_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to("/dev/full")
    with pytest.raises(OutputError):
        write_picture(PICTURE, tmp_path / "a.png")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    write_picture(PICTURE, tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink()
    assert read_picture(tmp_path / "real.png").width == 8


def test_a_format_with_a_smaller_limit_says_so(tmp_path: Path) -> None:
    wide = Picture.from_array(np.zeros((1, 16_384, 3), np.uint8))
    with pytest.raises(OutputError, match="cannot be written"):
        write_picture(wide, tmp_path / "a.webp")
    assert list(tmp_path.iterdir()) == []


def test_texts_too_long_for_a_jpeg(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no room"):
        write_picture(PICTURE, tmp_path / "a.jpg", texts={"a": "x" * 70_000})


def test_the_same_picture_is_the_same_bytes(tmp_path: Path) -> None:
    for suffix in ("png", "jpg", "webp", "tif", "gif"):
        for name in "ab":
            write_picture(PICTURE, tmp_path / f"{name}.{suffix}", texts={"seed": "1"})
        a, b = (tmp_path / f"{name}.{suffix}" for name in "ab")
        assert a.read_bytes() == b.read_bytes()
