"""Follow a run until it ends, with a progress bar or, without a terminal, a line per change."""

import sys
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy import Row

from igny8 import clock, progress

REFRESH_INTERVAL_S = 0.25
FAILED, BLOCKED, TIMED_OUT = 1, 3, 4  # exit codes of `run --wait`
COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    TextColumn("{task.percentage:>3.0f} %"),
    TextColumn("{task.fields[note]}"),
)
Report = Callable[[dict[str, Any]], None]


def follow_run(site: Row[Any], public_id: str, timeout_s: float | None) -> dict[str, Any] | None:
    """Return the snapshot once the run has ended or is blocked; None after `timeout_s` seconds.

    Writes a bar to standard error on a terminal, otherwise a line whenever the text changes.
    """
    if not sys.stderr.isatty():
        return _wait(site, public_id, timeout_s, _line_printer())
    with Progress(*COLUMNS, console=Console(stderr=True)) as bars:
        bar = bars.add_task("Starting…", total=100, note="")

        def draw(snap: dict[str, Any]) -> None:
            percentage = snap["global_progress"]["percentage"]
            description, note = _texts(snap)
            bars.update(bar, completed=percentage, description=description, note=note)

        return _wait(site, public_id, timeout_s, draw)


def exit_code(snap: dict[str, Any] | None, ended_well: tuple[str, ...]) -> int:
    """Return the exit code for a snapshot that follow_run() returned."""
    if snap is None:
        return TIMED_OUT
    if snap["run"]["state"] == "blocked":
        return BLOCKED
    return 0 if snap["run"]["status"] in ended_well else FAILED


def _wait(
    site: Row[Any], public_id: str, timeout_s: float | None, report: Report
) -> dict[str, Any] | None:
    end = None if timeout_s is None else clock.monotonic() + timeout_s
    while True:
        snap = progress.snapshot(site, public_id)
        report(snap)
        if not snap["run"]["open"] or snap["run"]["state"] == "blocked":
            return snap
        if end is not None and clock.monotonic() >= end:
            return None
        clock.sleep(REFRESH_INTERVAL_S)


def _line_printer() -> Report:
    """Return a function that prints stage, percentage and notice whenever one of them changes."""
    last = [""]

    def report(snap: dict[str, Any]) -> None:
        line = _progress_line(snap)
        if line != last[0]:
            last[0] = line
            click.echo(line, err=True)

    return report


def _progress_line(snap: dict[str, Any]) -> str:
    """Return percentage, stage and notice on one line."""
    description, _ = _texts(snap)
    line = f"{snap['global_progress']['percentage']:>3.0f} % {description}"
    return f"{line} · {snap['notice']['text']}" if snap["notice"] else line


def _texts(snap: dict[str, Any]) -> tuple[str, str]:
    """Return the texts to the left and right of the bar."""
    run, left = snap["run"], snap["global_progress"]["estimated_remaining_time"]
    if not run["open"]:
        return f"Run #{run['number']}: {run['label']}", ""
    note = snap["notice"]["text"] if snap["notice"] else f"{left} left" if left else ""
    return snap["stages"][run["current_stage"] - 1]["name"], note
