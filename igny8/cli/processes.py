"""The commands that keep running: web server, workers, or both in one process."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import click
from flask import Flask

from igny8 import jobs, server
from igny8.app import create_app
from igny8.cli.accounts import print_setup_link
from igny8.cli.demonstration import configure_demo, create_sample_site
from igny8.cli.open_app import open_app
from igny8.errors import Igny8Error
from igny8.upkeep import doctor, schema

STOP_REQUESTED = threading.Event()
REQUEST_DRAIN_S = 10.0  # how long requests in progress may take once a stop was requested
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WEB_CHECKS = ("data", "queue", "providers", "images")
WORKER_CHECKS = (*WEB_CHECKS, "outbound", "drawing")
WARNED_OF = (("queue", "warn"), ("outbound", "warn"))


def _listen_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--host` and `--port` to a command."""
    port = click.IntRange(0, 65535)
    command = click.option("--port", type=port, help="Port to listen on (IGNY8_PORT; 8008).")(
        command
    )
    return click.option("--host", help="Address to listen on (IGNY8_HOST; 127.0.0.1).")(command)


def _workers_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--workers` to a command."""
    return click.option(
        "--workers",
        type=click.IntRange(1, 32),
        default=2,
        show_default=True,
        help="How many items are processed in parallel.",
    )(command)


@click.command()
@_listen_options
@_workers_option
@click.option(
    "--demo", is_flag=True, help="Show a run with sample texts, in a data folder of its own."
)
def serve(host: str | None, port: int | None, workers: int, demo: bool) -> None:
    """Start web and workers together in one process."""
    if demo:
        configure_demo()
    app = create_app()
    with app.app_context():
        schema.upgrade()
        if demo:
            create_sample_site(app)
    _run_until_stopped(app, workers, _listen(app, host, port))


@click.command()
@_listen_options
def web(host: str | None, port: int | None) -> None:
    """Start the web server alone; workers run elsewhere."""
    app = open_app(create=True)
    _run_until_stopped(app, 0, _listen(app, host, port))


@click.command()
@_workers_option
def worker(workers: int) -> None:
    """Start a worker alone; the web server runs elsewhere."""
    _run_until_stopped(open_app(create=True), workers, None)


class Listener(NamedTuple):
    """A web server that listens already, and the host that it was asked to listen on."""

    server: Any
    host: str


def _listen(app: Flask, host: str | None, port: int | None) -> Listener:
    """Return a web server that listens; raise Igny8Error where the address is in use."""
    settings = app.config["SETTINGS"]
    host, port = host or settings.host, settings.port if port is None else port
    try:
        return Listener(server.create(app, host, port), host)
    except OSError as error:
        raise Igny8Error(
            f"Cannot listen on {host}:{port}: {error.strerror}. Another IGNY8 may run there; "
            "choose another port with IGNY8_PORT."
        ) from error


def _run_until_stopped(app: Flask, slots: int, listener: Listener | None) -> None:
    """Run until SIGINT or SIGTERM, then finish what is in progress and stop."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _handle_stop_signal)
    _print_warnings(app, WORKER_CHECKS if slots else WEB_CHECKS)
    work = jobs.WorkerProcess(app, slots)
    work.start()
    if listener is not None:
        _start_web(app, listener)
    else:
        click.echo(f"Worker ready: {slots} items in parallel.")
    sys.stdout.flush()
    STOP_REQUESTED.wait()
    click.echo("Stopping: work in progress is finished first. Press Ctrl-C again to stop at once.")
    work.stop()
    if listener is not None:
        # requests in progress are answered before their sockets are closed
        listener.server.task_dispatcher.shutdown(cancel_pending=False, timeout=REQUEST_DRAIN_S)
        listener.server.close()
    click.echo("Stopped.")


def _start_web(app: Flask, listener: Listener) -> None:
    """Serve pages in a thread, and print where they are."""
    threading.Thread(target=listener.server.run, name="web", daemon=True).start()
    settings, port = app.config["SETTINGS"], listener.server.effective_port
    address = settings.address(port, listener.host)
    print_setup_link(app, address)
    click.echo(f"IGNY8 is ready: {address}/")
    if listener.host not in LOOPBACK:
        click.echo(
            "Warning: over plain http, passwords are sent unencrypted. Put a proxy with https in "
            "front of it (docs/operations.md).",
            err=True,
        )


def _handle_stop_signal(*_: object) -> None:
    """Request a stop; the second time, exit at once: the next start requeues what was claimed."""
    if STOP_REQUESTED.is_set():
        os._exit(130)
    STOP_REQUESTED.set()


def _print_warnings(app: Flask, areas: tuple[str, ...]) -> None:
    """Print what `igny8 doctor` finds wrong in these areas, such as keys that do not decrypt."""
    with app.app_context():
        for finding in doctor.run_checks(areas):
            if finding.level == "bad" or (finding.area, finding.level) in WARNED_OF:
                click.echo(f"Warning: {finding.text} {finding.cure}", err=True)
