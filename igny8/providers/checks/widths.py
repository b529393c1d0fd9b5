"""Check the widths of title and description in search results, which truncate by pixels."""

from igny8.providers.base import Check
from igny8.providers.builtin.vocabulary import UNSPACED

MAX_TITLE_PX, MAX_DESCRIPTION_PX = 600, 985  # about what Google shows on a desktop
TITLE_FONT_PX, DESCRIPTION_FONT_PX = 20, 14  # Arial
# Widths of Arial in thousandths of the font size; others are as wide as a digit.
_NARROW = dict.fromkeys("ijl'|", 222) | dict.fromkeys(" .,:;/!fItI[]", 278) | {"r": 333, "-": 333}
_WIDE = dict.fromkeys("ABEKPSVXY&", 667) | dict.fromkeys("CDHNRUw", 722) | dict.fromkeys("GOQ", 778)
_WIDTHS = {
    **_NARROW,
    **_WIDE,
    **dict.fromkeys("ckszvxyJ", 500),
    **dict.fromkeys("FLTZ", 611),
    "m": 833,
    "M": 833,
    "W": 944,
    "%": 889,
}
_OTHERS, _FULL_WIDTH = 556, 1_000


def pixel_width(text: str, font_px: int) -> int:
    """Return the width of a text in Arial, in pixels."""
    units = sum(
        _FULL_WIDTH if UNSPACED.match(mark) else _WIDTHS.get(mark, _OTHERS) for mark in text
    )
    return round(units * font_px / 1_000)


def width_checks(title: str, description: str) -> tuple[tuple[str, Check], ...]:
    """Return (kind, check) of the widths of title and description."""
    return (
        ("title_width", _fits("Title", pixel_width(title, TITLE_FONT_PX), MAX_TITLE_PX)),
        (
            "description_width",
            _fits("Description", pixel_width(description, DESCRIPTION_FONT_PX), MAX_DESCRIPTION_PX),
        ),
    )


def _fits(what: str, width: int, limit: int) -> Check:
    if width <= limit:
        return Check(True, f"{what} {width} of {limit} pixels")
    return Check(False, f"{what} {width} pixels wide; results cut it at {limit}. Shorten it.")
