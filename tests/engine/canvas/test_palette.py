import numpy as np
import pytest

from flexit_engine.canvas import Box
from flexit_engine.canvas.palette import from_colours, repaint

WHOLE = Box(0, 0, 4, 4)
INDICES = np.arange(16, dtype=np.uint8).reshape(4, 4)


def entries(count: int) -> np.ndarray:
    table = np.random.default_rng(0).integers(0, 256, (count, 4)).astype(np.uint8)
    table[:, 3] = 255
    return table


def paint(table: np.ndarray, rgb: object, changed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    colours = np.broadcast_to(np.asarray(rgb, np.float32) / 255, (4, 4, 3))
    return repaint(INDICES, table, [(WHOLE, colours, changed)])


def test_free_entries_take_the_new_colours_exactly() -> None:
    changed = INDICES >= 12
    wanted = np.random.default_rng(1).integers(0, 256, (4, 4, 3))
    indices, table = paint(entries(16), wanted, changed)
    assert np.array_equal(table[indices[changed], :3], wanted[changed])
    assert np.array_equal(indices[~changed], INDICES[~changed])
    assert np.array_equal(table[:12], entries(16)[:12])


def test_a_full_palette_gives_the_nearest_entry() -> None:
    table = entries(256)
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    indices[0, 0] = 1  # 0 is free, but one entry cannot hold a whole gradient
    changed = np.zeros((16, 16), np.bool_)
    changed[0, :2] = True
    indices[0, 1] = 2
    rgb = np.zeros((16, 16, 3), np.float32)
    rgb[0, 0] = table[9, :3] / 255
    rgb[0, 1] = table[200, :3] / 255
    result, after = repaint(indices, table, [(Box(0, 0, 16, 16), rgb, changed)])
    assert np.array_equal(after[result[~changed]], table[indices[~changed]])
    assert np.abs(after[result[0, :2], :3].astype(int) - rgb[0, :2] * 255).max() <= 128


def test_more_colours_than_entries_are_cut_to_a_good_few() -> None:
    y, x = np.mgrid[:64, :64].astype(np.float32) / 64
    rgb = np.stack([x, y, 1 - x], axis=-1)
    indices, table = from_colours(rgb, np.ones((64, 64), np.float32))
    assert len(table) <= 256
    assert np.abs(table[indices, :3] / 255 - rgb).mean() < 0.03


def test_alpha_of_every_pixel_stays() -> None:
    table = entries(16)
    table[:6, 3] = [0, 0, 90, 90, 200, 254]
    changed = np.ones((4, 4), np.bool_)
    indices, after = paint(table, [10, 200, 30], changed)
    assert np.array_equal(after[indices, 3], table[INDICES, 3])
    assert np.array_equal(indices[INDICES < 2], [0, 1])
    assert (after[indices[INDICES >= 6], :3] == [10, 200, 30]).all()


def test_nothing_changed_changes_nothing() -> None:
    indices, table = paint(entries(16), [1, 2, 3], np.zeros((4, 4), np.bool_))
    assert np.array_equal(indices, INDICES)
    assert np.array_equal(table, entries(16))


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_all_transparent_or_all_opaque(alpha: float) -> None:
    rgb = np.full((3, 5, 3), 0.2, np.float32)
    indices, table = from_colours(rgb, np.full((3, 5), alpha, np.float32))
    assert (table[indices, 3] == alpha * 255).all()
    if alpha:
        assert (table[indices, :3] == 51).all()
