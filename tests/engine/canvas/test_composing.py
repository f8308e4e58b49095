import time
import tracemalloc

import numpy as np
import torch

from flexit_engine.canvas import Box, Frame, Picture, choose_frame, compose, to_working
from flexit_engine.canvas.composing import amount_of_change


def ramp(size: int) -> Picture:
    """A picture with detail that a small working size loses."""
    rng = np.random.default_rng(0)
    return Picture.from_array(rng.integers(60, 190, (size, size, 3)).astype(np.uint8))


def constant(value: float, size: int = 32) -> torch.Tensor:
    return torch.full((1, 3, size, size), value)


WHOLE = Frame(Box(0, 0, 128, 128), 32, 32)


def test_decoded_is_the_decoded_picture() -> None:
    result = compose(ramp(128), WHOLE, None, constant(0.2), constant(0.8), "decoded")
    assert (result.pixels == 204).all()


def test_detail_survives_a_small_change_as_a_difference() -> None:
    picture = ramp(128)
    result = compose(picture, WHOLE, None, constant(0.5), constant(0.54), "detail")
    difference = result.pixels.astype(int) - picture.pixels
    assert set(np.unique(difference)) <= {10, 11}


def test_detail_goes_where_the_content_is_another() -> None:
    result = compose(ramp(128), WHOLE, None, constant(0.2), constant(0.8), "detail")
    assert (result.pixels == 204).all()


def test_detail_goes_only_where_the_content_is_another() -> None:
    first, decoded = constant(0.5), constant(0.5)
    decoded[..., 20:] = 1.0
    picture = ramp(128)
    result = compose(picture, WHOLE, None, first, decoded, "detail")
    assert np.array_equal(result.pixels[:, :64], picture.pixels[:, :64])
    assert (result.pixels[:, 96:] == 255).all()


def test_amount_of_change_is_smooth_and_spans_0_to_1() -> None:
    first, decoded = constant(0.5, 288), constant(0.5, 288)
    decoded[..., 144:] = 0.9
    profile = amount_of_change(first, decoded)[0, 0, 5]
    assert profile[0] == 0
    assert profile[-1] == 1
    assert (profile.diff() >= 0).all()
    assert profile.diff().max() < 0.4


def test_a_soft_mask_blends_in_proportion() -> None:
    picture = Picture.from_array(np.full((128, 128, 3), 0.2, np.float32))
    mask = np.tile(np.linspace(0, 1, 128, dtype=np.float32), (128, 1))
    result = compose(picture, WHOLE, mask, constant(0.2), constant(0.8), "decoded")
    assert np.allclose(result.pixels[..., 0], 0.2 + 0.6 * mask, atol=1e-5)


def test_half_transparent_colours_look_right_on_white() -> None:
    pixels = np.zeros((128, 128, 4), np.uint8)
    pixels[:] = (255, 0, 0, 128)
    picture = Picture.from_array(pixels)
    seen = to_working(picture, WHOLE)
    wanted = seen.clone()
    wanted[:, 1] = 1.0  # pale yellow on white is yellow through half alpha
    result = compose(picture, WHOLE, None, seen, wanted, "decoded")
    assert (np.abs(result.pixels.astype(int) - (255, 255, 0, 128)) <= 1).all()


def test_fully_transparent_pixels_keep_their_colour() -> None:
    picture = Picture.from_array(np.full((128, 128, 4), (9, 8, 7, 0), np.uint8))
    result = compose(picture, WHOLE, None, constant(0.2), constant(0.8), "decoded")
    assert np.array_equal(result.pixels, picture.pixels)


def test_a_step_far_from_the_picture_costs_only_its_box() -> None:
    picture = Picture.from_array(np.zeros((4096, 4096, 3), np.uint8))
    mask = np.zeros((4096, 4096), np.float32)
    mask[2000:2064, 3000:3064] = 1
    frame = choose_frame(4096, 4096, mask, 32, 8, 0.25)
    tracemalloc.start()
    start = time.process_time()
    result = compose(picture, frame, mask, constant(0.1), constant(0.9), "detail")
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.2 * picture.pixels.nbytes  # the copy it returns
    assert seconds < 2
    assert result.pixels[2032, 3032].min() > 200
    assert np.count_nonzero(result.pixels) <= frame.box.width * frame.box.height * 3


def test_a_large_frame_needs_no_float_copy_of_it() -> None:
    picture = Picture.from_array(np.zeros((4096, 4096, 3), np.uint8))
    frame = choose_frame(4096, 4096, None, 32, 8, 0.25)
    tracemalloc.start()
    compose(picture, frame, None, constant(0.1), constant(0.9), "detail")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * picture.pixels.nbytes  # one in float32 would be four


def test_strips_join_without_a_seam() -> None:
    size = 1500  # more than one strip
    picture = Picture.from_array(np.zeros((size, size, 3), np.uint8))
    frame = choose_frame(size, size, None, 32, 8, 0)
    slope = torch.linspace(0, 1, 32).view(1, 1, 32, 1).expand(1, 3, 32, 32).contiguous()
    result = compose(picture, frame, None, torch.zeros_like(slope), slope, "decoded")
    assert np.abs(np.diff(result.pixels.astype(int), axis=0)).max() <= 2
    assert (to_working(result, frame) - slope).abs().max() < 0.02
