"""Commands that start the web server, with or without workers in the same process."""

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import click
from flask import Flask

from igny8 import server
from igny8.app import create_app
from igny8.cli.accounts import print_setup_link
from igny8.cli.demonstration import configure_demo, create_sample_site
from igny8.cli.open_app import open_app
from igny8.cli.running import run_until_stopped, workers_option
from igny8.errors import Igny8Error
from igny8.upkeep import schema

REQUEST_DRAIN_S = 10.0  # how long requests in progress may take once a stop was requested
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _listen_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--host` and `--port` to a command."""
    port = click.IntRange(0, 65535)
    command = click.option("--port", type=port, help="Port to listen on (IGNY8_PORT; 8008).")(
        command
    )
    return click.option("--host", help="Address to listen on (IGNY8_HOST; 127.0.0.1).")(command)


@click.command()
@_listen_options
@workers_option
@click.option(
    "--demo", is_flag=True, help="Show a run with sample texts, in a data folder of its own."
)
def serve(host: str | None, port: int | None, workers: int, demo: bool) -> None:
    """Start the web server and workers in one process."""
    if demo:
        configure_demo()
    app = create_app()
    with app.app_context():
        schema.upgrade()
        if demo:
            create_sample_site(app)
    run_until_stopped(app, workers, _listen(app, host, port))


@click.command()
@_listen_options
def web(host: str | None, port: int | None) -> None:
    """Start only the web server; workers run elsewhere."""
    app = open_app(create=True)
    run_until_stopped(app, 0, _listen(app, host, port))


class WebServer(NamedTuple):
    """A listening web server, and the host that it was asked to listen on."""

    app: Flask
    server: Any
    host: str

    def start(self) -> None:
        """Serve pages in a thread, and print their address."""
        threading.Thread(target=self.server.run, name="web", daemon=True).start()
        settings, port = self.app.config["SETTINGS"], self.server.effective_port
        address = settings.address(port, self.host)
        print_setup_link(self.app, address)
        click.echo(f"IGNY8 is ready: {address}/")
        if self.host not in LOOPBACK:
            click.echo(
                "Warning: over plain http, passwords are sent unencrypted. Put a proxy with https "
                "in front of it (docs/operations.md).",
                err=True,
            )

    def stop(self) -> None:
        """Answer the requests in progress, then close the sockets."""
        self.server.task_dispatcher.shutdown(cancel_pending=False, timeout=REQUEST_DRAIN_S)
        self.server.close()


def _listen(app: Flask, host: str | None, port: int | None) -> WebServer:
    """Return a listening web server; raise Igny8Error if the address is in use."""
    settings = app.config["SETTINGS"]
    host, port = host or settings.host, settings.port if port is None else port
    try:
        return WebServer(app, server.create(app, host, port), host)
    except OSError as error:
        raise Igny8Error(
            f"Cannot listen on {host}:{port}: {error.strerror}. Another IGNY8 may run there; "
            "choose another port with IGNY8_PORT."
        ) from error
