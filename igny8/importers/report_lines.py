"""Lines of the report on a keyword file."""

from collections.abc import Sequence

from igny8.importers.base import Problem, Report


def add_problem(problems: list[Problem], most: int, line: int, text: str, reason: str) -> None:
    """Add a rejected row to the list, up to `most` entries."""
    if len(problems) < most:
        problems.append(Problem(line, text[:120], reason))


def row_excerpt(cells: Sequence) -> str:
    """Return the first 120 characters of a row's cells, to identify it."""
    return " ".join(str(cell) for cell in cells if cell != "")[:120]


def comment_note(lines: Sequence[int]) -> list[str]:
    """Return the note about comment lines in a list, if any."""
    if not lines:
        return []
    if len(lines) == 1:
        return [
            f"1 line that begins with “# ” was taken as a comment and left out (line {lines[0]})."
        ]
    return [
        f"{len(lines):,} lines that begin with “# ” were taken as a comment and left out "
        f"(first: line {lines[0]})."
    ]


def unlisted_rejections(report: Report) -> list[str]:
    """Return the warning about rejected rows that are not listed, if any."""
    if report.rejected <= len(report.problems):
        return []
    return [
        f"{report.rejected:,} rows were rejected; the first {len(report.problems):,} are listed."
    ]
