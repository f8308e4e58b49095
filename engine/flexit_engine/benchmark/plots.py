"""Plots as SVG, small enough to be written by hand: curves through points, and groups of bars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

Point = tuple[float, float]

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 230, 12, 44
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5b5b5b", "#8a5a00",
)  # fmt: skip
"""After Okabe and Ito: told apart by colour-blind people, too."""
DASHES = ("", "6 3", "2 2")
TICKS = 5


def curves(
    series: Mapping[str, Sequence[Point]],
    x_name: str,
    y_name: str,
    y_range: Point | None = None,
) -> str:
    """One line of dots for each name; a series of one point is a dot.

    Args:
        series: at least one point in all.
        x_name: below the horizontal axis, which starts at 0.
        y_name: beside the vertical one.
        y_range: its ends; those of the points when not given.
    """
    points = [point for line in series.values() for point in line]
    right = max(x for x, _ in points) or 1.0
    low, high = y_range or (min(y for _, y in points), max(y for _, y in points))
    low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    margin = 0.06 * (high - low)
    scale = _Scale(0, right, low - margin, high + margin)
    marks = [_axes(scale, x_name, y_name)]
    for number, (name, line) in enumerate(series.items()):
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
        path = " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in line)
        marks.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6" '
            f'stroke-dasharray="{dash}"/>'
        )
        marks += [
            f'<circle cx="{scale.x(x):.1f}" cy="{scale.y(y):.1f}" r="3" fill="{colour}"/>'
            for x, y in line
        ]
        marks.append(_legend(number, name, colour, dash))
    return _svg(marks, len(series))


def bars(groups: Mapping[str, Mapping[str, float]], y_name: str) -> str:
    """For each group a bar for each name, from 0 up.

    Args:
        groups: group -> name -> value ≥ 0; all have the same names.
        y_name: beside the vertical axis.
    """
    names = list(next(iter(groups.values())))
    top = max(value for values in groups.values() for value in values.values()) or 1.0
    scale = _Scale(0, len(groups), 0, 1.05 * top)
    marks = [_axes(scale, "", y_name, x_ticks=False)]
    for place, (group, values) in enumerate(groups.items()):
        width = (scale.x(1) - scale.x(0)) * 0.8 / len(names)
        start = scale.x(place + 0.1)
        for number, value in enumerate(values.values()):
            marks.append(
                f'<rect x="{start + number * width:.1f}" y="{scale.y(value):.1f}" '
                f'width="{width:.1f}" height="{scale.y(0) - scale.y(value):.1f}" '
                f'fill="{COLOURS[number % len(COLOURS)]}"/>'
            )
        x, y = scale.x(place + 0.5), HEIGHT - BOTTOM + 12
        marks.append(
            f'<text x="{x:.1f}" y="{y}" text-anchor="end" '
            f'transform="rotate(-20 {x:.1f} {y})">{escape(group)}</text>'
        )
    marks += [
        _legend(number, name, COLOURS[number % len(COLOURS)], "")
        for number, name in enumerate(names)
    ]
    return _svg(marks, len(names))


class _Scale:
    """From values to places on the drawing."""

    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self.left, self.right, self.low, self.high = left, right, low, high

    def x(self, value: float) -> float:
        share = (value - self.left) / (self.right - self.left)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _axes(scale: _Scale, x_name: str, y_name: str, x_ticks: bool = True) -> str:
    lines = []
    for value in _ticks(scale.low, scale.high):
        y = scale.y(value)
        lines.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        )
        lines.append(_text(LEFT - 6, y + 4, f"{value:g}", "end"))
    if x_ticks:
        below = HEIGHT - BOTTOM + 16
        ticks = _ticks(scale.left, scale.right)
        lines += [_text(scale.x(value), below, f"{value:g}", "middle") for value in ticks]
    middle = (TOP + HEIGHT - BOTTOM) / 2
    lines.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_name, "middle"))
    lines.append(
        f'<text x="14" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle})">{escape(y_name)}</text>'
    )
    return "".join(lines)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers within a range, about `TICKS` of them."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(low / step)
    return [round(place * step, 10) for place in range(first, math.floor(high / step) + 1)]


def _legend(number: int, name: str, colour: str, dash: str) -> str:
    x, y = WIDTH - RIGHT + 16, TOP + 10 + 17 * number
    return (
        f'<line x1="{x}" x2="{x + 18}" y1="{y - 4}" y2="{y - 4}" stroke="{colour}" '
        f'stroke-width="3" stroke-dasharray="{dash}"/>' + _text(x + 24, y, name, "start")
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(marks: Sequence[str], rows: int) -> str:
    height = max(HEIGHT, TOP + 17 * rows + 10)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" font-size="12" '
        'font-family="sans-serif" xmlns="http://www.w3.org/2000/svg">' + "".join(marks) + "</svg>"
    )
