from __future__ import annotations

import re
from xml.etree import ElementTree

from flexit_engine.benchmark.plots import HEIGHT, LEFT, RIGHT, TOP, WIDTH, bars, curves

SVG = "{http://www.w3.org/2000/svg}"


def test_dots_lie_where_the_values_say() -> None:
    drawing = ElementTree.fromstring(  # noqa: S314 -- our own
        curves({"ours": [(0, 0), (5, 0.5), (10, 1)]}, "distance", "accuracy", (0, 1))
    )
    places = [
        (float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in drawing.iter(f"{SVG}circle")
    ]
    (x0, y0), (x1, y1), (x2, y2) = places
    assert (x0, x2) == (LEFT, WIDTH - RIGHT)
    assert (x0 + x2) / 2 == x1
    assert abs((y0 + y2) / 2 - y1) < 0.2
    assert TOP <= y2 < y1 < y0 <= HEIGHT


def test_names_are_escaped_and_all_in_the_legend() -> None:
    series = {f"<{number}> & more": [(number, number)] for number in range(20)}
    drawing = ElementTree.fromstring(curves(series, "x", "y"))  # noqa: S314
    assert set(series) <= {text.text for text in drawing.iter(f"{SVG}text")}


def test_equal_values_still_make_a_plot() -> None:
    assert "nan" not in curves({"COPY": [(0, 3)]}, "x", "y")


def test_bars_are_as_high_as_their_values() -> None:
    text = bars({"birds": {"a": 10.0, "b": 5.0}, "dogs": {"a": 0.0, "b": 2.5}}, "CSFID")
    heights = [float(found) for found in re.findall(r'<rect [^>]*height="([\d.]+)"', text)]
    assert abs(heights[0] - 2 * heights[1]) < 0.2
    assert heights[2] == 0
    assert abs(heights[1] - 2 * heights[3]) < 0.2
    assert "birds" in text
