"""Rows of the bench and how they are printed."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured thing. `goal` is what ours is held against: a text, with `met` True, False, or
    None where there is no goal (or nothing could be measured; `note` says why)."""

    area: str
    what: str
    ours: float | None = None
    floor: float | None = None
    unit: str = ""
    goal: str = ""
    met: bool | None = None
    note: str = ""


def at_most(
    area: str, what: str, ours: float, limit: float, unit: str = "", floor: float | None = None
) -> Row:
    """Return a row whose value may be `limit` at most."""
    return Row(area, what, ours, floor, unit, f"≤ {format_number(limit)}", ours <= limit)


def at_least(
    area: str, what: str, ours: float, limit: float, unit: str = "", floor: float | None = None
) -> Row:
    """Return a row whose value must be `limit` at least."""
    return Row(area, what, ours, floor, unit, f"≥ {format_number(limit)}", ours >= limit)


def by_ratio(
    area: str,
    what: str,
    ours: float,
    floor: float,
    unit: str,
    most: float | None = None,
    least: float | None = None,
) -> Row:
    """Return a row whose ratio to the floor is held against a goal."""
    ratio = ours / floor if floor else 0.0
    if most is not None:
        return Row(area, what, ours, floor, unit, f"≤ {most:g} × floor", ratio <= most)
    return Row(area, what, ours, floor, unit, f"≥ {least:g} × floor", ratio >= least)


def skipped(area: str, why: str) -> Row:
    """Return a row that says by name what was not measured, and why."""
    return Row(area, "not measured", note=why)


def median(values: list[float]) -> float:
    """Return the median: on a shared machine it swings less than the mean."""
    return statistics.median(values)


def format_number(value: float | None) -> str:
    """Return a number with three digits that matter."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def print_table(rows: list[Row]) -> None:
    """Print the rows as one table."""
    lines = [("", "what", "ours", "floor", "ratio", "goal", "")]
    area = ""
    for row in rows:
        ratio = f"{row.ours / row.floor:.2f}" if row.ours is not None and row.floor else "–"
        lines.append(
            (
                "" if row.area == area else row.area,
                row.what,
                _with_unit(row.ours, row.unit),
                _with_unit(row.floor, row.unit),
                ratio,
                row.goal or "–",
                row.note or {True: "met", False: "MISSED", None: ""}[row.met],
            )
        )
        area = row.area
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]) - 1)]
    for number, line in enumerate(lines):
        cells = [
            c.ljust(w) if n in (0, 1, 5) else c.rjust(w)
            for n, (c, w) in enumerate(zip(line, widths, strict=False))
        ]
        print("  ".join([*cells, line[-1]]).rstrip())
        if number == 0:
            print("─" * (sum(widths) + 2 * len(widths) + 8))
    measured = [row for row in rows if row.met is not None]
    print(f"\n{sum(row.met for row in measured)} of {len(measured)} goals met.")


def _with_unit(value: float | None, unit: str) -> str:
    return format_number(value) + (f" {unit}" if unit and value is not None else "")
