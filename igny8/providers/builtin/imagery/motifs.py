"""Motifs: each draws a light pattern on a mask of double size, so that edges are smooth.

A motif gets the drawing, the width and height of the mask and three numbers from 0 to 15 that vary
it. It paints grey levels: 0 leaves the backdrop unchanged, 255 is the full tint.
"""

from math import cos, pi, sin

from PIL import ImageDraw


def arcs(pen: ImageDraw.ImageDraw, w: int, h: int, vary: tuple[int, ...]) -> None:
    """Draw quarter rings that open from a corner on the right."""
    top = vary[0] % 2
    x, y = w * (0.98 + vary[1] % 4 * 0.02), h * (0.02 if top else 0.98)
    step = h * (0.15 + vary[2] % 3 * 0.015)
    for ring in range(6, 0, -1):
        r = step * ring
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(0, 150, 58, 118, 40, 82, 26)[ring])


def waves(pen: ImageDraw.ImageDraw, w: int, h: int, vary: tuple[int, ...]) -> None:
    """Draw layers of hills along the bottom, the nearer ones stronger."""
    for layer in range(4):
        base = h * (0.60 + layer * 0.105)
        tall = h * (0.115 - layer * 0.014)
        shift = (vary[layer % 3] * 0.41) + layer * 1.7
        line = [
            (x, base - tall * sin(x / w * pi * (1.5 + layer * 0.35) + shift) - x / w * h * 0.12)
            for x in range(0, w + 24, 24)
        ]
        pen.polygon([(0, h), *line, (w, h)], fill=26 + layer * 26)


def dots(pen: ImageDraw.ImageDraw, w: int, h: int, vary: tuple[int, ...]) -> None:
    """Draw a halftone of dots that grow towards one corner on the right."""
    gap = h / (15 + vary[0] % 4)
    corner = h if vary[1] % 2 else 0
    for row in range(int(h / gap) + 2):
        for col in range(int(w / gap) + 2):
            x, y = (col + row % 2 * 0.5) * gap, row * gap
            near = 1 - (((x - w) / w) ** 2 + ((y - corner) / (h * 1.35)) ** 2) ** 0.5 / 0.78
            if near > 0.03:
                r = gap * 0.47 * min(1.0, near**0.8)
                pen.ellipse((x - r, y - r, x + r, y + r), fill=40 + int(105 * min(1.0, near)))


def bands(pen: ImageDraw.ImageDraw, w: int, h: int, vary: tuple[int, ...]) -> None:
    """Draw slanted bands of changing width on the right."""
    slant = h * (0.42 + vary[0] % 3 * 0.12)
    x = w * (0.60 + vary[1] % 4 * 0.02)
    for at, level in enumerate((30, 62, 98, 52, 138, 76, 168)):
        wide = w * (0.035 + (at * 5 + vary[2]) % 4 * 0.017)
        pen.polygon(
            [
                (x + slant, 0),
                (x + slant + wide, 0),
                (x + wide - slant * 0.2, h),
                (x - slant * 0.2, h),
            ],
            fill=level,
        )
        x += wide * 1.12


def leaves(pen: ImageDraw.ImageDraw, w: int, h: int, vary: tuple[int, ...]) -> None:
    """Draw a rising branch on the right with leaves on both sides."""
    lean = -0.10 - vary[0] % 4 * 0.02
    count = 6 + vary[1] % 2
    stem = [(w * (0.86 + lean * (t / 20) ** 1.7), h * (1.04 - 1.02 * t / 20)) for t in range(21)]
    pen.line(stem, fill=120, width=max(2, h // 150), joint="curve")
    for at in range(count):
        spot = stem[int(2 + at * 17 / count)]
        long = h * (0.37 - at * 0.028)
        for side in (-1, 1):
            turn = -pi / 2 + side * (0.95 - at * 0.055) + lean * 0.6
            _leaf(pen, spot, long, turn, (62 if side < 0 else 96) + at * 8)


def _leaf(pen: ImageDraw.ImageDraw, at: tuple, long: float, turn: float, level: int) -> None:
    edge = []
    for side in (1, -1):
        for i in range(17) if side > 0 else range(16, -1, -1):
            t = i / 16
            out = side * sin(pi * t**0.82) * long * 0.19
            edge.append(
                (
                    at[0] + cos(turn) * t * long - sin(turn) * out,
                    at[1] + sin(turn) * t * long + cos(turn) * out,
                )
            )
    pen.polygon(edge, fill=level)


def discs(pen: ImageDraw.ImageDraw, w: int, h: int, vary: tuple[int, ...]) -> None:
    """Draw a few large discs, the smaller ones in front."""
    for at, (x, y, r) in enumerate(
        (
            (0.93, 0.24, 0.50),
            (0.74, 0.93, 0.33),
            (1.0, 0.80, 0.36),
            (0.80, 0.50, 0.13),
            (0.655, 0.62, 0.055),
        )
    ):
        left = (x + (vary[at % 3] % 5 - 2) * 0.008) * w
        top = (1 - y if vary[0] % 2 else y) * h
        radius = r * h
        box = (left - radius, top - radius, left + radius, top + radius)
        pen.ellipse(box, fill=46 + at * 27)


def petals(pen: ImageDraw.ImageDraw, w: int, h: int, vary: tuple[int, ...]) -> None:
    """Draw a tiled pattern of quarter circles that fades towards the text."""
    rows = 4 + vary[0] % 2
    side = h / rows
    for col in range(rows + 1):
        for row in range(rows):
            x, y = w - (col + 1) * side, row * side
            turn = (col * 3 + row * 5 + vary[1] + col * row * vary[2]) % 4
            corner = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))[turn]
            level = int((150 - (turn * 17) % 50) * (1 - col / (rows + 1.4)) ** 1.1)
            pen.pieslice(
                (corner[0] - side, corner[1] - side, corner[0] + side, corner[1] + side),
                turn * 90,
                turn * 90 + 90,
                fill=level,
            )


MOTIFS = (arcs, waves, dots, bands, leaves, discs, petals)
