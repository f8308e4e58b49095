"""What is sent is what the engine would have looked at."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flexit.model import Region, seen_region
from flexit_engine.canvas.frame import choose_frame

SIDE = st.integers(1, 60)


def test_regions_have_in_common_what_both_cover() -> None:
    assert Region(0, 0, 10, 10) & Region(-5, 4, 8, 20) == (0, 4, 3, 6)
    assert not Region(0, 0, 4, 4) & Region(4, 0, 4, 4)


@given(SIDE, SIDE, st.data(), st.sampled_from([0, 0.1, 0.25, 0.5, 1.0]))
def test_the_region_is_the_frame_that_the_engine_chooses(
    width: int, height: int, data: st.DataObject, context: float
) -> None:
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    columns, rows = data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top))
    mask = np.zeros((height, width), np.float32)
    mask[top : top + rows, left : left + columns] = 1
    whole = choose_frame(height, width, mask, 96, 8, context)
    region = seen_region(Region(left, top, columns, rows), Region(0, 0, width, height), context)
    assert region == (whole.box.left, whole.box.top, whole.box.width, whole.box.height)
    cut = mask[region.top : region.top + region.height, region.left : region.left + region.width]
    frame = choose_frame(region.height, region.width, cut, 96, 8, context)
    assert frame.box == (0, 0, region.width, region.height)
    assert (frame.width, frame.height) == (whole.width, whole.height)
