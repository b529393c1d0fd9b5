"""Google Keyword Planner: named .csv, but UTF-16 and tab-separated, below a preamble."""

from igny8.importers.dialects.base import Dialect
from igny8.importers.numbers import Amount, between
from igny8.keyword_fields import BID_HIGH_NAMES, BY_NAME, PLANNER_VOLUME_NAMES

# What accounts with little spend get instead of figures: each step stands for a range.
STEPS = {
    0: (0, 10),
    50: (10, 100),
    500: (100, 1_000),
    5_000: (1_000, 10_000),
    50_000: (10_000, 100_000),
    500_000: (100_000, 1_000_000),
}

_CURRENCY = BY_NAME["currency"].names

IDEAS = Dialect(
    name="keyword_planner",
    label="Google Keyword Planner",
    tool="Keyword Planner",
    needs=(BY_NAME["text"].names, (*PLANNER_VOLUME_NAMES, "min search volume")),
    marks=(
        "segmentation",
        "competition (indexed value)",
        "three month change",
        "yoy change",
        "top of page bid (low range)",
        "top of page bid (high range)",
        "max search volume",
        "searches: *",
        *_CURRENCY,
        *BY_NAME["competition"].names,
        *BID_HIGH_NAMES,
    ),
    enough=1,
    fields={
        "text": BY_NAME["text"].names,
        "volume": PLANNER_VOLUME_NAMES,
        "volume_low": ("min search volume",),
        "volume_high": ("max search volume",),
        "cpc": BID_HIGH_NAMES,
        "currency": _CURRENCY,
    },
    ignored={
        "competition (indexed value)": "the competition is kept as a word",
        "segmentation": "how the plan is divided",
        "three month change": "a change against the past",
        "yoy change": "a change against the past",
        "top of page bid (low range)": "the high bid is used as the price of a click",
        "ad impression share": "about your adverts",
        "organic *": "about your site",
        "in account": "about your adverts",
        "in plan": "about your adverts",
    },
    has_steps=True,
)


def step_amount(volume: int) -> Amount:
    """Return the range of volumes that a rounded volume stands for."""
    return between(*STEPS[volume])
