"""Units of the stages as shown on pages and in log lines; JSON uses those of the stages."""

from igny8.formatting import pluralize

# unit of a stage: (one, several)
UNITS = {
    "tasks": ("accepted idea", "accepted ideas"),
    "prompts": ("image idea", "image ideas"),
    "texts to review": ("article to review", "articles to review"),
}


def unit_name(unit: str) -> str:
    """Return a unit as shown on pages: "prompts" is "image ideas"."""
    return UNITS[unit][1] if unit in UNITS else unit


def count_of(count: int, unit: str) -> str:
    """Return a count with its unit: (1, "prompts") is "1 image idea"."""
    if unit not in UNITS:
        return pluralize(count, unit)
    one, several = UNITS[unit]
    return pluralize(count, several, one)
