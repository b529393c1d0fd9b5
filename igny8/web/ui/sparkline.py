"""The trend of a keyword as a small line chart."""

from collections.abc import Iterable, Iterator


def trend_points(trend: str | None, width: int = 120, height: int = 24) -> str:
    """Return the points of a trend's polyline in a box, or "" for fewer than two values."""
    figures = list(_figures((trend or "").split(",")))
    if len(figures) < 2:
        return ""
    most = max(figures) or 1.0
    step = width / (len(figures) - 1)
    return " ".join(
        f"{number * step:.1f},{height - 1 - figure / most * (height - 2):.1f}"
        for number, figure in enumerate(figures)
    )


def _figures(parts: Iterable[str]) -> Iterator[float]:
    for part in parts:
        try:
            yield max(0.0, float(part.rpartition(":")[2].rstrip("%")))
        except ValueError:
            continue
