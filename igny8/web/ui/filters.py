"""Template filters that format numbers, times and texts."""

import re
from collections.abc import Iterable
from typing import Any
from zlib import crc32

from flask import Flask
from markupsafe import Markup

from igny8.formatting import (
    format_dollars,
    format_duration,
    format_stopwatch,
    format_volume,
    pluralize,
)
from igny8.progress.stage_labels import stage_name, stage_short
from igny8.publishing import insert_images
from igny8.sanitising import figure_html, render_html
from igny8.stages.units import count_of, unit_name
from igny8.web.ui.bar_segments import bar_segments
from igny8.web.ui.browser_names import browser_name
from igny8.web.ui.forms import plain_dollars
from igny8.web.ui.sparkline import trend_points
from igny8.web.ui.time_filters import (
    ago,
    clock_time,
    full_time,
    local_input,
    short_date,
    short_time,
    upcoming_time,
)

DIGITS = re.compile("[0-9]")


def register(app: Flask) -> None:
    """Register the filters."""
    for name in (
        number,
        duration,
        clock_time,
        short_time,
        ago,
        full_time,
        local_input,
        short_date,
        plural,
        percent,
        article_html,
        score,
        money,
        dollars,
        plain_dollars,
        spending_parts,
        stopwatch,
        size,
        options,
        count_of,
        stage_name,
        stage_short,
        unit_name,
        browser_name,
        upcoming_time,
        bar_segments,
        layout_key,
        split_title,
        trend_points,
    ):
        app.add_template_filter(name)
    app.add_template_filter(format_volume, "volume")


def number(value: Any, none: str = "–") -> str:
    """Return 1234 as 1,234; None as a dash."""
    if value is None:
        return none
    return f"{value:,.0f}" if isinstance(value, float) else f"{value:,}"


def score(value: Any, none: str = "–") -> str:
    """Return a difficulty as a whole number; None as a dash."""
    return none if value is None else f"{value:.0f}"


def money(value: Any, none: str = "–") -> str:
    """Return a price with two decimals; None as a dash."""
    return none if value is None else f"{value:,.2f}"


def dollars(millionths: int | None, none: str = "–") -> str:
    """Return millionths of a dollar as $1.50, $0.092 or $0.0014."""
    return none if millionths is None else format_dollars(millionths)


def spending_parts(spending: dict[str, Any]) -> str:
    """Return the unspent parts of a cap: "$0.02 may have been billed for 1 request without …"."""
    parts = []
    if spending["maybe_billed"]:
        what = pluralize(spending["unanswered"], "requests")
        maybe = format_dollars(spending["maybe_billed"])
        parts.append(f"{maybe} may have been billed for {what} without an answer")
    if spending["reserved"]:
        parts.append(f"{format_dollars(spending['reserved'])} reserved")
    free = spending["free"]
    if free is not None:
        parts.append(f"{format_dollars(abs(free))} {'free' if free >= 0 else 'over the cap'}")
    return ", ".join(parts)


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return "1 item" or "1,234 items"."""
    return pluralize(count, many or one + "s", one)


def options(words: Iterable[str]) -> list[tuple[str, str]]:
    """Return ["how-to"] as [("how-to", "How-to")], for a select field."""
    return [(word, word.capitalize()) for word in words]


def percent(part: float, whole: float = 1.0) -> str:
    """Return the width of a bar as "61.54%", for the width attribute of an SVG element."""
    share = 0.0 if not whole else max(0.0, min(1.0, part / whole))
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + "%"


def duration(seconds: float | None, none: str = "–") -> str:
    """Return 250 as "4m 10s", 7 as "7s", 3725 as "1h 2m"; None as a dash."""
    return none if seconds is None else format_duration(seconds)


def stopwatch(seconds: float | None) -> str:
    """Return 41 as "0:41"."""
    return format_stopwatch(seconds or 0)


def size(count: int | None) -> str:
    """Return a number of bytes as "1.4 MB"."""
    if count is None:
        return "–"
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    megabytes = count / 1_000_000
    return f"{megabytes:.1f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def layout_key(line: object) -> str:
    """Return a hash of a line's words and digit counts, which changes if its width may change."""
    return f"{crc32(DIGITS.sub('0', str(line)).encode()) & 0xFFFF:x}"


def split_title(message: str) -> tuple[str, str]:
    """Split a log line after its quoted title, which may be shortened on the page."""
    what, mark, end = message.partition("” · ")
    return (what + "”", " · " + end) if mark else (what, "")


def article_html(html: str, figures: Iterable[tuple] = ()) -> Markup:
    """Return the sanitised HTML of an article with each image below its heading.

    `figures` are (heading, address, alt, width, height); an image without its heading comes last.
    """
    if not figures:
        return render_html(html)
    return render_html(
        html,
        lambda kept: insert_images(
            kept, [(heading, figure_html(*picture)) for heading, *picture in figures]
        ),
    )
