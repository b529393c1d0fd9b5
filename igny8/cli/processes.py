"""The processes that stay: pages, workers, or both in one."""

import os
import signal
import sys
import threading
from pathlib import Path

import click
from sqlalchemy import select

from igny8 import create_app, jobs, server
from igny8.cli.accounts import print_setup_link
from igny8.cli.common import ready_app
from igny8.cli.keywords import import_file
from igny8.config import DEMONSTRATION
from igny8.engine.runs import start_run
from igny8.errors import Igny8Error
from igny8.extensions import write_transaction
from igny8.importers import sample_path
from igny8.models import Site
from igny8.upkeep import doctor, schema

STOP_REQUESTED = threading.Event()
REQUEST_DRAIN_S = 10.0
DEMO_BEHAVIOUR = (
    "latency=0.8,failures=0.03,limits=0.01,permanent=0.01,empty=0.03"  # how a demonstration behaves
)


@click.command()
@click.option("--host", help="Address to listen on (IGNY8_HOST; 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (IGNY8_PORT; 8008).")
@click.option(
    "--workers",
    type=click.IntRange(1, 32),
    default=2,
    show_default=True,
    help="How many items are worked on at once.",
)
@click.option(
    "--demo", is_flag=True, help="Show a lively run: sample texts, no key, data of its own."
)
def serve(host, port, workers, demo) -> None:
    """Start web and workers together: the whole product in one process."""
    if demo:
        _configure_demo()
    app = create_app()
    with app.app_context():
        schema.upgrade()
        if demo:
            _create_sample_site(app)
    _run_until_stopped(app, host, port, workers, with_web=True)


@click.command()
@click.option("--host", help="Address to listen on (IGNY8_HOST; 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (IGNY8_PORT; 8008).")
def web(host, port) -> None:
    """Start the pages alone; workers run elsewhere."""
    app = ready_app()
    _run_until_stopped(app, host, port, 0, with_web=True)


@click.command()
@click.option(
    "--workers",
    type=click.IntRange(1, 32),
    default=2,
    show_default=True,
    help="How many items are worked on at once.",
)
def worker(workers) -> None:
    """Start a worker alone; the pages run elsewhere."""
    app = ready_app()
    _run_until_stopped(app, None, None, workers, with_web=False)


def _configure_demo() -> None:
    """Let every stage be worked in by the demonstration provider, on data that nothing else uses."""
    os.environ["IGNY8_DATA_DIR"] = str(Path(os.environ.get("IGNY8_DATA_DIR") or "var") / "demo")
    for name in ("DATABASE_URL", "HUEY_URL"):
        os.environ.pop(name, None)
    os.environ["IGNY8_AI_BASE_URL"] = DEMONSTRATION
    os.environ.setdefault("IGNY8_DEMO", DEMO_BEHAVIOUR)
    click.echo("Demonstration: texts and images are samples, and nothing is sent anywhere.")


def _create_sample_site(app) -> None:
    """Give a demonstration that is new a site with the bundled sample, and begin a run of it."""
    with write_transaction() as tx:
        if tx.execute(select(Site.id).limit(1)).first() is not None:
            return
        site_id = Site.create(tx, "Demonstration", "demonstration")
    import_file(app, site_id, sample_path())
    start_run.start_run(site_id, by="the demonstration")


def _handle_stop_signal(*_) -> None:
    """Ask for the end; asked a second time, end at once: the next start gives back what was in work."""
    if STOP_REQUESTED.is_set():
        os._exit(130)
    STOP_REQUESTED.set()


def _print_warnings(app) -> None:
    """Say at once what does not belong together: a data folder of somebody else's or without the images, a queue that
    does not answer, keys that do not open."""
    with app.app_context():
        for finding in doctor.run_checks(("data", "queue", "providers", "images")):
            if finding.level == "bad" or (finding.area, finding.level) == ("queue", "warn"):
                click.echo(f"Warning: {finding.text} {finding.cure}", err=True)


def _run_until_stopped(app, host, port, slots: int, with_web: bool) -> None:
    """Run until SIGINT or SIGTERM, then finish what is in work and stop."""
    settings = app.config["SETTINGS"]
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _handle_stop_signal)
    _print_warnings(app)
    web_server = None
    if with_web:
        host, port = host or settings.host, settings.port if port is None else port
        try:
            web_server = server.server(app, host, port)
        except OSError as error:
            raise Igny8Error(
                f"Cannot listen on {host}:{port}: {error.strerror}. Another IGNY8 may run there; "
                "choose another port with IGNY8_PORT."
            ) from error
    work = jobs.WorkerProcess(app, slots)
    work.start()
    if web_server is not None:
        thread = threading.Thread(target=web_server.run, name="web", daemon=True)
        thread.start()
        print_setup_link(app, f"http://{host}:{web_server.effective_port}")
        click.echo(f"IGNY8 is ready: http://{host}:{web_server.effective_port}/")
        if host not in ("127.0.0.1", "localhost", "::1"):
            click.echo(
                "Warning: passwords travel in the clear over plain http. Put a proxy with https before it "
                "(docs/operations.md).",
                err=True,
            )
    else:
        click.echo(f"Worker ready: {slots} items at once.")
    sys.stdout.flush()
    STOP_REQUESTED.wait()
    click.echo(
        "Stopping: what is in work is finished first. Press Ctrl-C once more to stop at once."
    )
    work.stop()
    if web_server is not None:
        # requests that are being answered are finished before their sockets go
        web_server.task_dispatcher.shutdown(cancel_pending=False, timeout=REQUEST_DRAIN_S)
        web_server.close()
    click.echo("Stopped.")
