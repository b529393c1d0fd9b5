"""Run workers, optionally with a web server, until a signal asks to stop."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Protocol

import click
from flask import Flask

from igny8 import jobs
from igny8.upkeep import doctor

STOP_REQUESTED = threading.Event()
WEB_CHECKS = ("data", "queue", "providers", "images")
WORKER_CHECKS = (*WEB_CHECKS, "outbound", "drawing")
WARNED_OF = (("queue", "warn"), ("outbound", "warn"))


class SideServer(Protocol):
    """A server that runs beside the workers."""

    def start(self) -> None:
        """Start serving."""

    def stop(self) -> None:
        """Finish the requests in progress and stop."""


def workers_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--workers` to a command."""
    return click.option(
        "--workers",
        type=click.IntRange(1, 32),
        default=2,
        show_default=True,
        help="How many items are processed in parallel.",
    )(command)


def run_until_stopped(app: Flask, slots: int, beside: SideServer | None = None) -> None:
    """Run until SIGINT or SIGTERM, then finish the work in progress and stop."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _handle_stop_signal)
    print_warnings(app, WORKER_CHECKS if slots else WEB_CHECKS)
    work = jobs.WorkerProcess(app, slots)
    work.start()
    if beside is not None:
        beside.start()
    else:
        click.echo(f"Worker ready: {slots} items in parallel.")
    sys.stdout.flush()
    STOP_REQUESTED.wait()
    click.echo("Stopping: work in progress is finished first. Press Ctrl-C again to stop at once.")
    work.stop()
    if beside is not None:
        beside.stop()
    click.echo("Stopped.")


def print_warnings(app: Flask, areas: tuple[str, ...]) -> None:
    """Print problems that `igny8 doctor` finds in these areas, such as undecryptable keys."""
    with app.app_context():
        for finding in doctor.run_checks(areas):
            if finding.level == "bad" or (finding.area, finding.level) in WARNED_OF:
                click.echo(f"Warning: {finding.text} {finding.cure}", err=True)


def _handle_stop_signal(*_: object) -> None:
    """Request a stop; the second time, exit at once: the next start requeues the claims."""
    if STOP_REQUESTED.is_set():
        os._exit(130)
    STOP_REQUESTED.set()
