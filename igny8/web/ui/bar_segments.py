"""Divide a progress bar into segments."""

from collections.abc import Iterable
from itertools import pairwise

MIN_SEGMENT_SHARE = 0.02  # share of the bar, so that small parts stay visible


def bar_segments(bars: Iterable[dict[str, float]]) -> list[dict]:
    """Return {begin, length, filled} of the segments of a bar as shares, each with a minimum width.

    `bars` are {filled, open} of the stages; `filled` of the result is a share of its segment. The
    width that thin segments gain is taken from active ones, so that the sum of all fills remains
    the percentage.
    """
    bars = list(bars)
    whole = sum(bar["filled"] + bar["open"] for bar in bars) or 1.0
    widths = [(bar["filled"] + bar["open"]) / whole for bar in bars]
    wide = sum(width for width in widths if width >= MIN_SEGMENT_SHARE) or 1.0
    left = 1 - MIN_SEGMENT_SHARE * sum(width < MIN_SEGMENT_SHARE for width in widths)
    parts = [
        {
            "begin": 0.0,
            "length": MIN_SEGMENT_SHARE if width < MIN_SEGMENT_SHARE else left * width / wide,
            "filled": bar["filled"] / whole / width if width else 0.0,
        }
        for bar, width in zip(bars, widths, strict=True)
    ]
    for before, part in pairwise(parts):
        part["begin"] = before["begin"] + before["length"]
    in_work = [part for part in parts if 0 < part["filled"] < 1 - 1e-9]
    done = sum(part["length"] for part in parts if part["filled"] >= 1 - 1e-9)
    due = sum(bar["filled"] for bar in bars) / whole - done
    shown = sum(part["length"] * part["filled"] for part in in_work)
    for part in in_work:
        part["filled"] = min(1.0, max(0.0, part["filled"] * due / shown))
    return parts
