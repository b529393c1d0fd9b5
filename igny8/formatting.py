"""Format counts and durations as text, for pages, the command line and log lines."""

from collections.abc import Callable, Sequence

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
# unit, its seconds, and the round values that a range of this unit may have
RANGE_UNITS = (
    ("s", 1, (5, 10, 15, 20, 30, 40, 50, 60, 75, 90)),
    ("min", MINUTE_S, (1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90)),
    ("h", HOUR_S, (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 36, 48)),
    ("days", DAY_S, tuple(range(1, 400))),
)


def format_dollars(millionths: int) -> str:
    """Return millionths of a dollar as $1.50, $0.092 or $0.0014."""
    whole = millionths / 1_000_000
    if millionths == 0 or abs(whole) >= 0.1:
        return f"${whole:,.2f}"
    places = next(p for p in range(2, 7) if whole * 10**p >= 10 or p == 6)
    text = f"{whole:.{places}f}"
    return "$" + text[:-1] if places > 2 and text.endswith("0") else "$" + text


def pluralize(count: int, units: str, singular: str | None = None) -> str:
    """Return a count with its unit: (3, "items") → "3 items", (1, "keywords") → "1 keyword".

    `units` is the plural. Without `singular`, the final "s" of the first word that has one is
    removed.
    """
    if count != 1:
        return f"{count:,} {units}"
    return f"1 {singular or _singular(units)}"


def format_volume(
    volume: int | None,
    low: int | None = None,
    high: int | None = None,
    number: Callable[[int], str] = "{:,}".format,
) -> str:
    """Return searches per month as in the file: "1,900", "10–100", "100+", "–" if unknown.

    `number` formats one figure.
    """
    if high is not None:
        return f"{number(low or 0)}–{number(high)}"
    if low is not None:
        return f"{number(low)}+"
    return "–" if volume is None else number(volume)


def format_duration(seconds: float) -> str:
    """Return a duration in its two largest units: 7 → "7s", 250 → "4m 10s", 3725 → "1h 2m"."""
    whole = int(seconds)
    if 0 < seconds < 1:
        return "<1s"
    if whole < MINUTE_S:
        return f"{whole}s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S}m {whole % MINUTE_S}s"
    if whole < DAY_S:
        return f"{whole // HOUR_S}h {whole % HOUR_S // MINUTE_S}m"
    return f"{whole // DAY_S}d {whole % DAY_S // HOUR_S}h"


def format_stopwatch(seconds: float) -> str:
    """Return the elapsed time of work in progress: 41 → "0:41", 3725 → "1:02:05"."""
    hours, rest = divmod(max(0, int(seconds)), HOUR_S)
    minutes, rest = divmod(rest, MINUTE_S)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_age(seconds: float) -> str:
    """Return an age in one unit: "just now", "14 s ago", "3 min ago", "2 h ago"."""
    if seconds < 3:
        return "just now"
    if seconds < MINUTE_S:
        return f"{int(seconds)} s ago"
    if seconds < HOUR_S:
        return f"{int(seconds // MINUTE_S)} min ago"
    return f"{int(seconds // HOUR_S)} h ago"


def format_duration_range(low: float, high: float) -> str:
    """Return a rough range of seconds: "under 10 s", "10–20 s", "40–60 min", "1–2 h"."""
    if high < 10:
        return "under 10 s"
    for unit, size, steps in RANGE_UNITS:
        if high / size <= steps[-1]:
            return _format_range(low / size, high / size, steps, unit)
    unit, size, steps = RANGE_UNITS[-1]
    return _format_range(low / size, high / size, steps, unit)


def _singular(units: str) -> str:
    words = units.split(" ")
    for position, word in enumerate(words):
        if word.endswith("ies"):
            words[position] = word.removesuffix("ies") + "y"
        elif word.endswith("s"):
            words[position] = word.removesuffix("s")
        else:
            continue
        break
    return " ".join(words)


def _format_range(low: float, high: float, steps: Sequence[int], unit: str) -> str:
    top = next((step for step in steps if step >= high), steps[-1])
    bottom = max((step for step in steps if step <= low), default=0)
    if bottom == top:
        return f"about {top} {unit}"
    return f"{bottom}–{top} {unit}" if bottom else f"under {top} {unit}"
