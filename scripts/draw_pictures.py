"""Draw the project's own pictures into docs/images: the input of the README, `make edit` and tests.

Everything is painted four times as large and scaled down; the same code gives the same bytes.

    python scripts/draw_pictures.py
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = 512
SCALE = 4
FOLDER = Path(__file__).parents[1] / "docs" / "images"

Point = tuple[float, float]
Colour = tuple[int, int, int]

PAPER = (244, 241, 235)
SHADOW = (206, 199, 189)


def bezier(start: Point, *pieces: Sequence[Point]) -> list[Point]:
    """Points along cubic Bézier pieces, each given by two handles and its end."""
    points = [start]
    for first, second, end in pieces:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points[-1], first, second, end
        for step in range(1, 41):
            t = step / 40
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            points.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    return points


class Canvas:
    """A square sheet in units of the finished picture's pixels."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (SIZE * SCALE, SIZE * SCALE), PAPER)

    def mask(self) -> Image.Image:
        """An empty mask of the sheet's size."""
        return Image.new("L", self.image.size, 0)

    def ellipse(self, centre: Point, radii: Point, turn: float = 0) -> Image.Image:
        """A mask of an ellipse, turned by degrees counter-clockwise about its centre."""
        mask = self.mask()
        (x, y), (a, b) = centre, radii
        box = [(x - a) * SCALE, (y - b) * SCALE, (x + a) * SCALE, (y + b) * SCALE]
        ImageDraw.Draw(mask).ellipse(box, fill=255)
        if turn:
            pivot = (x * SCALE, y * SCALE)
            mask = mask.rotate(turn, Image.Resampling.BICUBIC, center=pivot)
        return mask

    def curve(self, start: Point, *pieces: Sequence[Point]) -> Image.Image:
        """A mask of a closed outline of Bézier pieces."""
        points = bezier(start, *pieces)
        mask = self.mask()
        ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in points], fill=255)
        return mask

    def line(self, points: Sequence[Point], width: float) -> Image.Image:
        """A mask of a line with round ends and joints."""
        mask = self.mask()
        pen = ImageDraw.Draw(mask)
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        pen.line(scaled, fill=255, width=round(width * SCALE), joint="curve")
        for x, y in scaled:
            r = width * SCALE / 2
            pen.ellipse([x - r, y - r, x + r, y + r], fill=255)
        return mask

    def paint(
        self, mask: Image.Image, colour: Colour, strength: float = 1.0, soft: float = 0.0
    ) -> None:
        """Lay a colour over the sheet through a mask, blurred by `soft` pixels."""
        if soft:
            # Blurring a reduced mask gives the same softness for a fraction of the time.
            small = mask.reduce(SCALE).filter(ImageFilter.GaussianBlur(soft))
            mask = small.resize(mask.size, Image.Resampling.BICUBIC)
        if strength < 1:
            mask = mask.point(lambda value: round(value * strength))
        self.image.paste(colour, mask=mask)

    def paint_inside(
        self,
        shape: Image.Image,
        mask: Image.Image,
        colour: Colour,
        strength: float,
        soft: float,
    ) -> None:
        """Lay a soft colour over a shape without running over its edge."""
        before = self.image.copy()
        self.paint(mask, colour, strength, soft)
        self.image = Image.composite(self.image, before, shape)

    def save(self, name: str) -> None:
        """Scale down and write."""
        small = self.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        small.save(FOLDER / name, optimize=True)


def draw_apple() -> None:
    """A glossy red apple with a leaf."""
    sheet = Canvas()
    sheet.paint(sheet.ellipse((258, 438), (128, 20)), SHADOW, soft=9)
    body = sheet.curve(
        (256, 168),
        [(282, 138), (338, 126), (380, 152)],
        [(440, 190), (438, 300), (392, 374)],
        [(364, 420), (322, 446), (290, 436)],
        [(272, 430), (240, 430), (222, 436)],
        [(190, 446), (148, 420), (120, 374)],
        [(74, 300), (72, 190), (132, 152)],
        [(174, 126), (230, 138), (256, 168)],
    )
    sheet.paint(body, (214, 32, 38))
    sheet.paint_inside(body, ImageChops.invert(body), (140, 8, 24), 0.9, 26)
    sheet.paint_inside(body, sheet.ellipse((206, 262), (88, 108)), (240, 72, 62), 0.75, 34)
    sheet.paint_inside(body, sheet.ellipse((330, 400), (110, 42), 30), (150, 10, 28), 0.5, 24)
    sheet.paint_inside(body, sheet.ellipse((256, 156), (58, 26)), (120, 10, 20), 0.75, 10)
    stem = bezier((256, 176), [(256, 142), (264, 108), (284, 82)])
    sheet.paint(sheet.line(stem, 15), (104, 64, 34))
    light = bezier((253, 166), [(253, 140), (262, 108), (279, 86)])
    sheet.paint(sheet.line(light, 4), (150, 102, 60))
    leaf = sheet.curve(
        (270, 122),
        [(290, 70), (350, 50), (404, 62)],
        [(392, 112), (340, 146), (270, 122)],
    )
    sheet.paint(leaf, (92, 168, 56))
    sheet.paint_inside(leaf, sheet.ellipse((350, 122), (70, 26), 20), (52, 122, 40), 0.8, 8)
    sheet.paint_inside(
        leaf, sheet.line([(274, 120), (320, 98), (390, 68)], 4), (160, 208, 110), 0.9, 0
    )
    sheet.paint(sheet.ellipse((162, 222), (24, 44), -24), (255, 236, 228), 0.85, 5)
    sheet.paint(sheet.ellipse((146, 292), (9, 16), -8), (255, 236, 228), 0.6, 3)
    sheet.save("red-apple.png")


def draw_circle() -> None:
    """A plain red disc."""
    sheet = Canvas()
    disc = sheet.ellipse((256, 256), (170, 170))
    sheet.paint(disc, (222, 36, 40))
    sheet.save("red-circle.png")


def draw_cat() -> None:
    """The face of an orange cat from the front."""
    sheet = Canvas()
    orange, dark, cream = (246, 158, 58), (206, 110, 32), (255, 240, 216)
    for side in (-1, 1):  # ears

        def at(x: float, y: float, side: int = side) -> Point:
            return 256 + side * x, y

        ear = sheet.curve(
            at(52, 150),
            [at(90, 110), at(130, 70), at(152, 62)],
            [at(172, 58), at(188, 150), at(184, 246)],
            [at(150, 220), at(90, 180), at(52, 150)],
        )
        sheet.paint(ear, orange)
        inner = sheet.curve(
            at(88, 154),
            [at(110, 128), at(136, 102), at(148, 98)],
            [at(158, 100), at(166, 160), at(164, 208)],
            [at(140, 190), at(110, 168), at(88, 154)],
        )
        sheet.paint(inner, (250, 176, 160))
    head = sheet.ellipse((256, 288), (192, 160))
    sheet.paint(head, orange)
    sheet.paint_inside(head, ImageChops.invert(head), dark, 0.7, 22)
    sheet.paint_inside(head, sheet.ellipse((256, 210), (110, 60)), (255, 190, 96), 0.7, 26)
    for x, length in ((-44, 52), (0, 66), (44, 52)):  # stripes
        stripe = sheet.ellipse((256 + x, 142), (11, length))
        sheet.paint_inside(head, stripe, dark, 1.0, 0)
    for side in (-1, 1):
        for y, turn in ((292, 6), (330, -10)):
            stripe = sheet.ellipse((256 + side * 182, y), (46, 10), side * turn)
            sheet.paint_inside(head, stripe, dark, 1.0, 0)
    sheet.paint(sheet.ellipse((256, 392), (66, 40)), cream)
    for side in (-1, 1):
        x = 256 + side * 48
        sheet.paint(sheet.ellipse((x, 358), (60, 46)), cream)
        eye = 256 + side * 84
        sheet.paint(sheet.ellipse((eye, 272), (34, 40)), (255, 255, 255))
        sheet.paint(sheet.ellipse((eye, 274), (29, 35)), (122, 190, 72))
        sheet.paint(sheet.ellipse((eye, 274), (15, 32)), (32, 28, 26))
        sheet.paint(sheet.ellipse((eye - 9, 258), (9, 10)), (255, 255, 255))
        for y, far in ((346, 330), (364, 366), (382, 402)):
            whisker = sheet.line([(x + side * 30, y), (256 + side * 214, far)], 4)
            sheet.paint(whisker, (120, 78, 44))
    nose = sheet.curve(
        (230, 326),
        [(240, 318), (272, 318), (282, 326)],
        [(284, 340), (266, 352), (256, 354)],
        [(246, 352), (228, 340), (230, 326)],
    )
    sheet.paint(nose, (232, 112, 112))
    smile = bezier(
        (206, 374),
        [(214, 398), (248, 398), (256, 370)],
        [(264, 398), (298, 398), (306, 374)],
    )
    sheet.paint(sheet.line([(256, 352), (256, 370)], 5), (96, 56, 36))
    sheet.paint(sheet.line(smile, 5), (96, 56, 36))
    sheet.save("cat.png")


def main() -> None:
    """Draw all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    draw_apple()
    draw_circle()
    draw_cat()


if __name__ == "__main__":
    main()
