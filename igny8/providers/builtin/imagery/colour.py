"""Colours as RGB triples, and their contrast as defined by WCAG 2."""

import re

WHITE = (255, 255, 255)
DARK = (16, 24, 32)
READABLE = 4.5
WEIGHTS = (0.2126, 0.7152, 0.0722, 0)


def rgb(text: str, default: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the triple of a #rrggbb or #rgb string, `default` for anything else."""
    if re.fullmatch(r"#[0-9a-fA-F]{6}", text or ""):
        return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
    if re.fullmatch(r"#[0-9a-fA-F]{3}", text or ""):
        return int(text[1] * 2, 16), int(text[2] * 2, 16), int(text[3] * 2, 16)
    return default


def mix(a: tuple, b: tuple, share: float) -> tuple[int, int, int]:
    """Return the colour at `share` (0 to 1) of the way from `a` to `b`."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))


def luminance(colour: tuple) -> float:
    """Return the relative luminance, 0 for black to 1 for white."""
    return sum(weight * _linear(part) for weight, part in zip(WEIGHTS, colour, strict=False))


def contrast(a: tuple, b: tuple) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    return ratio(luminance(a), luminance(b))


def ratio(one: float, other: float) -> float:
    """Return the contrast ratio of two luminances, 1 to 21."""
    low, high = sorted((one, other))
    return (high + 0.05) / (low + 0.05)


def _linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


LINEAR = [round(255 * _linear(part)) for part in range(256)] * 3  # for Image.point on RGB
