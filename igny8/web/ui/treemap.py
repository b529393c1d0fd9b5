"""Lay out areas as a squarified treemap (Bruls, Huizing, van Wijk, 2000)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """A rectangle of the map in the units of the whole."""

    x: float
    y: float
    width: float
    height: float


def treemap(sizes: Sequence[float], width: float, height: float) -> list[Tile]:
    """Return one tile per size in the same order; `sizes` are positive and descending.

    The tiles fill the whole area proportionally to the sizes, as square as possible.
    """
    total = sum(sizes)
    areas = [size * width * height / total for size in sizes]
    tiles: list[Tile] = []
    x = y = 0.0
    while len(tiles) < len(areas):
        side = min(width - x, height - y)
        row = _best_row(areas[len(tiles) :], side)
        depth = sum(row) / side
        is_column = width - x >= height - y
        along = y if is_column else x
        for area in row:
            length = area / depth
            if is_column:
                tiles.append(Tile(x, along, depth, length))
            else:
                tiles.append(Tile(along, y, length, depth))
            along += length
        if is_column:
            x += depth
        else:
            y += depth
    return tiles


def _best_row(areas: Sequence[float], side: float) -> list[float]:
    """Return the first areas that together make the squarest row along a side."""
    row = [areas[0]]
    for area in areas[1:]:
        if _worst_ratio([*row, area], side) > _worst_ratio(row, side):
            break
        row.append(area)
    return row


def _worst_ratio(row: Sequence[float], side: float) -> float:
    total = sum(row)
    return max(side**2 * max(row) / total**2, total**2 / (side**2 * min(row)))
